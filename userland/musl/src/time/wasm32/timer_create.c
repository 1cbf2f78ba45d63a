/* SPDX-License-Identifier: MIT */
/*
 * The generic file leaves a notification function by longjmp, always, so that it may
 * end with pthread_exit(). Here one that returns is simply left, and in the place of
 * pthread_exit() the thread goes on with its timer, on the stack that it has.
 */
#include <setjmp.h>
#include <signal.h>
#include <limits.h>
#include "pthread_impl.h"

struct resume {
	void (*notify)(union sigval);
	union sigval val;
};
typedef struct resume resume_buf[1];

static void resume(struct resume *);

#undef setjmp
#undef pthread_cleanup_pop
#define jmp_buf resume_buf
#define setjmp(jb) ((jb)->notify = notify, (jb)->val = val, 0)
#define longjmp(p, v) resume(p)
#define pthread_cleanup_pop(r) _pthread_cleanup_pop(&__cb, 0); reset(); } while(0)

static void reset(void)
{
	pthread_t self = __pthread_self();
	__pthread_tsd_run_dtors();
	self->cancel = 0;
	self->cancelbuf = 0;
	self->canceldisable = 0;
	self->cancelasync = 0;
	__reset_tls();
}

#include "../timer_create.c"

static void resume(struct resume *r)
{
	pthread_t self = __pthread_self();
	siginfo_t si;

	while (self->timer_id >= 0) {
		while (sigwaitinfo(SIGTIMER_SET, &si) < 0);
		if (si.si_code != SI_TIMER) continue;
		pthread_cleanup_push(cleanup_fromsig, r);
		r->notify(r->val);
		pthread_cleanup_pop(0);
	}
	__syscall(SYS_timer_delete, self->timer_id & INT_MAX);
}
