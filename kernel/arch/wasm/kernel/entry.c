// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* From user code and back: every trap of every thread comes by here. */
#include <linux/entry-common.h>
#include <linux/irq.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <asm/syscall.h>
#include <asm/wasm.h>

static __always_inline void do_syscall(struct pt_regs *regs)
{
	unsigned long nr;

	regs->restart = 0;
	regs->trap.result = -ENOSYS;
	nr = syscall_enter_from_user_mode(regs, regs->trap.nr);
	if (likely(nr < NR_syscalls))
		regs->trap.result = sys_call_table[nr](regs);
	syscall_exit_to_user_mode(regs);
}

/* Runs the current task's user code; the trap's cause is in regs afterwards. */
static __always_inline u32 run_user(struct pt_regs *regs)
{
	/* A handler of a signal returned into a system call that is to be made again. */
	if (unlikely(regs->restart)) {
		regs->trap.cause = MACHINE_TRAP_SYSCALL;
		return MACHINE_TRAP_SYSCALL;
	}
	return machine_user_run(current->thread.user, &regs->trap);
}

static noinline void do_trap(struct pt_regs *regs, u32 cause)
{
	irqentry_enter_from_user_mode(regs);
	if (cause == MACHINE_TRAP_INTERRUPT) {
		wasm_handle_irqs(regs);
	} else {
		local_irq_enable();
		if (cause == MACHINE_TRAP_PAGE_FAULT)
			do_page_fault(regs);
		else if (cause == MACHINE_TRAP_RETURN)
			wasm_sigreturn(regs);
		else
			wasm_user_exception(regs);
		local_irq_disable();
	}
	irqentry_exit_to_user_mode(regs);
}

void __noreturn wasm_user_loop(void)
{
	struct pt_regs *regs = task_pt_regs(current);

	for (;;) {
		u32 cause = run_user(regs);

		if (likely(cause == MACHINE_TRAP_SYSCALL))
			do_syscall(regs);
		else
			do_trap(regs, cause);
	}
}
