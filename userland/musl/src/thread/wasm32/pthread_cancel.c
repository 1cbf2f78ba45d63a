/* SPDX-License-Identifier: MIT */
/*
 * The generic file compares and rewrites the interrupted program counter, which
 * does not exist here. A cancellable system call looks at the cancel word before
 * and, when it was interrupted, after it; SIGCANCEL interrupts a blocking one.
 */
#define _GNU_SOURCE
#include <string.h>
#include "pthread_impl.h"
#include "syscall.h"

static long cancel(void)
{
	pthread_t self = __pthread_self();
	if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	self->canceldisable = PTHREAD_CANCEL_DISABLE;
	return -ECANCELED;
}

hidden long __syscall_cp_c(syscall_arg_t nr,
	syscall_arg_t u, syscall_arg_t v, syscall_arg_t w,
	syscall_arg_t x, syscall_arg_t y, syscall_arg_t z)
{
	pthread_t self = __pthread_self();
	int st = self->canceldisable;

	if (st && (st == PTHREAD_CANCEL_DISABLE || nr == SYS_close))
		return __syscall(nr, u, v, w, x, y, z);
	if (self->cancel)
		return cancel();

	long r = __syscall(nr, u, v, w, x, y, z);
	if (r == -EINTR && nr != SYS_close && self->cancel
	    && self->canceldisable != PTHREAD_CANCEL_DISABLE)
		r = cancel();
	return r;
}

static void handler(int sig, siginfo_t *si, void *ctx)
{
	pthread_t self = __pthread_self();
	sigset_t mask = ((ucontext_t *)ctx)->uc_sigmask;

	a_barrier();
	if (!self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE
	    || !self->cancelasync)
		return;
	mask.__bits[(SIGCANCEL-1)/(8*sizeof *mask.__bits)] |=
		1UL<<(SIGCANCEL-1)%(8*sizeof *mask.__bits);
	pthread_sigmask(SIG_SETMASK, &mask, 0);
	cancel();
}

void __testcancel(void)
{
	pthread_t self = __pthread_self();
	if (self->cancel && !self->canceldisable)
		cancel();
}

int pthread_cancel(pthread_t t)
{
	static int init;
	if (!init) {
		struct sigaction sa = {
			.sa_flags = SA_SIGINFO | SA_ONSTACK,
			.sa_sigaction = handler
		};
		memset(&sa.sa_mask, -1, _NSIG/8);
		__libc_sigaction(SIGCANCEL, &sa, 0);
		init = 1;
	}
	a_store(&t->cancel, 1);
	if (t == pthread_self()) {
		if (t->canceldisable == PTHREAD_CANCEL_ENABLE && t->cancelasync)
			pthread_exit(PTHREAD_CANCELED);
		return 0;
	}
	return pthread_kill(t, SIGCANCEL);
}
