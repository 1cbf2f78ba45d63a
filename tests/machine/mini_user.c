// SPDX-License-Identifier: Apache-2.0
/* The user program of mini_kernel.c: a scene a run, named by the word at sp. */
#include <stdint.h>

#include "tests/machine/mini_abi.h"

typedef uint32_t u32;
typedef uint64_t u64;

__attribute__((import_module("linux"), import_name("syscall"))) u32 syscall(u32, u32, u32, u32, u32, u32, u32);
__attribute__((import_module("linux"), import_name("clock"))) u64 clock(void);

static u32 syscall1(u32 nr, u32 a0)
{
	return syscall(nr, a0, 0, 0, 0, 0, 0);
}

#define check(condition, status) \
	do { \
		if (!(condition)) \
			syscall1(SYS_exit, status); \
	} while (0)

static void scene_syscalls(void)
{
	u64 before = clock();

	check(syscall(SYS_sum, 1, 10, 100, 1000, 10000, 100000) == 654321, 1);
	for (u32 i = 0; i < 100000; i++)
		check(syscall(SYS_sum, i, 0, 0, 0, 0, 1) == i + 6, 2);
	check(clock() > before, 3);
}

/* Pages appear as they are touched, in order and not. */
static void scene_memory(void)
{
	volatile u32 *memory = (u32 *)0x20000000;

	for (u32 i = 0; i < 64; i++)
		memory[i * 16384 + i] = i * 7;
	for (u32 i = 64; i-- > 0;)
		check(memory[i * 16384 + i] == i * 7, 1);
	__builtin_memcpy((void *)0x30000000, (void *)memory, 64 * 65536 - 1000);
	check(((u32 *)0x30000000)[63 * 16384 + 63] == 63 * 7, 2);
	__builtin_memset((void *)0x30000000, 0xa5, 10 * 65536 + 17);
	check(((u32 *)0x30000000)[10 * 16384] == 0xa5a5a5a5, 3);
}

/* Values live across interruptions at any instruction: integers, floats, calls. */
static double __attribute__((noinline)) mix(double x, u32 depth)
{
	return depth ? mix(x * 1.0000001 + depth, depth - 1) + 0.5 : x;
}

static u64 work(void)
{
	u64 sum = 0;
	double x = 1;

	for (u32 i = 0; i < 200000; i++) {
		sum = sum * 6364136223846793005u + i;
		sum ^= sum >> 29;
		x = mix(x, 3) / 2;
	}
	return sum ^ (u64)x;
}

static void scene_interrupts(void)
{
	u64 expected = work();

	syscall1(SYS_interrupts, 1);
	while (syscall1(SYS_interrupts, 0) < 40)
		check(work() == expected, 1);
}

/* Code that does little but read the clock is interrupted too, and reads it right. */
static void scene_clock(void)
{
	u64 last = clock(), end = last + 30000000;

	syscall1(SYS_interrupts, 1);
	while (last < end) {
		u64 now = clock();

		check(now >= last && now < end + 10000000000, 1);
		last = now;
	}
	check(syscall1(SYS_interrupts, 0) > 5, 2);
}

static volatile u32 handled_signal, handled_address;

static void handler(u32 signal, u32 address, u32 unused)
{
	char frame[200];

	for (u32 i = 0; i < sizeof frame; i++)
		((volatile char *)frame)[i] = 0x55;
	handled_signal = signal;
	handled_address = address;
	syscall(SYS_sum, 0, 0, 0, 0, 0, 0);
}

static void __attribute__((noinline)) store(u32 address, u32 value)
{
	*(volatile u32 *)address = value;
}

static void scene_handler(void)
{
	char below[64];
	volatile char *p = below;

	for (u32 i = 0; i < sizeof below; i++)
		p[i] = i;
	/* args[5] of the last system call is the handler. */
	syscall(SYS_on_fault, 0, 0, 0, 0, 0, (u32)handler);
	/* Faults; the handler runs; then the store is executed again and succeeds. */
	store(BAD_POINTER, 0x600d);
	check(handled_signal == SIGNAL_SEGV && handled_address == BAD_POINTER, 1);
	check(*(volatile u32 *)BAD_POINTER == 0x600d, 3);
	for (u32 i = 0; i < sizeof below; i++)
		check(p[i] == (char)i, 2);
}

static u32 __attribute__((noinline)) fork_at(u32 depth, u32 a, double b)
{
	volatile u32 local = a ^ depth;

	if (depth == 0) {
		u32 child = syscall1(SYS_fork, 0);

		/* The child sees 0 and exits with 42 through the callers above. */
		return child == 0 ? 1 : child;
	}
	u32 result = fork_at(depth - 1, a * 3 + 1, b * 1.5);
	check(local == (a ^ depth), 90);
	check(b > 0, 91);
	return result;
}

static u32 forks;

static void scene_fork(void)
{
	u32 result;

	forks = 7;
	result = fork_at(100, 5, 1.25);
	if (result == 1) {
		check(forks == 7, 92);
		forks = 8;
		syscall1(SYS_exit, 42);
	}
	check(result == 42 && forks == 7, 93);
}

static u32 __attribute__((noinline)) recurse(u32 n)
{
	return n ? recurse(n + 1) * 3 + n : 0;
}

void _start(u32 sp)
{
	volatile u32 zero = 0;

	switch (*(u32 *)sp) {
	case SCENE_SYSCALLS:
		scene_syscalls();
		break;
	case SCENE_MEMORY:
		scene_memory();
		break;
	case SCENE_INTERRUPTS:
		scene_interrupts();
		break;
	case SCENE_CLOCK:
		scene_clock();
		break;
	case SCENE_HANDLER:
		scene_handler();
		break;
	case SCENE_FORK:
		scene_fork();
		break;
	case SCENE_DIVIDE:
		syscall1(SYS_exit, 1000 / zero);
		break;
	case SCENE_RECURSE:
		syscall1(SYS_exit, recurse(1));
		break;
	case SCENE_UNREACHABLE:
		__builtin_trap();
	case SCENE_NULL_FUNCTION:
		((void (*)(void))zero)();
		break;
	case SCENE_RETURN:
		return;
	}
	syscall1(SYS_exit, 0);
}
