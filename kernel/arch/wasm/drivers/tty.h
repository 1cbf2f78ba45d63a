/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _WASM_DRIVERS_TTY_H
#define _WASM_DRIVERS_TTY_H

struct console;
struct tty_driver;

/* The terminal that /dev/console stands for; NULL before it is there. */
#ifdef CONFIG_TTY
struct tty_driver *wasm_tty_console_device(struct console *console, int *index);
#else
#define wasm_tty_console_device NULL
#endif

#endif
