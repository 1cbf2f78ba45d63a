// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Exceptions: of kernel code, which end in an oops, and of programs. */
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/bug.h>
#include <asm/stacktrace.h>
#include <asm/wasm.h>

int show_unhandled_signals = 1;

static const char *cause_name(u32 cause)
{
	switch (cause) {
	case MACHINE_TRAP_PAGE_FAULT:
		return "page fault";
	case MACHINE_TRAP_BAD_ADDRESS:
		return "address beyond 4 GiB";
	case MACHINE_TRAP_STACK_OVERFLOW:
		return "native stack overflow";
	case MACHINE_TRAP_UNREACHABLE:
		return "unreachable instruction";
	case MACHINE_TRAP_DIVIDE_BY_ZERO:
		return "divide error";
	case MACHINE_TRAP_INTEGER_OVERFLOW:
		return "integer overflow";
	case MACHINE_TRAP_BAD_TABLE_INDEX:
		return "call through a pointer that is no function";
	case MACHINE_TRAP_NULL_FUNCTION:
		return "call through a NULL function pointer";
	case MACHINE_TRAP_BAD_SIGNATURE:
		return "call through a function pointer of another type";
	case MACHINE_TRAP_MISALIGNED:
		return "misaligned atomic access";
	case MACHINE_TRAP_WATCHDOG:
		return "stuck with interrupts pending";
	}
	return "unknown trap";
}

static DEFINE_RAW_SPINLOCK(die_lock);

void __noreturn __cold die(const char *what, unsigned long address)
{
	static int count;

	oops_enter();
	raw_spin_lock_irq(&die_lock);
	console_verbose();
	bust_spinlocks(1);

	pr_emerg("Oops: %s [#%d]\n", what, ++count);
	show_regs_print_info(KERN_EMERG);
	wasm_show_backtrace(KERN_EMERG);

	bust_spinlocks(0);
	add_taint(TAINT_DIE, LOCKDEP_NOW_UNRELIABLE);
	raw_spin_unlock_irq(&die_lock);
	oops_exit();

	if (in_interrupt())
		panic("Fatal exception in interrupt");
	if (panic_on_oops)
		panic("Fatal exception");
	make_task_dead(SIGSEGV);
}

void __noreturn __cold wasm_bug(const char *file, int line, const char *function)
{
	pr_emerg("kernel BUG at %s:%d in %s()!\n", file, line, function);
	die("kernel BUG", 0);
}

static bool on_stack_guard(unsigned long address)
{
	unsigned long low = (unsigned long)task_stack_page(current);

	return address < low && low - address <= THREAD_SIZE;
}

/* Called by kernel_trap() in head.S. */
void wasm_trap(u32 cause, u32 address, u32 write, u32 code);
void wasm_trap(u32 cause, u32 address, u32 write, u32 code)
{
	if (cause == MACHINE_TRAP_PAGE_FAULT) {
		if (wasm_vmap_fault(address, write))
			return;
		bust_spinlocks(1);
		if (address < MACHINE_NULL_GUARD)
			pr_alert("Unable to handle kernel NULL pointer dereference at virtual address %08x\n",
				 address);
		else if (on_stack_guard(address))
			pr_alert("Kernel stack overflow at virtual address %08x\n", address);
		else
			pr_alert("Unable to handle kernel %s at virtual address %08x\n",
				 write ? "write" : "read", address);
		bust_spinlocks(0);
	}
	die(cause_name(cause), address);
}

static void user_signal(struct pt_regs *regs, int sig, int code, unsigned long address)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	if (show_unhandled_signals && unhandled_signal(current, sig) && __ratelimit(&limit)) {
		char where[128];

		machine_symbol(regs->trap.code, current->thread.user, where, sizeof(where));
		pr_info("%s[%d]: %s at %s, address %08lx\n", current->comm,
			task_pid_nr(current), cause_name(regs->trap.cause), where, address);
	}
	force_sig_fault(sig, code, (void __user *)address);
}

void wasm_user_exception(struct pt_regs *regs)
{
	switch (regs->trap.cause) {
	case MACHINE_TRAP_BAD_ADDRESS:
		return user_signal(regs, SIGSEGV, SEGV_MAPERR, ~0UL);
	case MACHINE_TRAP_STACK_OVERFLOW:
		return user_signal(regs, SIGSEGV, SEGV_ACCERR, user_stack_pointer(regs));
	case MACHINE_TRAP_UNREACHABLE:
		return user_signal(regs, SIGILL, ILL_ILLOPC, regs->trap.code);
	case MACHINE_TRAP_BAD_TABLE_INDEX:
	case MACHINE_TRAP_NULL_FUNCTION:
	case MACHINE_TRAP_BAD_SIGNATURE:
		return user_signal(regs, SIGILL, ILL_ILLADR, regs->trap.code);
	case MACHINE_TRAP_DIVIDE_BY_ZERO:
		return user_signal(regs, SIGFPE, FPE_INTDIV, regs->trap.code);
	case MACHINE_TRAP_INTEGER_OVERFLOW:
		return user_signal(regs, SIGFPE, FPE_INTOVF, regs->trap.code);
	case MACHINE_TRAP_MISALIGNED:
		return user_signal(regs, SIGBUS, BUS_ADRALN, regs->trap.address);
	}
	die("unknown trap of user code", regs->trap.cause);
}

