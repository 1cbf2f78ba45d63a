/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_ENTRY_COMMON_H
#define _ASM_WASM_ENTRY_COMMON_H

#include <asm/ptrace.h>

static __always_inline bool on_thread_stack(void)
{
	return true;
}

#endif
