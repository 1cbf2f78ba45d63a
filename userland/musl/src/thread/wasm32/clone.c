/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include "pthread_impl.h"
#include "syscall.h"

/* What a new thread finds at its stack pointer: the machine calls run(self). */
struct start {
	int (*run)(struct start *);
	struct start *self;
	int (*func)(void *);
	void *arg;
};

static int run(struct start *start)
{
	int status = start->func(start->arg);
	for (;;) __syscall(SYS_exit, status);
}

int __clone(int (*func)(void *), void *stack, int flags, void *arg, ...)
{
	va_list ap;
	pid_t *ptid = 0, *ctid = 0;
	void *tls = 0;

	/* A caller without variable arguments passes no list that could be read. */
	if (flags & (CLONE_PARENT_SETTID | CLONE_SETTLS | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) {
		va_start(ap, arg);
		ptid = va_arg(ap, pid_t *);
		tls = va_arg(ap, void *);
		ctid = va_arg(ap, pid_t *);
		va_end(ap);
	}

	if (!func || !stack) return -EINVAL;
	struct start *start = (void *)((uintptr_t)stack - sizeof *start & -16);
	*start = (struct start){ run, start, func, arg };
	return __syscall(SYS_clone, flags, start, ptid, tls, ctid);
}
