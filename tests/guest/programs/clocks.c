// SPDX-License-Identifier: Apache-2.0
/* Clocks, timers, random numbers. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static long long now(clockid_t clock)
{
	struct timespec t;

	ASSERT_EQ(0, clock_gettime(clock, &t));
	ASSERT(t.tv_nsec >= 0 && t.tv_nsec < SECOND);
	return t.tv_sec * SECOND + t.tv_nsec;
}

TEST(monotonic_clocks_never_go_back)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
		CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

	for (size_t c = 0; c < sizeof clocks / sizeof clocks[0]; c++) {
		long long before = now(clocks[c]), after;

		for (int i = 0; i < 20000; i++, before = after) {
			after = now(clocks[c]);
			ASSERT(after >= before);
		}
	}
}

TEST(clocks_tick)
{
	long long start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	while (now(CLOCK_MONOTONIC) < start + SECOND / 20)
		;
	ASSERT(now(CLOCK_PROCESS_CPUTIME_ID) > cpu);
	ASSERT(now(CLOCK_PROCESS_CPUTIME_ID) < cpu + SECOND);
}

/* What is read without a system call is what the call says. */
TEST(same_time_by_system_call)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
		CLOCK_TAI };

	for (size_t c = 0; c < sizeof clocks / sizeof clocks[0]; c++) {
		for (int i = 0; i < 1000; i++) {
			struct { int64_t sec, nsec; } t;
			long long before = now(clocks[c]), middle, after;

#ifdef SYS_clock_gettime64
			ASSERT_EQ(0, syscall(SYS_clock_gettime64, clocks[c], &t));
#else
			ASSERT_EQ(0, syscall(SYS_clock_gettime, clocks[c], &t));
#endif
			middle = t.sec * SECOND + t.nsec;
			after = now(clocks[c]);
			ASSERT(before <= middle && middle <= after);
		}
	}
}

TEST(time_of_day)
{
	struct timeval tv;
	time_t t = time(0);
	long long real = now(CLOCK_REALTIME);
	char text[64];
	struct tm tm;

	ASSERT(t > 1700000000);
	ASSERT(real / SECOND - t <= 1 && real / SECOND >= t);
	ASSERT_EQ(0, gettimeofday(&tv, 0));
	ASSERT(tv.tv_sec - t <= 1);
	/* Beyond 2038. */
	t = 4102444800;
	ASSERT(gmtime_r(&t, &tm));
	ASSERT(strftime(text, sizeof text, "%F %T", &tm));
	ASSERT_STR("2100-01-01 00:00:00", text);
	ASSERT_EQ(t, timegm(&tm));
}

TEST(resolution)
{
	struct timespec t;

	ASSERT_EQ(0, clock_getres(CLOCK_MONOTONIC, &t));
	ASSERT_EQ(0, t.tv_sec);
	ASSERT_EQ(1, t.tv_nsec);
	ASSERT_ERRNO(EINVAL, clock_gettime(99, &t));
}

/* At least as long as asked for, and not absurdly longer. */
TEST(naps)
{
	static const long long naps[] = { 1, 1000, 100000, 1000000, 20000000 };

	for (size_t i = 0; i < sizeof naps / sizeof naps[0]; i++) {
		struct timespec nap = { 0, naps[i] };
		long long start = now(CLOCK_MONOTONIC);

		ASSERT_EQ(0, nanosleep(&nap, 0));
		ASSERT(now(CLOCK_MONOTONIC) >= start + naps[i]);
		ASSERT(now(CLOCK_MONOTONIC) < start + naps[i] + 2 * SECOND);
	}
	struct timespec until;
	ASSERT_EQ(0, clock_gettime(CLOCK_MONOTONIC, &until));
	until.tv_sec += (until.tv_nsec += 5000000) / SECOND;
	until.tv_nsec %= SECOND;
	ASSERT_EQ(0, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0));
	ASSERT(now(CLOCK_MONOTONIC) >= until.tv_sec * SECOND + until.tv_nsec);
	struct timespec bad = { 0, SECOND };
	ASSERT_ERRNO(EINVAL, nanosleep(&bad, 0));
}

TEST(timeouts)
{
	long long start = now(CLOCK_MONOTONIC);

	ASSERT_EQ(0, poll(0, 0, 15));
	ASSERT(now(CLOCK_MONOTONIC) >= start + 15000000);
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec when = { { 0, 2000000 }, { 0, 1000000 } };
	uint64_t count, sum = 0;
	ASSERT(fd >= 0);
	ASSERT_EQ(0, timerfd_settime(fd, 0, &when, 0));
	while (sum < 5) {
		ASSERT_EQ(8, read(fd, &count, 8));
		sum += count;
	}
	close(fd);
}

TEST(random_numbers)
{
	unsigned char a[256] = { 0 }, b[256] = { 0 };
	int fd, seen[256] = { 0 }, different = 0;

	ASSERT_EQ(256, getrandom(a, 256, 0));
	ASSERT_EQ(256, getrandom(b, 256, GRND_NONBLOCK));
	ASSERT(memcmp(a, b, 256));
	for (int i = 0; i < 256; i++)
		different += !seen[a[i]]++;
	ASSERT(different > 100);
	ASSERT((fd = open("/dev/urandom", O_RDONLY)) >= 0);
	ASSERT_EQ(256, read(fd, a, 256));
	ASSERT(memcmp(a, b, 256));
	close(fd);
	ASSERT_EQ(0, getentropy(a, 256));
	ASSERT(getauxval(AT_RANDOM));
}
