// SPDX-License-Identifier: Apache-2.0
/* Signals and their handlers. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught, count, value;
static void *volatile fault_address;

static void handle(int signal, int flags, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	ASSERT_EQ(0, sigaction(signal, &action, 0));
}

static void note(int signal, siginfo_t *info, void *context)
{
	caught = signal;
	value = info->si_value.sival_int;
	count++;
}

static void alarm_in_ms(int ms)
{
	struct itimerval when = { { 0, 0 }, { ms / 1000, ms % 1000 * 1000 } };

	ASSERT_EQ(0, setitimer(ITIMER_REAL, &when, 0));
}

TEST(raised_signals_are_handled)
{
	handle(SIGUSR1, 0, note);
	count = 0;
	for (int i = 1; i <= 1000; i++) {
		ASSERT_EQ(0, raise(SIGUSR1));
		ASSERT_EQ(i, count);
	}
	ASSERT_EQ(SIGUSR1, caught);
}

/* A handler of one argument, as ISO C has it. */
static void simple(int signal) { caught = -signal; }

TEST(simple_handlers)
{
	ASSERT(signal(SIGUSR2, simple) == SIG_DFL);
	raise(SIGUSR2);
	ASSERT_EQ(-SIGUSR2, caught);
	ASSERT(signal(SIGUSR2, SIG_IGN) == simple);
	raise(SIGUSR2);
	ASSERT(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
}

TEST(blocked_signals_wait)
{
	sigset_t set, pending;

	handle(SIGUSR1, 0, note);
	count = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, 0));
	raise(SIGUSR1);
	raise(SIGUSR1);
	ASSERT_EQ(0, count);
	sigpending(&pending);
	ASSERT(sigismember(&pending, SIGUSR1));
	ASSERT_EQ(0, sigprocmask(SIG_UNBLOCK, &set, 0));
	ASSERT_EQ(1, count);
}

/* Real-time signals queue, with a value, in order. */
TEST(queued_signals)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, 0);
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, sigqueue(getpid(), SIGRTMIN, (union sigval){ i }));
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(SIGRTMIN, sigwaitinfo(&set, &info));
		ASSERT_EQ(i, info.si_value.sival_int);
		ASSERT_EQ(getpid(), info.si_pid);
	}
	ASSERT_ERRNO(EAGAIN, sigtimedwait(&set, 0, &(struct timespec){ 0, 1000 }));
	sigprocmask(SIG_UNBLOCK, &set, 0);
}

/* A handler that interrupts read() without SA_RESTART ends it with EINTR (POSIX, sigaction). */
TEST(read_is_interrupted)
{
	int pipes[2];
	char c;

	ASSERT_EQ(0, pipe(pipes));
	handle(SIGALRM, 0, note);
	count = 0;
	alarm_in_ms(10);
	ASSERT_ERRNO(EINTR, read(pipes[0], &c, 1));
	ASSERT_EQ(1, count);
	close(pipes[0]);
	close(pipes[1]);
}

/* With SA_RESTART it goes on. */
static int restart_pipes[2];

static void feed(int signal, siginfo_t *info, void *context)
{
	count++;
	if (count < 3)
		alarm_in_ms(5);
	else
		write(restart_pipes[1], "r", 1);
}

TEST(read_is_restarted)
{
	char c = 0;

	ASSERT_EQ(0, pipe(restart_pipes));
	handle(SIGALRM, SA_RESTART, feed);
	count = 0;
	alarm_in_ms(5);
	ASSERT_EQ(1, read(restart_pipes[0], &c, 1));
	ASSERT_EQ('r', c);
	ASSERT_EQ(3, count);
}

/* An interrupted sleep says what was left. */
TEST(sleep_is_interrupted)
{
	struct timespec nap = { 100, 0 }, left = { 0, 0 };

	handle(SIGALRM, SA_RESTART, note);
	alarm_in_ms(10);
	ASSERT_ERRNO(EINTR, nanosleep(&nap, &left));
	ASSERT(left.tv_sec == 99);
}

/* Handlers interrupt a loop without any call at any instruction, and change nothing there. */
TEST(handlers_leave_no_trace)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	uint64_t a = 1, expected = 1;
	double x = 1, y = 1;

	for (int i = 0; i < 3000000; i++)
		expected = expected * 6364136223846793005u + 1442695040888963407u, y = y * 1.0000001 + 0.5 / (i + 1);
	handle(SIGALRM, 0, note);
	count = 0;
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, 0));
	do {
		a = 1, x = 1;
		for (int i = 0; i < 3000000; i++)
			a = a * 6364136223846793005u + 1442695040888963407u, x = x * 1.0000001 + 0.5 / (i + 1);
		ASSERT(a == expected && x == y);
	} while (count < 20);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, 0));
}

