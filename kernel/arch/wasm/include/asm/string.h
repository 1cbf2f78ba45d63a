/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_STRING_H
#define _ASM_WASM_STRING_H

/* One instruction each: memory.copy and memory.fill. */
#define __HAVE_ARCH_MEMCPY
void *memcpy(void *to, const void *from, size_t size);

#define __HAVE_ARCH_MEMMOVE
void *memmove(void *to, const void *from, size_t size);

#define __HAVE_ARCH_MEMSET
void *memset(void *to, int value, size_t size);

#endif
