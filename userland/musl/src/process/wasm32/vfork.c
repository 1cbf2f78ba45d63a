/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <unistd.h>
#include "syscall.h"

/*
 * The child has the parent's memory but its own copy of the native stack, so this
 * may return twice. Nothing of this function's frame lies in memory.
 */
pid_t vfork(void)
{
	return __syscall_ret(__syscall(SYS_clone, CLONE_VM|CLONE_VFORK|SIGCHLD, 0, 0, 0, 0));
}
