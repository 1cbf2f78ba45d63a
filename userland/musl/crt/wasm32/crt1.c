/* SPDX-License-Identifier: MIT */
#include "libc.h"

int __main_argc_argv(int, char **);
int __libc_start_main(int (*)(int, char **, char **), int, char **,
	void (*)(void), void (*)(void), void (*)(void));
hidden void __wasm_call_ctors(void);

/* For a main of another shape: src/env/wasm32/__main_void.c. */
hidden int __wasm_argc;
hidden char **__wasm_argv;

/* The linker makes one function of all constructors instead of an array. */
void _init(void)
{
	__wasm_call_ctors();
}

static int call_main(int argc, char **argv, char **envp)
{
	return __main_argc_argv(argc, argv);
}

/* sp points at argc, argv[], envp[] and auxv, as the stack of an ELF program. */
__attribute__((__export_name__("_start")))
void _start(long *sp)
{
	__wasm_argc = sp[0];
	__wasm_argv = (char **)(sp + 1);
	__libc_start_main(call_main, __wasm_argc, __wasm_argv, _init, 0, 0);
}
