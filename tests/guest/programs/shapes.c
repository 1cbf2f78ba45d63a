// SPDX-License-Identifier: Apache-2.0
/* Constructors before main, handlers of atexit() backwards after it, buffers flushed at last. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor(101))) static void first(void) { printf("first constructor\n"); }
__attribute__((constructor(102))) static void second(void) { printf("second constructor\n"); }
__attribute__((destructor)) static void destructor(void) { printf("destructor\n"); }
static void handler1(void) { printf("handler 1\n"); }
static void handler2(void) { printf("handler 2\n"); }

int main()
{
	atexit(handler1);
	atexit(handler2);
	printf("main, and no newline at the end: ");
}
