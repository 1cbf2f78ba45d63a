/* SPDX-License-Identifier: MIT */
#include <unistd.h>
#include "libc.h"

extern hidden int __wasm_argc;
extern hidden char **__wasm_argv;

int main_argc_argv_envp(int, char **, char **) __asm__("main");

int __main_void(void)
{
	return main_argc_argv_envp(__wasm_argc, __wasm_argv, __environ);
}
