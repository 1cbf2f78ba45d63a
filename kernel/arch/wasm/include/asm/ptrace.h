/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_PTRACE_H
#define _ASM_WASM_PTRACE_H

#include <uapi/asm/ptrace.h>
#include <asm/machine.h>

#ifndef __ASSEMBLY__

/*
 * What the kernel knows of a thread that left user code: the machine keeps the
 * rest. Lies at the top of the task's kernel stack.
 */
struct pt_regs {
	struct machine_trap trap;
	u32 restart;		/* make the system call again before user code goes on */
	u32 user;		/* 0: an interrupt of kernel code */
	u32 pad;
} __aligned(16);

#define user_mode(regs)			((regs)->user)
#define instruction_pointer(regs)	((unsigned long)(regs)->trap.code)
#define profile_pc(regs)		instruction_pointer(regs)
#define frame_pointer(regs)		0UL

unsigned long user_stack_pointer(struct pt_regs *regs);
#define kernel_stack_pointer(regs)	((unsigned long)(regs))

static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long val)
{
}

static inline unsigned long regs_return_value(struct pt_regs *regs)
{
	return regs->trap.result;
}

static inline bool regs_irqs_disabled(struct pt_regs *regs)
{
	return false;
}

#endif /* !__ASSEMBLY__ */
#endif
