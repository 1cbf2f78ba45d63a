/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_IRQ_H
#define _ASM_WASM_IRQ_H

/* The machine's lines from 1, then devices behind MACHINE_IRQ_DEVICE. */
#define WASM_IRQ_LINES		8
#define WASM_IRQ_DEVICES	32
#define NR_IRQS			(1 + WASM_IRQ_LINES + WASM_IRQ_DEVICES)

/* The Linux number of a MACHINE_IRQ_* bit, and of a device by its window. */
#define wasm_irq(line)		(1 + __builtin_ctz(line))
#define wasm_device_irq(n)	(1 + WASM_IRQ_LINES + (n))

#include <asm-generic/irq.h>

#endif
