/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_MMU_H
#define _ASM_WASM_MMU_H

typedef struct {
	u32 id;			/* the machine's handle of this address space */
	void *vvar;		/* user address of struct wasm_vvar */
} mm_context_t;

#endif
