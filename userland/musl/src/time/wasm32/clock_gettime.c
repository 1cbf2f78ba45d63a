/* SPDX-License-Identifier: MIT */
#include <time.h>
#include <errno.h>
#include <elf.h>
#include <stdint.h>
#include "libc.h"
#include "syscall.h"

__attribute__((__import_module__("linux"), __import_name__("clock")))
int64_t __wasm_clock(void);

/*
 * struct wasm_vvar of the kernel's asm/vvar.h, which says how to read it. Each load
 * is atomic: that keeps them in order, and costs nothing on hosts where a fence,
 * WebAssembly's only other way, costs more than all the rest.
 */
struct vvar {
	uint32_t seq;
	uint32_t valid;
	uint64_t cycle_last;
	uint32_t mult, shift, raw_mult, resolution;
	struct {
		int64_t sec;
		uint64_t nsec_shifted;
	} clock[12];
};

#define COARSE (1u<<CLOCK_REALTIME_COARSE | 1u<<CLOCK_MONOTONIC_COARSE)

static void read_clock(const struct vvar *v, clockid_t clk, struct timespec *ts)
{
	uint32_t seq;
	int64_t sec;
	uint64_t ns;

	do {
		while ((seq = __atomic_load_n(&v->seq, __ATOMIC_ACQUIRE)) & 1);
		sec = __atomic_load_n(&v->clock[clk].sec, __ATOMIC_ACQUIRE);
		ns = __atomic_load_n(&v->clock[clk].nsec_shifted, __ATOMIC_ACQUIRE);
		if (!(COARSE & 1u<<clk)) {
			int64_t cycles = __wasm_clock() -
				__atomic_load_n(&v->cycle_last, __ATOMIC_ACQUIRE);
			if (cycles > 0)
				ns += cycles * __atomic_load_n(clk == CLOCK_MONOTONIC_RAW
					? &v->raw_mult : &v->mult, __ATOMIC_ACQUIRE);
			ns >>= __atomic_load_n(&v->shift, __ATOMIC_ACQUIRE);
		}
	} while (__atomic_load_n(&v->seq, __ATOMIC_ACQUIRE) != seq);

	/* Almost never more than once: nanoseconds hold less than a tick above a second. */
	while (ns >= 1000000000) {
		ns -= 1000000000;
		sec++;
	}
	ts->tv_sec = sec;
	ts->tv_nsec = ns;
}

int __clock_gettime(clockid_t clk, struct timespec *ts)
{
	const struct vvar *v = (void *)__sysinfo;

	if (v && (unsigned)clk < sizeof v->clock / sizeof v->clock[0] && v->valid & 1u<<clk) {
		read_clock(v, clk, ts);
		return 0;
	}
	return __syscall_ret(__syscall(SYS_clock_gettime64, clk, ts));
}

weak_alias(__clock_gettime, clock_gettime);
