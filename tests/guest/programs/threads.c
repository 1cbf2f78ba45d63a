// SPDX-License-Identifier: Apache-2.0
/* POSIX threads. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <aio.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8 };

static pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	errno = pthread_create(&thread, 0, run, argument);
	ASSERT_EQ(0, errno);
	return thread;
}

static void *join(pthread_t thread)
{
	void *result = 0;

	ASSERT_EQ(0, pthread_join(thread, &result));
	return result;
}

static void *twice(void *p) { return (void *)((intptr_t)p * 2); }

TEST(results_are_joined)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		threads[i] = start(twice, (void *)i);
	for (intptr_t i = 0; i < THREADS; i++)
		ASSERT_EQ(2 * i, (intptr_t)join(threads[i]));
}

/* Each thread has its own copy, initialised from the same template. */
static _Thread_local int initialised = 41;
static _Thread_local int zero;
static _Thread_local _Alignas(64) char aligned[100] = "template";

static void *look_at_locals(void *p)
{
	ASSERT_EQ(41, initialised);
	ASSERT_EQ(0, zero);
	ASSERT_STR("template", aligned);
	ASSERT_EQ(0, (uintptr_t)aligned & 63);
	initialised = zero = (intptr_t)p;
	strcpy(aligned, "changed");
	errno = (intptr_t)p;
	sched_yield();
	ASSERT_EQ((intptr_t)p, initialised);
	ASSERT_EQ((intptr_t)p, errno);
	return &initialised;
}

TEST(thread_local_objects)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		threads[i] = start(look_at_locals, (void *)(i + 1));
	for (intptr_t i = 0; i < THREADS; i++)
		ASSERT(join(threads[i]) != &initialised);
	ASSERT_EQ(41, initialised);
	ASSERT_STR("template", aligned);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;
static atomic_long atomic_counter;

static void *count(void *p)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
		atomic_counter++;
	}
	return 0;
}

TEST(mutexes_exclude)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(count, 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ASSERT_EQ(THREADS * 20000, counter);
	ASSERT_EQ(THREADS * 20000, atomic_counter);
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *answer(void *p)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != 1)
			pthread_cond_wait(&changed, &mutex);
		turn = 0;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&mutex);
	}
	return 0;
}

