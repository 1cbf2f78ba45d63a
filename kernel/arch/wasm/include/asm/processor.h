/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_PROCESSOR_H
#define _ASM_WASM_PROCESSOR_H

#include <linux/cache.h>
#include <asm/page.h>
#include <asm/ptrace.h>

/*
 * User memory is an address space of its own, so nearly all of the 4 GiB are the
 * program's. The last 256 MiB stay free, to be far from error values.
 */
#define TASK_SIZE		0xf0000000UL
#define STACK_TOP		TASK_SIZE
#define STACK_TOP_MAX		STACK_TOP
#define TASK_UNMAPPED_BASE	PAGE_ALIGN(TASK_SIZE / 3)

struct thread_struct {
	u32 context;		/* kernel context: the native stack of this task */
	u32 user;		/* user context, 0 if it has none */
	int (*fn)(void *arg);	/* of a kernel thread */
	void *fn_arg;
};

#define INIT_THREAD	{ }

#define task_pt_regs(task) \
	((struct pt_regs *)(task_stack_page(task) + THREAD_SIZE) - 1)

unsigned long wasm_user_sp(struct task_struct *task);
#define KSTK_EIP(task)	(task_pt_regs(task)->trap.code)
#define KSTK_ESP(task)	wasm_user_sp(task)

unsigned long __get_wchan(struct task_struct *task);

#define cpu_relax()	barrier()

#endif
