// SPDX-License-Identifier: Apache-2.0
/* Ways to die. The status says which signal it was. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int zero, seven = 7, never = -1;
static int *volatile null;

static void write_null(void) { *null = 1; }
static void divide(void) { printf("%d\n", seven / zero); }
static void overflow(void) { printf("%d\n", (INT_MIN + zero) / (zero - 1)); }

/* Uses stack in memory: the buffer's address is taken. */
static int recurse_memory(int n)
{
	volatile char buffer[256];

	buffer[n & 255] = n;
	return n == never ? 0 : recurse_memory(n + 1) + buffer[n & 127];
}

/* Uses only what the machine keeps: locals and return addresses. */
__attribute__((noinline)) static int recurse_registers(int n)
{
	return n == never ? 0 : recurse_registers(n + 1) % 7 + n;
}

/* All memory there is: the kernel has to take a process away, and takes the right one. */
static void eat(void)
{
	for (;;)
		memset(null = malloc(1 << 20), 1, 1 << 20);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (!strcmp(how, "null")) write_null();
	if (!strcmp(how, "divide")) divide();
	if (!strcmp(how, "overflow")) overflow();
	if (!strcmp(how, "abort")) abort();
	if (!strcmp(how, "kill")) raise(SIGKILL);
	if (!strcmp(how, "term")) raise(SIGTERM);
	if (!strcmp(how, "eat")) eat();
	if (!strcmp(how, "trap")) __builtin_trap();
	if (!strcmp(how, "memory")) printf("%d\n", recurse_memory(0));
	if (!strcmp(how, "registers")) printf("%d\n", recurse_registers(1));
	puts("still alive");
	return 0;
}
