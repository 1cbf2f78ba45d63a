// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Page faults of programs, and of the kernel on their behalf. */
#include <linux/entry-common.h>
#include <linux/mm.h>
#include <linux/perf_event.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/wasm.h>

static bool access_allowed(struct vm_area_struct *vma, bool write)
{
	if (write)
		return vma->vm_flags & VM_WRITE;
	return vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);
}

/*
 * Brings a page in. 0, or the signal that tells the program; *code is its si_code.
 * With regs it is the program's own access.
 */
static int fault(unsigned long address, bool write, struct pt_regs *regs, int *code)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t result;

	if (regs) {
		flags |= FAULT_FLAG_USER;
		perf_sw_event(PERF_COUNT_SW_PAGE_FAULTS, 1, regs, address);
	}
	if (write)
		flags |= FAULT_FLAG_WRITE;

retry:
	*code = SEGV_MAPERR;
	if (address >= TASK_SIZE)
		return SIGSEGV;
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (!vma)
		return SIGSEGV;

	*code = SEGV_ACCERR;
	if (!access_allowed(vma, write)) {
		mmap_read_unlock(mm);
		return SIGSEGV;
	}

	result = handle_mm_fault(vma, address, flags, regs);

	/* A signal is on its way; without regs the caller fails with EFAULT. */
	if (result & VM_FAULT_RETRY && fatal_signal_pending(current))
		return regs ? 0 : SIGKILL;
	if (regs && fault_signal_pending(result, regs))
		return 0;
	if (result & VM_FAULT_COMPLETED)
		return 0;
	if (result & VM_FAULT_RETRY) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	mmap_read_unlock(mm);

	if (likely(!(result & VM_FAULT_ERROR)))
		return 0;
	if (result & VM_FAULT_OOM) {
		if (regs)
			pagefault_out_of_memory();
		return regs ? 0 : SIGBUS;
	}
	if (result & (VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE)) {
		*code = BUS_ADRERR;
		return SIGBUS;
	}
	return SIGSEGV;
}

void do_page_fault(struct pt_regs *regs)
{
	unsigned long address = regs->trap.address;
	int sig, code;

	sig = fault(address, regs->trap.write, regs, &code);
	if (!sig)
		return;
	if (show_unhandled_signals && unhandled_signal(current, sig)) {
		static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
					      DEFAULT_RATELIMIT_BURST);
		char where[128];

		if (__ratelimit(&limit)) {
			machine_symbol(regs->trap.code, current->thread.user, where,
				       sizeof(where));
			pr_info("%s[%d]: bad %s at %08lx, in %s\n", current->comm,
				task_pid_nr(current), regs->trap.write ? "write" : "read",
				address, where);
		}
	}
	force_sig_fault(sig, code, (void __user *)address);
}

int wasm_fault_in(unsigned long address, bool write)
{
	int code;

	if (!current->mm || faulthandler_disabled())
		return -EFAULT;
	return fault(address, write, NULL, &code) ? -EFAULT : 0;
}
