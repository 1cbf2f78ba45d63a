// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Interrupts: lines of the machine, and devices behind one of them. */
#include <linux/entry-common.h>
#include <linux/hardirq.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <asm/irq_regs.h>
#include <asm/wasm.h>

struct machine_vcpu wasm_vcpu __aligned(64);

/* What drivers see of an interrupt that hit kernel code. */
static struct pt_regs kernel_regs;

static void handle_devices(void)
{
	unsigned long status = readl((void __iomem *)MACHINE_DEVICE_STATUS);
	unsigned int device;

	for_each_set_bit(device, &status, WASM_IRQ_DEVICES)
		generic_handle_irq(wasm_device_irq(device));
}

void wasm_handle_irqs(struct pt_regs *regs)
{
	struct pt_regs *old = set_irq_regs(regs);
	unsigned long pending;
	unsigned int line;

	irq_enter_rcu();
	while ((pending = xchg(&wasm_vcpu.pending, 0))) {
		for_each_set_bit(line, &pending, MACHINE_IRQ_COUNT) {
			if (BIT(line) == MACHINE_IRQ_DEVICE)
				handle_devices();
			else
				generic_handle_irq(wasm_irq(BIT(line)));
		}
	}
	irq_exit_rcu();
	set_irq_regs(old);
}

/* Between any two instructions of kernel code that has interrupts on. */
void kernel_interrupt(void)
{
	irqentry_state_t state = irqentry_enter(&kernel_regs);

	wasm_handle_irqs(&kernel_regs);
	irqentry_exit(&kernel_regs, state);
}

void wasm_irq_catch_up(void)
{
	do {
		WRITE_ONCE(wasm_vcpu.irq_enabled, 0);
		kernel_interrupt();
		WRITE_ONCE(wasm_vcpu.irq_enabled, 1);
	} while (READ_ONCE(wasm_vcpu.pending));
}

/* Lines can't be masked: a disabled one is remembered by the generic code. */
static void wasm_irq_noop(struct irq_data *data)
{
}

static struct irq_chip wasm_irq_chip = {
	.name		= "machine",
	.irq_mask	= wasm_irq_noop,
	.irq_unmask	= wasm_irq_noop,
	.flags		= IRQCHIP_SKIP_SET_WAKE,
};

void __init init_IRQ(void)
{
	unsigned int irq;

	machine_vcpu_init(0, &wasm_vcpu);
	for (irq = 1; irq < NR_IRQS; irq++)
		irq_set_chip_and_handler(irq, &wasm_irq_chip, handle_simple_irq);
}
