// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* One instruction each, if the compiler doesn't take them for calls of themselves. */
#include <linux/string.h>
#include <linux/types.h>

#undef memcpy
#undef memmove
#undef memset

void *memcpy(void *to, const void *from, size_t size)
{
	asm volatile("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.copy 0, 0"
		     : : "r"(to), "r"(from), "r"(size) : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	asm volatile("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.copy 0, 0"
		     : : "r"(to), "r"(from), "r"(size) : "memory");
	return to;
}

void *memset(void *to, int value, size_t size)
{
	asm volatile("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.fill 0"
		     : : "r"(to), "r"(value), "r"(size) : "memory");
	return to;
}
