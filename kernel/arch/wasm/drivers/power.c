// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * The host asks for a shutdown: what the three keys do on a PC. Init gets SIGINT
 * if it has disabled them (reboot(2)), else the machine restarts.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/reboot.h>

#include <asm/irq.h>
#include <asm/machine.h>

static irqreturn_t wasm_power_interrupt(int irq, void *data)
{
	ctrl_alt_del();
	return IRQ_HANDLED;
}

static int __init wasm_power_init(void)
{
	return request_irq(wasm_irq(MACHINE_IRQ_POWER), wasm_power_interrupt, 0, "power", NULL);
}
device_initcall(wasm_power_init);
