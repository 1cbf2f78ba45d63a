/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_DELAY_H
#define _ASM_WASM_DELAY_H

void __ndelay(unsigned long long nsecs);
void __delay(unsigned long loops);

/* The clock counts nanoseconds: there is no loop to calibrate. */
#define udelay(n)	__ndelay((unsigned long long)(n) * 1000)
#define ndelay(n)	__ndelay(n)

#endif
