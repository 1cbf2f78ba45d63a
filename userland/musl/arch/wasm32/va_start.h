/* SPDX-License-Identifier: MIT */
/*
 * Included ahead of every source. fcntl(), syscall() and others read arguments that a caller may
 * leave out. In WebAssembly a call without any variable argument passes a null pointer for them:
 * here that reads zeros, as left-out arguments elsewhere read whatever there is.
 */
#ifndef __ASSEMBLER__
#include <stdarg.h>

static const long __wasm_no_arguments[8];

#undef va_start
#define va_start(v, l) \
	(__builtin_va_start(v, l), (void)((v) || ((v) = (va_list)__wasm_no_arguments)))
#endif
