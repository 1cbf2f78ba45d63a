// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * ttyW0: the terminal that the machine was started from, and the kernel's console.
 * Without a terminal what is written goes to the console's log.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/workqueue.h>
#include <asm/wasm.h>

static struct tty_driver *driver;
static struct tty_port port;
static bool throttled;

static bool has_terminal(void)
{
	return wasm_boot_info.flags & MACHINE_BOOT_TTY;
}

/* Moves what is waiting to the machine; more as soon as it has room again. */
static void transmit(void)
{
	unsigned long flags;
	u8 *text;
	int done;

	spin_lock_irqsave(&port.lock, flags);
	for (;;) {
		unsigned int size = kfifo_out_linear_ptr(&port.xmit_fifo, &text, INT_MAX);

		if (!size)
			break;
		if (has_terminal()) {
			done = machine_stream_write(MACHINE_STREAM_TTY, text, size);
			if (done == -EAGAIN || done == 0)
				break;
			/* Nobody will read it any more. */
			if (done < 0)
				done = size;
		} else {
			machine_console_write(text, size);
			done = size;
		}
		kfifo_skip_count(&port.xmit_fifo, done);
	}
	spin_unlock_irqrestore(&port.lock, flags);
}

static void receive(void)
{
	int done = -EAGAIN;
	u8 *chars;

	while (!READ_ONCE(throttled)) {
		/* The machine writes into the buffer: ask for room first. */
		size_t room = tty_buffer_request_room(&port, 256);

		if (!room)
			break;
		room = tty_prepare_flip_string(&port, &chars, room);
		done = machine_stream_read(MACHINE_STREAM_TTY, chars, room);
		if (done <= 0)
			break;
		tty_flip_buffer_push(&port);
	}
	if (!done)
		tty_port_tty_hangup(&port, false);
}
