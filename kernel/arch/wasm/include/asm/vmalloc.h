/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_VMALLOC_H
#define _ASM_WASM_VMALLOC_H

#endif
