/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_TLB_H
#define _ASM_WASM_TLB_H

void __tlb_remove_table(void *table);

#include <asm-generic/tlb.h>

#endif
