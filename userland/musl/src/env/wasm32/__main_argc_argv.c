/* SPDX-License-Identifier: MIT */
/*
 * clang calls a main with two parameters __main_argc_argv, one with none
 * __main_void, and leaves all others their name. This file is linked when the
 * program has no main of the first kind, __main_void.c when it has none of the
 * second either.
 */
int __main_void(void);

int __main_argc_argv(int argc, char **argv)
{
	return __main_void();
}
