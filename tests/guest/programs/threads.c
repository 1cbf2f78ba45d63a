// SPDX-License-Identifier: Apache-2.0
/* POSIX threads. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
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