static void nested(int signal, siginfo_t *info, void *context)
{
	volatile char buffer[200];

	memset((char *)buffer, signal, sizeof buffer);
	if (++count < 50)
		raise(signal);
	for (size_t i = 0; i < sizeof buffer; i++)
		ASSERT(buffer[i] == signal);
}

TEST(handlers_nest)
{
	handle(SIGUSR1, SA_NODEFER, nested);
	count = 0;
	raise(SIGUSR1);
	ASSERT_EQ(50, count);
}

/* The signal of a child that does this, and what its handlers found. */
static int signal_of(void (*act)(void))
{
	int status;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (!pid) {
		act();
		_exit(100);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void check_fault(int signal, siginfo_t *info, void *context)
{
	_exit(info->si_addr == fault_address && info->si_code == value ? 42 : 43);
}

static void touch(void) { *(volatile char *)fault_address = 1; }

TEST(faults_tell_their_address)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(0, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	handle(SIGSEGV, 0, check_fault);
	fault_address = p + 1234;
	value = SEGV_ACCERR;
	ASSERT_EQ(-42, signal_of(touch));
	ASSERT_EQ(0, munmap(p, page));
	value = SEGV_MAPERR;
	ASSERT_EQ(-42, signal_of(touch));
	fault_address = 0;
	ASSERT_EQ(-42, signal_of(touch));
	signal(SIGSEGV, SIG_DFL);
	ASSERT_EQ(SIGSEGV, signal_of(touch));
}

/* A handler that maps the page lets the instruction succeed. */
static void map_page(int signal, siginfo_t *info, void *context)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = (char *)((uintptr_t)info->si_addr & -page);

	count++;
	if (mprotect(p, page, PROT_READ | PROT_WRITE))
		_exit(44);
}

TEST(faults_are_repaired)
{
	long page = sysconf(_SC_PAGESIZE);
	volatile char *p = mmap(0, 8 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	handle(SIGSEGV, 0, map_page);
	count = 0;
	for (int i = 0; i < 8; i++)
		p[i * page + i] = i;
	ASSERT_EQ(8, count);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(i, p[i * page + i]);
	signal(SIGSEGV, SIG_DFL);
	munmap((void *)p, 8 * page);
}

/* A stack that is full leaves room for a handler on another one. */
static void on_alternate_stack(int signal, siginfo_t *info, void *context)
{
	static const char text[] = "stack overflow caught\n";

	_exit(write(2, text, 0) == 0 ? 45 : 46);
}

static volatile int never = -1;

static int recurse(int n)
{
	volatile char buffer[128];

	buffer[n & 127] = n;
	return n == never ? 0 : recurse(n + 1) + buffer[n & 63];
}

__attribute__((noinline)) static int recurse_registers(int n)
{
	return n == never ? 0 : recurse_registers(n + 1) % 7 + n;
}

static void overflow(void)
{
	static char stack[1 << 16];

	ASSERT_EQ(0, sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, 0));
	handle(SIGSEGV, SA_ONSTACK, on_alternate_stack);
	count = recurse(0);
}

static void overflow_registers(void)
{
	static char stack[1 << 16];

	ASSERT_EQ(0, sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, 0));
	handle(SIGSEGV, SA_ONSTACK, on_alternate_stack);
	count = recurse_registers(1);
}

static void overflow_without_handler(void)
{
	signal(SIGSEGV, SIG_DFL);
	count = recurse(0);
}

TEST(stack_overflow)
{
	ASSERT_EQ(-45, signal_of(overflow));
	ASSERT_EQ(-45, signal_of(overflow_registers));
	ASSERT_EQ(SIGSEGV, signal_of(overflow_without_handler));
}

static volatile int zero, seven = 7;
static void divide(void) { value = seven / zero; }
static void trap(void) { __builtin_trap(); }
static void abort_ignored(void)
{
	signal(SIGABRT, SIG_IGN);
	abort();
}

TEST(exceptions)
{
	ASSERT_EQ(SIGFPE, signal_of(divide));
	ASSERT_EQ(SIGILL, signal_of(trap));
	ASSERT_EQ(SIGABRT, signal_of(abort_ignored));
}

TEST(children_are_reported)
{
	sigset_t set, old;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	handle(SIGCHLD, SA_NOCLDSTOP, note);
	count = 0;
	pid = fork();
	if (!pid)
		_exit(0);
	while (!count)
		sigsuspend(&old);
	ASSERT_EQ(SIGCHLD, caught);
	ASSERT_EQ(pid, wait(0));
	sigprocmask(SIG_SETMASK, &old, 0);
	signal(SIGCHLD, SIG_DFL);
}

