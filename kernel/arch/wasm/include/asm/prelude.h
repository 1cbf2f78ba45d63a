/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_PRELUDE_H
#define _ASM_WASM_PRELUDE_H
/*
 * Included before anything else in every file, by arch/wasm/Makefile: what C for
 * this machine lacks and generic code takes for granted.
 */
#ifndef __ASSEMBLY__

/* WebAssembly has no code addresses: machine_backtrace() tells who called whom. */
#define __builtin_return_address(level)	((void *)0)

/* The linker script of other ports makes them one; wasm-ld has no aliases. */
#pragma redefine_extname jiffies jiffies_64

#endif
#endif
