/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_TIMEX_H
#define _ASM_WASM_TIMEX_H

#include <asm/machine.h>

typedef unsigned long cycles_t;

static inline cycles_t get_cycles(void)
{
	return machine_clock();
}

#define random_get_entropy()	((unsigned long)get_cycles())

#endif
