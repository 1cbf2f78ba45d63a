/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_ASM_WASM_VVAR_H
#define _UAPI_ASM_WASM_VVAR_H

#include <linux/types.h>

/*
 * Time without a system call. The kernel maps one page, read only, into every
 * process; auxv's AT_SYSINFO holds its address. To read clock `id`:
 *
 *	do {
 *		do
 *			seq = atomic_load_acquire(&v->seq);
 *		while (seq & 1);
 *		cycles = linux.clock() - v->cycle_last;
 *		if id is CLOCK_MONOTONIC_RAW:
 *			ns = v->clock[id].nsec_shifted + cycles * v->raw_mult;
 *		else
 *			ns = v->clock[id].nsec_shifted + cycles * v->mult;
 *		sec = v->clock[id].sec;
 *		fence(acquire);
 *	} while (v->seq != seq);
 *	ns >>= v->shift; carry ns / 1000000000 into sec
 *
 * A coarse clock has no cycles to add and its nanoseconds are not shifted. An
 * id whose bit in `valid` is not set needs the system call. If linux.clock() is
 * behind cycle_last take 0 for their difference.
 */
#define WASM_VVAR_CLOCKS	12

struct wasm_vvar {
	__u32 seq;		/* odd while the kernel writes */
	__u32 valid;		/* bit n: clock n can be read here */
	__u64 cycle_last;
	__u32 mult;
	__u32 shift;
	__u32 raw_mult;
	__u32 resolution;	/* of coarse clocks, ns */
	struct {
		__s64 sec;
		__u64 nsec_shifted;
	} clock[WASM_VVAR_CLOCKS];
};

#endif
