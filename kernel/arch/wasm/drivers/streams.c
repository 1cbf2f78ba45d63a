// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * /dev/hostin, /dev/hostout, /dev/hosterr: standard input, output and error of the
 * process that runs the machine. Bytes as they are, end of file, back-pressure; no
 * terminal's line discipline comes between.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include <asm/irq.h>
#include <asm/machine.h>

#define STREAM_READABLE	0x1
#define STREAM_WRITABLE	0x2

static DECLARE_WAIT_QUEUE_HEAD(wasm_stream_wait);

struct wasm_stream {
	struct miscdevice misc;
	u32 number;
	fmode_t mode;
};

static struct wasm_stream *stream_of(struct file *file)
{
	return container_of(file->private_data, struct wasm_stream, misc);
}

static irqreturn_t wasm_stream_interrupt(int irq, void *data)
{
	wake_up_interruptible(&wasm_stream_wait);
	return IRQ_HANDLED;
}

static int wasm_stream_open(struct inode *inode, struct file *file)
{
	if (file->f_mode & (FMODE_READ | FMODE_WRITE) & ~stream_of(file)->mode)
		return -EACCES;
	return stream_open(inode, file);
}

/* Sleeps until the stream is ready; an errno if it shouldn't, or was interrupted. */
static int wasm_stream_wait_for(struct kiocb *iocb, u32 number, u32 ready)
{
	if ((iocb->ki_flags & IOCB_NOWAIT) || (iocb->ki_filp->f_flags & O_NONBLOCK))
		return -EAGAIN;
	return wait_event_interruptible(wasm_stream_wait, machine_stream_poll(number) & ready);
}

static ssize_t wasm_stream_read(struct kiocb *iocb, struct iov_iter *to)
{
	u32 number = stream_of(iocb->ki_filp)->number;
	size_t size = min_t(size_t, iov_iter_count(to), PAGE_SIZE);
	void *buffer;
	ssize_t ret;

	if (!size)
		return 0;
	buffer = kmalloc(size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	while ((ret = machine_stream_read(number, buffer, size)) == -EAGAIN) {
		ret = wasm_stream_wait_for(iocb, number, STREAM_READABLE);
		if (ret)
			break;
	}
	if (ret > 0 && copy_to_iter(buffer, ret, to) != ret)
		ret = -EFAULT;
	kfree(buffer);
	return ret;
}

/* All of the buffer, or as far as it got before an error. */
static ssize_t wasm_stream_write_all(struct kiocb *iocb, u32 number, const u8 *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t ret = machine_stream_write(number, buffer + done, size - done);

		if (ret == -EAGAIN)
			ret = wasm_stream_wait_for(iocb, number, STREAM_WRITABLE);
		if (ret == -EPIPE)
			send_sig(SIGPIPE, current, 0);
		if (ret < 0)
			return done ?: ret;
		done += ret;
	}
	return done;
}

static ssize_t wasm_stream_write(struct kiocb *iocb, struct iov_iter *from)
{
	u32 number = stream_of(iocb->ki_filp)->number;
	size_t total = 0, step = min_t(size_t, iov_iter_count(from), PAGE_SIZE);
	ssize_t ret = 0;
	void *buffer;

	if (!step)
		return 0;
	buffer = kmalloc(step, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		size_t size = min(step, iov_iter_count(from));

		if (copy_from_iter(buffer, size, from) != size) {
			ret = -EFAULT;
			break;
		}
		ret = wasm_stream_write_all(iocb, number, buffer, size);
		if (ret > 0)
			total += ret;
		if (ret != size)
			break;
	}
	kfree(buffer);
	return total ?: ret;
}

static __poll_t wasm_stream_poll(struct file *file, poll_table *wait)
{
	struct wasm_stream *stream = stream_of(file);
	__poll_t mask = 0;
	u32 ready;

	poll_wait(file, &wasm_stream_wait, wait);
	ready = machine_stream_poll(stream->number);
	if ((stream->mode & FMODE_READ) && (ready & STREAM_READABLE))
		mask |= EPOLLIN | EPOLLRDNORM;
	if ((stream->mode & FMODE_WRITE) && (ready & STREAM_WRITABLE))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static const struct file_operations wasm_stream_fops = {
	.owner		= THIS_MODULE,
	.open		= wasm_stream_open,
	.read_iter	= wasm_stream_read,
	.write_iter	= wasm_stream_write,
	.poll		= wasm_stream_poll,
};

#define WASM_STREAM(_name, _number, _mode, _permissions)	\
	{							\
		.misc = {					\
			.minor	= MISC_DYNAMIC_MINOR,		\
			.name	= _name,			\
			.fops	= &wasm_stream_fops,		\
			.mode	= _permissions,			\
		},						\
		.number	= _number,				\
		.mode	= _mode,				\
	}

static struct wasm_stream wasm_streams[] = {
	WASM_STREAM("hostin", MACHINE_STREAM_STDIN, FMODE_READ, 0444),
	WASM_STREAM("hostout", MACHINE_STREAM_STDOUT, FMODE_WRITE, 0222),
	WASM_STREAM("hosterr", MACHINE_STREAM_STDERR, FMODE_WRITE, 0222),
};

static int __init wasm_streams_init(void)
{
	int ret = request_irq(wasm_irq(MACHINE_IRQ_STREAM), wasm_stream_interrupt, IRQF_SHARED,
			      "streams", wasm_streams);

	for (int i = 0; !ret && i < ARRAY_SIZE(wasm_streams); i++)
		ret = misc_register(&wasm_streams[i].misc);
	return ret;
}
device_initcall(wasm_streams_init);
