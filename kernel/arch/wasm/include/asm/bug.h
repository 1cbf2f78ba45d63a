/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_BUG_H
#define _ASM_WASM_BUG_H

#ifndef __ASSEMBLY__
#include <linux/compiler.h>

struct pt_regs;

__noreturn __cold void wasm_bug(const char *file, int line, const char *function);
__noreturn __cold void die(const char *what, unsigned long address);

#ifdef CONFIG_BUG
#define HAVE_ARCH_BUG
#define BUG()	wasm_bug(__FILE__, __LINE__, __func__)
#endif

#endif
#include <asm-generic/bug.h>

#endif
