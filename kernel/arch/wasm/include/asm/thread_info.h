/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_THREAD_INFO_H
#define _ASM_WASM_THREAD_INFO_H

#include <asm/page.h>

/* Kernel stacks are mapped with a gap around them, in whole pages. */
#if PAGE_SHIFT > 15
#define THREAD_SHIFT		PAGE_SHIFT
#else
#define THREAD_SHIFT		15
#endif
#define THREAD_SIZE		(1UL << THREAD_SHIFT)
#define THREAD_SIZE_ORDER	(THREAD_SHIFT - PAGE_SHIFT)
#define THREAD_ALIGN		THREAD_SIZE

#ifndef __ASSEMBLY__

struct thread_info {
	unsigned long flags;
	unsigned long syscall_work;
	int preempt_count;
	int cpu;
};

#define INIT_THREAD_INFO(task)			\
{						\
	.preempt_count = INIT_PREEMPT_COUNT,	\
}

void arch_release_task_struct(struct task_struct *task);

#endif /* !__ASSEMBLY__ */

#define TIF_SIGPENDING		0
#define TIF_NOTIFY_RESUME	1
#define TIF_NEED_RESCHED	2
#define TIF_NOTIFY_SIGNAL	3
#define TIF_POLLING_NRFLAG	4
#define TIF_MEMDIE		5
#define TIF_RESTORE_SIGMASK	6

#define _TIF_SIGPENDING		(1 << TIF_SIGPENDING)
#define _TIF_NOTIFY_RESUME	(1 << TIF_NOTIFY_RESUME)
#define _TIF_NEED_RESCHED	(1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_SIGNAL	(1 << TIF_NOTIFY_SIGNAL)
#define _TIF_POLLING_NRFLAG	(1 << TIF_POLLING_NRFLAG)

#endif
