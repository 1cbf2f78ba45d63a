/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_ASM_WASM_AUXVEC_H
#define _UAPI_ASM_WASM_AUXVEC_H

/* Address of struct wasm_vvar, see <asm/vvar.h>. */
#define AT_SYSINFO		32

#define AT_VECTOR_SIZE_ARCH	1

#endif
