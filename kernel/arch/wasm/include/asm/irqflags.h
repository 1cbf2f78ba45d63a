/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_IRQFLAGS_H
#define _ASM_WASM_IRQFLAGS_H

#include <linux/compiler.h>
#include <asm/machine.h>

extern struct machine_vcpu wasm_vcpu;

/* Handles what became pending while interrupts were off, and leaves them on. */
void wasm_irq_catch_up(void);

static __always_inline unsigned long arch_local_save_flags(void)
{
	return READ_ONCE(wasm_vcpu.irq_enabled);
}

static __always_inline void arch_local_irq_disable(void)
{
	WRITE_ONCE(wasm_vcpu.irq_enabled, 0);
	barrier();
}

static __always_inline void arch_local_irq_enable(void)
{
	barrier();
	WRITE_ONCE(wasm_vcpu.irq_enabled, 1);
	if (unlikely(READ_ONCE(wasm_vcpu.pending)))
		wasm_irq_catch_up();
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags)
		arch_local_irq_enable();
	else
		arch_local_irq_disable();
}

static __always_inline bool arch_irqs_disabled_flags(unsigned long flags)
{
	return !flags;
}

static __always_inline bool arch_irqs_disabled(void)
{
	return arch_irqs_disabled_flags(arch_local_save_flags());
}

#endif
