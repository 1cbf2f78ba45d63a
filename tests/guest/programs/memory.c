// SPDX-License-Identifier: Apache-2.0
/* Memory: malloc, brk, mmap, mprotect. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signal that ends a child which does this, 0 if none does. */
static int signal_of(void (*act)(volatile char *), volatile char *p)
{
	int status;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (!pid) {
		act(p);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void load(volatile char *p) { (void)*p; }
static void store(volatile char *p) { *p = 1; }

TEST(much_of_malloc)
{
	enum { COUNT = 96, SIZE = 1 << 20 };
	static char *block[COUNT];

	for (int i = 0; i < COUNT; i++) {
		ASSERT(block[i] = malloc(SIZE));
		memset(block[i], i, SIZE);
	}
	for (int i = 0; i < COUNT; i++) {
		ASSERT(block[i][0] == i && block[i][SIZE / 2] == i && block[i][SIZE - 1] == i);
		free(block[i]);
	}
}

TEST(malloc_of_all_sizes)
{
	enum { COUNT = 20000 };
	static struct { unsigned char *p; size_t size; } block[COUNT];
	uint32_t random = 1;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++) {
			random = random * 1664525 + 1013904223;
			if (block[i].p) {
				ASSERT(block[i].p[0] == (i & 255) && block[i].p[block[i].size - 1] == (i & 255));
				if (random & 1 << 30) {
					free(block[i].p);
					block[i].p = 0;
					continue;
				}
			}
			block[i].size = 1 + (random >> 8 & (random & 1 << 29 ? 4095 : 63));
			ASSERT(block[i].p = realloc(block[i].p, block[i].size));
			ASSERT_EQ(0, (uintptr_t)block[i].p & 15);
			memset(block[i].p, i, block[i].size);
		}
	}
	for (int i = 0; i < COUNT; i++)
		free(block[i].p);
}

TEST(calloc_is_zero)
{
	size_t size = 3 << 20;
	char *p = malloc(size);

	ASSERT(p);
	memset(p, 1, size);
	free(p);
	ASSERT(p = calloc(size, 1));
	for (size_t i = 0; i < size; i++)
		ASSERT(!p[i]);
	free(p);
	volatile size_t half = SIZE_MAX / 2;
	void *volatile refused = calloc(half, 3);
	ASSERT(!refused && errno == ENOMEM);
	ASSERT((p = aligned_alloc(1 << 16, 1 << 17)) && !((uintptr_t)p & 0xffff));
	free(p);
}

/* More than there are addresses is refused, and nothing breaks. */
TEST(too_much)
{
	void *volatile refused = malloc(PTRDIFF_MAX);

	ASSERT(!refused);
	ASSERT_EQ(ENOMEM, errno);
	ASSERT(mmap(0, SIZE_MAX - (1 << 20), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	ASSERT_EQ(ENOMEM, errno);
}

TEST(break_moves)
{
	char *start = (char *)syscall(SYS_brk, 0), *top = start + (1 << 20);

	ASSERT(start && start != (char *)-1);
	ASSERT(top == (char *)syscall(SYS_brk, top));
	start[100] = 1;
	top[-1] = 2;
	ASSERT(start[100] == 1 && top[-1] == 2 && start[1 << 19] == 0);
	ASSERT(start == (char *)syscall(SYS_brk, start));
}

TEST(anonymous_mappings)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(0, 64 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	for (size_t i = 0; i < 64 * page; i += page / 2)
		ASSERT(!p[i]);
	memset(p, 7, 64 * page);
	/* A hole in the middle is a hole, its neighbours stay. */
	ASSERT_EQ(0, munmap(p + 16 * page, page));
	ASSERT_EQ(SIGSEGV, signal_of(load, p + 16 * page));
	ASSERT_EQ(SIGSEGV, signal_of(store, p + 17 * page - 1));
	ASSERT_EQ(0, signal_of(load, p + 16 * page - 1));
	ASSERT_EQ(0, signal_of(store, p + 17 * page));
	/* What comes back there is zero. */
	ASSERT(p + 16 * page == mmap(p + 16 * page, page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT(!p[16 * page] && p[15 * page] == 7 && p[17 * page] == 7);
	ASSERT_EQ(0, madvise(p, 8 * page, MADV_DONTNEED));
	ASSERT(!p[0] && p[8 * page] == 7);
	char *moved = mremap(p, 64 * page, 128 * page, MREMAP_MAYMOVE);
	ASSERT(moved != MAP_FAILED && moved[63 * page] == 7 && !moved[64 * page]);
	ASSERT_EQ(0, munmap(moved, 128 * page));
}

TEST(protection)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	p[0] = p[page] = 1;
	ASSERT_EQ(0, mprotect(p, page, PROT_READ));
	ASSERT_EQ(0, signal_of(load, p));
	ASSERT_EQ(SIGSEGV, signal_of(store, p));
	ASSERT_EQ(0, signal_of(store, p + page));
	ASSERT_EQ(0, mprotect(p, page, PROT_NONE));
	ASSERT_EQ(SIGSEGV, signal_of(load, p));
	ASSERT_EQ(0, mprotect(p, page, PROT_READ | PROT_WRITE));
	p[0]++;
	ASSERT_EQ(2, p[0]);
	/* The kernel honours it too. */
	ASSERT_EQ(0, mprotect(p, page, PROT_READ));
	int pipes[2];
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	ASSERT_ERRNO(EFAULT, read(pipes[0], p, 1));
	ASSERT_ERRNO(EFAULT, write(pipes[1], 0, 1));
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, 2 * page);
}

/* Page 0 and code that isn't there. */
TEST(wild_pointers)
{
	ASSERT_EQ(SIGSEGV, signal_of(load, (char *)8));
	ASSERT_EQ(SIGSEGV, signal_of(store, (char *)-64));
}

TEST(moves_of_overlapping_blocks)
{
	enum { SIZE = 300000 };
	unsigned char *p = malloc(SIZE);

	ASSERT(p);
	for (int i = 0; i < SIZE; i++)
		p[i] = i * 7 >> 2;
	memmove(p + 1, p, SIZE - 1);
	for (int i = 1; i < SIZE; i++)
		ASSERT(p[i] == (unsigned char)((i - 1) * 7 >> 2));
	memmove(p, p + 3, SIZE - 3);
	for (int i = 0; i < SIZE - 3; i++)
		ASSERT(p[i] == (unsigned char)((i + 2) * 7 >> 2));
	free(p);
}
