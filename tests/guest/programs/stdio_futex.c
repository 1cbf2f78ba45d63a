// SPDX-License-Identifier: Apache-2.0
/*
 * The scene this project began with: printf, then a normal return from main, while stdio's locks
 * are taken by futex. With threads that print at the same time, lines stay whole, and exit()
 * waits for whoever holds the lock of stdout.
 */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, LINES = 200 };

static pthread_barrier_t start;

static void *print(void *name)
{
	pthread_barrier_wait(&start);
	for (int i = 0; i < LINES; i++) {
		flockfile(stdout);
		printf("%s", (const char *)name);
		printf(" %d\n", i);
		funlockfile(stdout);
	}
	return 0;
}

int main(void)
{
	static const char *const names[THREADS] = { "alpha", "beta", "gamma", "delta" };
	pthread_t threads[THREADS];

	if (pthread_barrier_init(&start, 0, THREADS))
		return 1;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], 0, print, (void *)names[i]))
			return 2;
	for (int i = 0; i < THREADS; i++)
		if (pthread_join(threads[i], 0))
			return 3;
	printf("Hello, world\n");
	return 0;
}
