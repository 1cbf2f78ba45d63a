// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * Kernel messages. They go to the machine's console at once and whatever state
 * the kernel is in; what programs write to a terminal goes through tty.c.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/printk.h>

#include <asm/machine.h>

#include "tty.h"

static void wasm_console_write(struct console *console, const char *text, unsigned int size)
{
	machine_console_write(text, size);
}

static struct console wasm_console = {
	.name	= "ttyW",
	.write	= wasm_console_write,
	.device	= wasm_tty_console_device,
	.flags	= CON_PRINTBUFFER,
	.index	= -1,
};

static int __init wasm_console_init(void)
{
	register_console(&wasm_console);
	return 0;
}
console_initcall(wasm_console_init);
