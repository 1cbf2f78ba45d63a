/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * wasm-ld has no linker scripts. It merges data sections of one name in the order
 * of the objects, and puts them out as .rodata, .data, all others by first
 * appearance, .bss. So head.o, linked first, names every section whose place or
 * start matters, and tail.o, linked last, marks their ends. Sections whose names
 * are C identifiers have __start_ and __stop_ symbols from the linker.
 */
.macro marker section, symbol, align=2
	.section \section,"",@
	.globl	\symbol
	.type	\symbol,@object
	.p2align \align
\symbol:
	.size	\symbol, 0
.endm
