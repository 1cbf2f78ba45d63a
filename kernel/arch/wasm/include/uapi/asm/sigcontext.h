/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_ASM_WASM_SIGCONTEXT_H
#define _UAPI_ASM_WASM_SIGCONTEXT_H

#include <linux/types.h>

/*
 * What a signal handler's return restores beside the native stack, which the
 * machine keeps out of the program's reach.
 */
struct sigcontext {
	__u32 sp;		/* __stack_pointer */
	__u32 tls;
	__u32 result;		/* of the interrupted system call */
	__u32 restart;		/* that call is to be made (again) */
	__u32 nr;
	__u32 args[6];
	__u32 cause;		/* of the fault that raised the signal */
	__u32 address;
	__u32 code;
	__u32 reserved[2];
};

#endif
