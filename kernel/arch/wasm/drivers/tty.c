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

#include "tty.h"

#define CHUNK	256

static struct tty_driver *driver;
static struct tty_port port;
static bool throttled;
static DEFINE_SPINLOCK(receive_lock);

static bool has_terminal(void)
{
	return wasm_boot_info.flags & MACHINE_BOOT_TTY;
}

/* Bytes that the machine took; 0 if it will interrupt as soon as it has room. */
static unsigned int send(const u8 *text, unsigned int size)
{
	int done;

	if (!has_terminal()) {
		machine_console_write(text, size);
		return size;
	}
	done = machine_stream_write(MACHINE_STREAM_TTY, text, size);
	if (done == -EAGAIN)
		return 0;
	/* The terminal is gone: nobody will read it. */
	return done < 0 ? size : done;
}

static void transmit(void)
{
	unsigned long flags;
	unsigned int size, done;
	u8 text[CHUNK];

	spin_lock_irqsave(&port.lock, flags);
	while ((size = kfifo_out_peek(&port.xmit_fifo, text, sizeof(text)))) {
		done = send(text, size);
		if (!done)
			break;
		done = kfifo_out(&port.xmit_fifo, text, done);
	}
	spin_unlock_irqrestore(&port.lock, flags);
}

static void receive(void)
{
	unsigned long flags;
	u8 chars[CHUNK];
	int done = -EAGAIN;

	if (!has_terminal())
		return;
	spin_lock_irqsave(&receive_lock, flags);
	while (!throttled && tty_buffer_space_avail(&port) >= CHUNK) {
		done = machine_stream_read(MACHINE_STREAM_TTY, chars, CHUNK);
		if (done <= 0)
			break;
		tty_insert_flip_string(&port, chars, done);
		tty_flip_buffer_push(&port);
	}
	spin_unlock_irqrestore(&receive_lock, flags);
	if (!done)
		tty_port_tty_hangup(&port, false);
}

static irqreturn_t stream_interrupt(int irq, void *data)
{
	if (tty_port_initialized(&port)) {
		receive();
		transmit();
		tty_port_tty_wakeup(&port);
	}
	return IRQ_HANDLED;
}

static void set_window(struct tty_struct *tty)
{
	u32 size = machine_window_size();
	struct winsize window = {
		.ws_row = size >> 16,
		.ws_col = size & 0xffff,
	};

	if (size)
		tty_do_resize(tty, &window);
}

static void window_changed(struct work_struct *work)
{
	struct tty_struct *tty = tty_port_tty_get(&port);

	if (tty)
		set_window(tty);
	tty_kref_put(tty);
}
static DECLARE_WORK(window_work, window_changed);

static irqreturn_t window_interrupt(int irq, void *data)
{
	schedule_work(&window_work);
	return IRQ_HANDLED;
}

static int port_activate(struct tty_port *p, struct tty_struct *tty)
{
	int err = tty_port_alloc_xmit_buf(p);

	if (err)
		return err;
	throttled = false;
	if (has_terminal())
		set_window(tty);
	return 0;
}

static void port_shutdown(struct tty_port *p)
{
	tty_port_free_xmit_buf(p);
}

static const struct tty_port_operations port_ops = {
	.activate	= port_activate,
	.shutdown	= port_shutdown,
};

static int ttyw_open(struct tty_struct *tty, struct file *file)
{
	int err = tty_port_open(&port, tty, file);

	/* What was typed before; from now on the machine interrupts. */
	if (!err)
		receive();
	return err;
}

static void ttyw_close(struct tty_struct *tty, struct file *file)
{
	tty_port_close(&port, tty, file);
}

static void ttyw_hangup(struct tty_struct *tty)
{
	tty_port_hangup(&port);
}

static ssize_t ttyw_write(struct tty_struct *tty, const u8 *text, size_t size)
{
	unsigned long flags;

	spin_lock_irqsave(&port.lock, flags);
	size = port.xmit_buf ? kfifo_in(&port.xmit_fifo, text, size) : 0;
	spin_unlock_irqrestore(&port.lock, flags);
	transmit();
	return size;
}

static unsigned int ttyw_write_room(struct tty_struct *tty)
{
	return kfifo_avail(&port.xmit_fifo);
}

static unsigned int ttyw_chars_in_buffer(struct tty_struct *tty)
{
	return kfifo_len(&port.xmit_fifo);
}

static void ttyw_throttle(struct tty_struct *tty)
{
	WRITE_ONCE(throttled, true);
}

static void ttyw_unthrottle(struct tty_struct *tty)
{
	WRITE_ONCE(throttled, false);
	receive();
}

static const struct tty_operations ttyw_ops = {
	.open			= ttyw_open,
	.close			= ttyw_close,
	.hangup			= ttyw_hangup,
	.write			= ttyw_write,
	.write_room		= ttyw_write_room,
	.chars_in_buffer	= ttyw_chars_in_buffer,
	.throttle		= ttyw_throttle,
	.unthrottle		= ttyw_unthrottle,
};

struct tty_driver *wasm_tty_console_device(struct console *console, int *index)
{
	*index = 0;
	return driver;
}

static int __init ttyw_init(void)
{
	struct tty_driver *d;
	int err;

	d = tty_alloc_driver(1, TTY_DRIVER_REAL_RAW | TTY_DRIVER_RESET_TERMIOS);
	if (IS_ERR(d))
		return PTR_ERR(d);
	d->driver_name = "ttyW";
	d->name = "ttyW";
	d->type = TTY_DRIVER_TYPE_CONSOLE;
	d->init_termios = tty_std_termios;
	tty_set_operations(d, &ttyw_ops);
	tty_port_init(&port);
	port.ops = &port_ops;
	tty_port_link_device(&port, d, 0);

	err = tty_register_driver(d);
	if (err) {
		tty_driver_kref_put(d);
		return err;
	}
	driver = d;

	err = request_irq(wasm_irq(MACHINE_IRQ_STREAM), stream_interrupt, IRQF_SHARED,
			  "ttyW", &port);
	if (!err)
		err = request_irq(wasm_irq(MACHINE_IRQ_WINDOW), window_interrupt, 0, "window",
				  NULL);
	return err;
}
device_initcall(ttyw_init);