TEST(conditions_wake)
{
	pthread_t thread = start(answer, 0);
	struct timespec past = { 1, 0 };

	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		turn = 1;
		pthread_cond_signal(&changed);
		while (turn != 0)
			pthread_cond_wait(&changed, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	join(thread);
	pthread_mutex_lock(&mutex);
	ASSERT_EQ(ETIMEDOUT, pthread_cond_timedwait(&changed, &mutex, &past));
	pthread_mutex_unlock(&mutex);
}

static void *post(void *semaphore)
{
	for (int i = 0; i < 100; i++)
		sem_post(semaphore);
	return 0;
}

TEST(semaphores_count)
{
	sem_t semaphore;
	pthread_t thread;

	ASSERT_EQ(0, sem_init(&semaphore, 0, 0));
	ASSERT_ERRNO(EAGAIN, sem_trywait(&semaphore));
	thread = start(post, &semaphore);
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, sem_wait(&semaphore));
	join(thread);
	sem_destroy(&semaphore);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int times;
static pthread_key_t key;
static atomic_int destroyed;

static void init_once(void) { times++; }
static void destroy(void *p) { destroyed += (intptr_t)p; }

static void *use_key(void *p)
{
	pthread_once(&once, init_once);
	ASSERT(!pthread_getspecific(key));
	pthread_setspecific(key, (void *)1);
	return 0;
}

TEST(keys_and_once)
{
	pthread_t threads[THREADS];

	ASSERT_EQ(0, pthread_key_create(&key, destroy));
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(use_key, 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ASSERT_EQ(1, times);
	ASSERT_EQ(THREADS, destroyed);
}

static sem_t done;

static void *detached(void *p)
{
	sem_post(&done);
	return 0;
}

/* Many come and go; what they used is given back. */
TEST(detached_threads)
{
	pthread_attr_t attributes;
	pthread_t thread;

	sem_init(&done, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 256 << 10);
	for (int i = 0; i < 500; i++) {
		ASSERT_EQ(0, pthread_create(&thread, &attributes, detached, 0));
		sem_wait(&done);
	}
}

/* A blocking call is a cancellation point; cleanup handlers run. */
static int cleaned;
static int pipes[2];

static void clean(void *p) { cleaned++; }

static void *block(void *p)
{
	char c;

	pthread_cleanup_push(clean, 0);
	sem_post(&done);
	read(pipes[0], &c, 1);
	pthread_cleanup_pop(0);
	return 0;
}

TEST(cancellation)
{
	pthread_t thread;

	ASSERT_EQ(0, pipe(pipes));
	sem_init(&done, 0, 0);
	thread = start(block, 0);
	sem_wait(&done);
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT(join(thread) == PTHREAD_CANCELED);
	ASSERT_EQ(1, cleaned);
}

static atomic_int caught_by;
static atomic_int stop;

static void note_thread(int signal) { caught_by = gettid(); }

static void *spin(void *p)
{
	*(pid_t *)p = gettid();
	sem_post(&done);
	while (!stop)
		;
	return 0;
}

/* A signal for one thread runs its handler there, even in a loop without a call. */
TEST(signals_reach_their_thread)
{
	pid_t tid = 0;
	pthread_t thread;

	sem_init(&done, 0, 0);
	signal(SIGUSR1, note_thread);
	thread = start(spin, &tid);
	sem_wait(&done);
	ASSERT_EQ(0, pthread_kill(thread, SIGUSR1));
	while (!caught_by)
		sched_yield();
	ASSERT_EQ(tid, caught_by);
	ASSERT(tid != getpid());
	stop = 1;
	join(thread);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void *write_lock(void *p)
{
	for (int i = 0; i < 1000; i++) {
		pthread_rwlock_wrlock(&rwlock);
		((long *)p)[0]++;
		((long *)p)[1]++;
		pthread_rwlock_unlock(&rwlock);
	}
	return 0;
}

TEST(readers_and_writers)
{
	static volatile long pair[2];
	pthread_t a = start(write_lock, (void *)pair), b = start(write_lock, (void *)pair);

	for (int i = 0; i < 1000; i++) {
		pthread_rwlock_rdlock(&rwlock);
		ASSERT_EQ(pair[0], pair[1]);
		pthread_rwlock_unlock(&rwlock);
	}
	join(a);
	join(b);
	ASSERT_EQ(2000, pair[0]);
}

/* A mutex whose owner has died says so, in the same process and in another one. */
static void *die_with_lock(void *m)
{
	pthread_mutex_lock(m);
	return 0;
}

TEST(robust_mutexes)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *m = mmap(0, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	ASSERT(m != MAP_FAILED);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	ASSERT_EQ(0, pthread_mutex_init(m, &attributes));
	join(start(die_with_lock, m));
	ASSERT_EQ(EOWNERDEAD, pthread_mutex_lock(m));
	ASSERT_EQ(0, pthread_mutex_consistent(m));
	ASSERT_EQ(0, pthread_mutex_unlock(m));
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(m);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(EOWNERDEAD, pthread_mutex_lock(m));
	ASSERT_EQ(0, pthread_mutex_consistent(m));
	ASSERT_EQ(0, pthread_mutex_unlock(m));
	munmap(m, sizeof *m);
}

/* Locks in shared memory work between processes. */
TEST(shared_semaphores)
{
	sem_t *s = mmap(0, 2 * sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	ASSERT(s != MAP_FAILED);
	ASSERT_EQ(0, sem_init(&s[0], 1, 0) | sem_init(&s[1], 1, 0));
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 500; i++) {
			sem_wait(&s[0]);
			sem_post(&s[1]);
		}
		_exit(0);
	}
	for (int i = 0; i < 500; i++) {
		sem_post(&s[0]);
		sem_wait(&s[1]);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	munmap(s, 2 * sizeof *s);
}

static void expired(union sigval value) { sem_post(value.sival_ptr); }

static void expired_and_gone(union sigval value)
{
	sem_post(value.sival_ptr);
	pthread_exit(0);
}

/* Timers that call a function, which may end with pthread_exit(), in a thread. */
TEST(timers)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = expired,
		.sigev_value.sival_ptr = &done };
	struct itimerspec when = { { 0, 1000000 }, { 0, 1000000 } };
	timer_t timer;

	sem_init(&done, 0, 0);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &event, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &when, 0));
	for (int i = 0; i < 5; i++)
		sem_wait(&done);
	ASSERT_EQ(0, timer_delete(timer));
	event.sigev_notify_function = expired_and_gone;
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &event, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &when, 0));
	for (int i = 0; i < 5; i++)
		sem_wait(&done);
	ASSERT_EQ(0, timer_delete(timer));
}

