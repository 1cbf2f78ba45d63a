// SPDX-License-Identifier: Apache-2.0
/* fork, exec, wait, pipes. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The status of a child that runs this. */
static int status_of(void (*run)(void))
{
	int status;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (!pid) {
		run();
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	return status;
}

static void exit_7(void) { exit(7); }
static void kill_self(void) { raise(SIGTERM); }

TEST(children_end)
{
	int status = status_of(exit_7);

	ASSERT(WIFEXITED(status));
	ASSERT_EQ(7, WEXITSTATUS(status));
	status = status_of(kill_self);
	ASSERT(WIFSIGNALED(status));
	ASSERT_EQ(SIGTERM, WTERMSIG(status));
	ASSERT_ERRNO(ECHILD, wait(&status));
}

/* A child has a copy of all memory and of every local, wherever fork() is called. */
static int data = 1;

static int fork_deep_in(int depth, int *parents, volatile double x)
{
	int local = depth * 3;

	if (depth)
		return fork_deep_in(depth - 1, parents, x + 1) + local - depth * 3;
	pid_t pid = fork();
	ASSERT(pid >= 0);
	if (!pid) {
		*parents = data = 2;
		return x == 131.5 && local == 0 ? 40 : 50;
	}
	int status;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(40, WEXITSTATUS(status));
	return -1;
}

TEST(fork_copies)
{
	int *heap = malloc(sizeof *heap), on_stack = 1;
	pid_t before = getpid();
	*heap = 1;
	int result = fork_deep_in(100, &on_stack, 31.5);

	if (result > 0) {
		if (getppid() != before || on_stack != 2 || data != 2 || *heap != 1)
			_exit(1);
		_exit(result);
	}
	ASSERT(on_stack == 1 && data == 1 && getpid() == before);
	free(heap);
}

TEST(copy_on_write)
{
	enum { SIZE = 8 << 20 };
	volatile char *p = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *shared = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	for (int i = 0; i < SIZE; i += 4096)
		p[i] = shared[i] = 1;
	pid = fork();
	if (!pid) {
		for (int i = 0; i < SIZE; i += 4096) {
			if (p[i] != 1)
				_exit(1);
			p[i] = shared[i] = 2;
		}
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	for (int i = 0; i < SIZE; i += 4096)
		ASSERT(p[i] == 1 && shared[i] == 2);
	munmap((void *)p, SIZE);
	munmap((void *)shared, SIZE);
}

TEST(many_children)
{
	enum { CHILDREN = 50 };
	int status, sum = 0;

	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		ASSERT(pid >= 0);
		if (!pid)
			_exit(i);
	}
	for (int i = 0; i < CHILDREN; i++) {
		ASSERT(wait(&status) > 0);
		sum += WEXITSTATUS(status);
	}
	ASSERT_EQ(CHILDREN * (CHILDREN - 1) / 2, sum);
}

TEST(pipes)
{
	int there[2], back[2], n;
	pid_t pid;

	ASSERT_EQ(0, pipe(there) | pipe(back));
	pid = fork();
	if (!pid) {
		close(there[1]);
		while (read(there[0], &n, sizeof n) == sizeof n) {
			n++;
			if (write(back[1], &n, sizeof n) != sizeof n)
				_exit(1);
		}
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(sizeof n, write(there[1], &i, sizeof i));
		ASSERT_EQ(sizeof n, read(back[0], &n, sizeof n));
		ASSERT_EQ(i + 1, n);
	}
	close(there[1]);
	ASSERT_EQ(0, read(back[0], &n, sizeof n));
	ASSERT_EQ(pid, wait(&n));
	ASSERT_EQ(0, n);
	/* Nobody reads: EPIPE, when SIGPIPE doesn't kill. */
	close(back[0]);
	ASSERT_EQ(0, pipe(back));
	close(back[0]);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_ERRNO(EPIPE, write(back[1], "", 1));
	signal(SIGPIPE, SIG_DFL);
	close(back[1]);
}

/* Executes itself: with an argument main() only runs the cases of that name. */
static char *const self_arguments[] = { "processes", "is_executed", 0 };

TEST(is_executed)
{
	if (getenv("EXECUTED"))
		fprintf(stderr, "executed with %s\n", getenv("EXECUTED"));
}

TEST(exec_replaces)
{
	char *const environment[] = { "EXECUTED=pride", 0 };
	char text[128] = "";
	int status, pipes[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		dup2(pipes[1], 2);
		dup2(pipes[1], 1);
		execve("/proc/self/exe", self_arguments, environment);
		_exit(127);
	}
	close(pipes[1]);
	for (int size = 0, n; (n = read(pipes[0], text + size, sizeof text - 1 - size)) > 0; size += n)
		;
	close(pipes[0]);
	ASSERT_EQ(pid, wait(&status));
	ASSERT_EQ(0, status);
	ASSERT_STR("executed with pride\nok is_executed\n", text);
	ASSERT_ERRNO(ENOENT, execve("/no/such/file", self_arguments, environment));
	ASSERT_ERRNO(EACCES, execve("/tmp", self_arguments, environment));
}

/* A file that is no program. */
TEST(exec_refuses)
{
	char path[] = "/tmp/guest-exec-XXXXXX";
	int fd = mkstemp(path);

	ASSERT(fd >= 0);
	ASSERT_EQ(4, write(fd, "\0asm", 4));
	ASSERT_ERRNO(EACCES, execve(path, self_arguments, environ));
	ASSERT_EQ(0, fchmod(fd, 0755));
	close(fd);
	ASSERT_ERRNO(ENOEXEC, execve(path, self_arguments, environ));
	unlink(path);
}

TEST(vfork_shares)
{
	volatile int changed = 0;
	int status;
	pid_t pid = vfork();

	ASSERT(pid >= 0);
	if (!pid) {
		changed = 1;
		_exit(9);
	}
	ASSERT_EQ(1, changed);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(9, WEXITSTATUS(status));
}

TEST(spawning)
{
	char *const environment[] = { 0 };
	posix_spawn_file_actions_t actions;
	char text[32] = "";
	int status, pipes[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	ASSERT_EQ(0, posix_spawn(&pid, "/proc/self/exe", &actions, 0, self_arguments, environment));
	close(pipes[1]);
	ASSERT_EQ(15, read(pipes[0], text, sizeof text));
	ASSERT_STR("ok is_executed\n", text);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	close(pipes[0]);
	ASSERT_EQ(ENOENT, posix_spawn(&pid, "/no/such/file", 0, 0, self_arguments, environment));
	ASSERT_ERRNO(ECHILD, wait(&status));
}

/* A thread's stack given to clone() by hand, in a process that shares memory. */
static int clone_body(void *p)
{
	*(int *)p = 5;
	return 6;
}

TEST(clone_with_a_stack)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	int shared = 0, status;
	pid_t pid = clone(clone_body, stack + sizeof stack, CLONE_VM | SIGCHLD, &shared);

	ASSERT(pid > 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(6, WEXITSTATUS(status));
	ASSERT_EQ(5, shared);
}

TEST(waiting_without_blocking)
{
	int pipes[2], status;
	siginfo_t info = { 0 };
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (!pid) {
		close(pipes[1]);
		read(pipes[0], &status, 1);
		_exit(3);
	}
	ASSERT_EQ(0, waitpid(pid, &status, WNOHANG));
	close(pipes[1]);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	ASSERT_EQ(CLD_EXITED, info.si_code);
	ASSERT_EQ(3, info.si_status);
	struct rusage usage;
	ASSERT_EQ(pid, wait4(pid, &status, 0, &usage));
	ASSERT_EQ(3, WEXITSTATUS(status));
	close(pipes[0]);
}

TEST(sessions_and_groups)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(setsid() != getpid() || getpgrp() != getpid() || getsid(0) != getpid());
	ASSERT_EQ(pid, wait(&status));
	ASSERT_EQ(0, status);
}
