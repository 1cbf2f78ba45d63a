/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_SYSCALL_H
#define _ASM_WASM_SYSCALL_H

#include <uapi/linux/audit.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/ptrace.h>

/* EM_WEBASSEMBLY, of early LLVM. */
#define AUDIT_ARCH_WASM32	(0x4157 | __AUDIT_ARCH_LE)

typedef long (*sys_call_ptr_t)(const struct pt_regs *regs);
extern const sys_call_ptr_t sys_call_table[];

static inline long syscall_get_nr(struct task_struct *task, struct pt_regs *regs)
{
	return regs->trap.nr;
}

static inline void syscall_rollback(struct task_struct *task, struct pt_regs *regs)
{
}

static inline long syscall_get_error(struct task_struct *task, struct pt_regs *regs)
{
	long result = regs->trap.result;

	return IS_ERR_VALUE(result) ? result : 0;
}

static inline long syscall_get_return_value(struct task_struct *task, struct pt_regs *regs)
{
	return regs->trap.result;
}

static inline void syscall_set_return_value(struct task_struct *task, struct pt_regs *regs,
					    int error, long val)
{
	regs->trap.result = error ? error : val;
}

static inline void syscall_get_arguments(struct task_struct *task, struct pt_regs *regs,
					 unsigned long *args)
{
	memcpy(args, regs->trap.args, sizeof(regs->trap.args));
}

static inline int syscall_get_arch(struct task_struct *task)
{
	return AUDIT_ARCH_WASM32;
}

static inline bool arch_syscall_is_vdso_sigreturn(struct pt_regs *regs)
{
	return false;
}

#endif