TEST(asynchronous_io)
{
	char path[] = "/tmp/guest-aio-XXXXXX", text[8] = "";
	int fd = mkstemp(path);
	struct aiocb out = { .aio_fildes = fd, .aio_buf = "async", .aio_nbytes = 5, .aio_offset = 3 };
	struct aiocb in = { .aio_fildes = fd, .aio_buf = text, .aio_nbytes = 5, .aio_offset = 3 };
	const struct aiocb *list[1] = { &out };

	ASSERT(fd >= 0);
	unlink(path);
	ASSERT_EQ(0, aio_write(&out));
	while (aio_error(&out) == EINPROGRESS)
		aio_suspend(list, 1, 0);
	ASSERT_EQ(5, aio_return(&out));
	list[0] = &in;
	ASSERT_EQ(0, aio_read(&in));
	while (aio_error(&in) == EINPROGRESS)
		aio_suspend(list, 1, 0);
	ASSERT_EQ(5, aio_return(&in));
	ASSERT_STR("async", text);
	close(fd);
}

static void *wait_for_ever(void *p)
{
	sem_post(&done);
	for (;;)
		pause();
}

static void *exit_process(void *p) { exit(19); }

/* Credentials are the process's, and exit() ends all threads, whatever they do. */
TEST(all_threads_end)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		pthread_t thread;

		stop = 0;
		sem_init(&done, 0, 0);
		ASSERT_EQ(0, pthread_create(&thread, 0, wait_for_ever, 0));
		sem_wait(&done);
		ASSERT_EQ(0, setgid(getgid()));
		ASSERT_EQ(0, pthread_create(&thread, 0, spin, &status));
		sem_wait(&done);
		ASSERT_EQ(0, pthread_create(&thread, 0, exit_process, 0));
		pthread_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(19, WEXITSTATUS(status));
}

/* fork() in a process of several threads: the child has the one that called. */
static void *fork_and_wait(void *p)
{
	int status;

	pthread_mutex_lock(&mutex);	/* until *p is known */
	pthread_mutex_unlock(&mutex);
	pid_t pid = fork();
	if (!pid) {
		initialised++;
		_exit(initialised == 42 && pthread_equal(pthread_self(), *(pthread_t *)p) ? 3 : 4);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	return (void *)(intptr_t)WEXITSTATUS(status);
}

TEST(fork_in_a_thread)
{
	static pthread_t thread;

	pthread_mutex_lock(&mutex);
	thread = start(fork_and_wait, &thread);
	pthread_mutex_unlock(&mutex);
	ASSERT_EQ(3, (intptr_t)join(thread));
}

/* As many at a time as a server may have. */
TEST(many_threads)
{
	enum { MANY = 200 };
	static pthread_t threads[MANY];
	sem_t go;

	sem_init(&go, 0, 0);
	for (int i = 0; i < MANY; i++)
		threads[i] = start((void *(*)(void *))sem_wait, &go);
	for (int i = 0; i < MANY; i++)
		sem_post(&go);
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(0, (intptr_t)join(threads[i]));
}
