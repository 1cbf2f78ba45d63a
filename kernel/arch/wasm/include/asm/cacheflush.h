/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_CACHEFLUSH_H
#define _ASM_WASM_CACHEFLUSH_H

/*
 * Caches are coherent. These two tell the machine about the kernel's mappings in
 * vmalloc space, which it doesn't look up in page tables.
 */
void wasm_vmap(unsigned long start, unsigned long end);
void wasm_vunmap(unsigned long start, unsigned long end);

#define flush_cache_vmap(start, end)		wasm_vmap(start, end)
#define flush_cache_vmap_early(start, end)	wasm_vmap(start, end)
#define flush_cache_vunmap(start, end)		wasm_vunmap(start, end)

#include <asm-generic/cacheflush.h>

#endif
