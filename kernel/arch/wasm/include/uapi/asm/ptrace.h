/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_ASM_WASM_PTRACE_H
#define _UAPI_ASM_WASM_PTRACE_H

#include <linux/types.h>

#define PTRACE_SYSEMU			31
#define PTRACE_SYSEMU_SINGLESTEP	32

/* What a debugger sees of a thread: there is no program counter to set. */
struct user_regs_struct {
	__u32 nr;		/* system call, -1 if in none */
	__u32 args[6];
	__u32 result;
	__u32 sp;
	__u32 tls;
	__u32 cause;		/* why the thread left user code */
	__u32 address;		/* of a fault */
	__u32 code;		/* where, an opaque number */
};

#endif