/* SIGSTOP stops, SIGCONT goes on, waitpid() tells. */
TEST(stop_and_continue)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(pid, waitpid(pid, &status, WCONTINUED));
	ASSERT(WIFCONTINUED(status));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGKILL, WTERMSIG(status));
}

/* fork() in a handler: the child returns through the handler into the same loop. */
static volatile pid_t forked = -1;

static void fork_in_handler(int signal, siginfo_t *info, void *context) { forked = fork(); }

TEST(fork_in_a_handler)
{
	int status;

	handle(SIGALRM, 0, fork_in_handler);
	alarm_in_ms(5);
	for (volatile unsigned i = 0; forked < 0; i++)
		;
	if (!forked)
		_exit(21);
	ASSERT_EQ(forked, wait(&status));
	ASSERT_EQ(21, WEXITSTATUS(status));
}

/* A handler may leave its process without returning. */
static void exit_in_handler(int signal, siginfo_t *info, void *context) { _exit(33); }

static void spin(void)
{
	handle(SIGALRM, 0, exit_in_handler);
	alarm_in_ms(5);
	for (;;)
		;
}

TEST(exit_from_a_handler)
{
	ASSERT_EQ(-33, signal_of(spin));
}

/* The context holds the mask that return from the handler restores, and what it holds counts. */
static void change_mask(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	value = sigismember(&uc->uc_sigmask, SIGUSR2) && !sigismember(&uc->uc_sigmask, SIGHUP);
	sigaddset(&uc->uc_sigmask, SIGHUP);
}

TEST(context_holds_the_mask)
{
	sigset_t set, after;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, 0);
	handle(SIGUSR1, 0, change_mask);
	raise(SIGUSR1);
	ASSERT_EQ(1, value);
	sigprocmask(SIG_SETMASK, 0, &after);
	ASSERT(sigismember(&after, SIGUSR2) && sigismember(&after, SIGHUP) && !sigismember(&after, SIGUSR1));
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, 0);
}

/* What siginfo tells: why, who, with which status. */
static void tell(int signal, siginfo_t *info, void *context)
{
	caught = info->si_code;
	value = info->si_pid;
	count = info->si_status;
}

static void expect_division(int signal, siginfo_t *info, void *context)
{
	_exit(info->si_signo == SIGFPE && info->si_code == FPE_INTDIV ? 47 : 48);
}

static void divide_with_handler(void)
{
	handle(SIGFPE, 0, expect_division);
	divide();
}

TEST(siginfo)
{
	sigset_t set, old;
	pid_t pid;

	handle(SIGUSR1, 0, tell);
	ASSERT_EQ(0, kill(getpid(), SIGUSR1));
	ASSERT_EQ(SI_USER, caught);
	ASSERT_EQ(getpid(), value);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	handle(SIGCHLD, 0, tell);
	pid = fork();
	if (!pid)
		_exit(77);
	caught = 0;
	while (!caught)
		sigsuspend(&old);
	ASSERT_EQ(CLD_EXITED, caught);
	ASSERT_EQ(pid, value);
	ASSERT_EQ(77, count);
	ASSERT_EQ(pid, wait(0));
	sigprocmask(SIG_SETMASK, &old, 0);
	signal(SIGCHLD, SIG_DFL);
	ASSERT_EQ(-47, signal_of(divide_with_handler));
}

/* A handler runs on the stack that sigaltstack() names, and only there if it asked for it. */
static char alternate[1 << 16];

static void where(int signal, siginfo_t *info, void *context)
{
	char here;

	value = &here >= alternate && &here < alternate + sizeof alternate;
}

TEST(alternate_stacks)
{
	stack_t old, none = { .ss_flags = SS_DISABLE };

	ASSERT_EQ(0, sigaltstack(&(stack_t){ .ss_sp = alternate, .ss_size = sizeof alternate }, 0));
	handle(SIGUSR1, SA_ONSTACK, where);
	raise(SIGUSR1);
	ASSERT_EQ(1, value);
	handle(SIGUSR1, 0, where);
	raise(SIGUSR1);
	ASSERT_EQ(0, value);
	ASSERT_EQ(0, sigaltstack(&none, &old));
	ASSERT(old.ss_sp == alternate && old.ss_size == sizeof alternate);
	ASSERT_ERRNO(ENOMEM, sigaltstack(&(stack_t){ .ss_sp = alternate, .ss_size = 100 }, 0));
}

/* One shot, and back to the default. */
TEST(reset_after_one)
{
	struct sigaction now;

	handle(SIGUSR1, SA_RESETHAND, note);
	count = 0;
	raise(SIGUSR1);
	ASSERT_EQ(1, count);
	sigaction(SIGUSR1, 0, &now);
	ASSERT(now.sa_handler == SIG_DFL);
}
