/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_STACKTRACE_H
#define _ASM_WASM_STACKTRACE_H

/* Prints the kernel's calls of the running context, with names from the machine. */
void wasm_show_backtrace(const char *loglvl);

#endif
