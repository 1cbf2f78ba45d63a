// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * Native code for programs. The machine translates a module's bytes and keeps what
 * it made; the kernel asks once an inode and keeps the handle as long as the file
 * is unchanged.
 *
 * How a change is seen: while a program is being started and while it runs, its file
 * can't be open for writing (ETXTBSY). So whoever changes it later has to open it
 * first, and is reported when it closes it (which is after the last store through a
 * shared mapping, too), and by every write or truncation in between. The handle
 * hangs on the inode by a mark of fsnotify, which goes with the first of these
 * events, or with the inode.
 */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <asm/wasm.h>

struct code_mark {
	struct fsnotify_mark mark;
	struct wasm_code *code;
};

static struct fsnotify_group *code_group;
static DECLARE_WAIT_QUEUE_HEAD(code_wait);

void wasm_code_put(struct wasm_code *code)
{
	if (!refcount_dec_and_test(&code->users))
		return;
	machine_code_release(code->info.handle);
	kfree(code);
}

static int code_changed(struct fsnotify_mark *mark, u32 mask, struct inode *inode,
			struct inode *dir, const struct qstr *name, u32 cookie)
{
	fsnotify_destroy_mark(mark, code_group);
	return 0;
}

static void code_freeing_mark(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
}

static void code_free_mark(struct fsnotify_mark *mark)
{
	struct code_mark *cm = container_of(mark, struct code_mark, mark);

	wasm_code_put(cm->code);
	kfree(cm);
}

static const struct fsnotify_ops code_fsnotify_ops = {
	.handle_inode_event	= code_changed,
	.freeing_mark		= code_freeing_mark,
	.free_mark		= code_free_mark,
};

static struct wasm_code *code_lookup(struct inode *inode)
{
	struct fsnotify_mark *mark = fsnotify_find_inode_mark(inode, code_group);
	struct wasm_code *code;

	if (!mark)
		return NULL;
	code = container_of(mark, struct code_mark, mark)->code;
	refcount_inc(&code->users);
	fsnotify_put_mark(mark);
	return code;
}

/* It is no error if this fails: the next exec asks the machine again. */
static void code_remember(struct inode *inode, struct wasm_code *code)
{
	struct code_mark *cm = kzalloc(sizeof(*cm), GFP_KERNEL);

	if (!cm)
		return;
	fsnotify_init_mark(&cm->mark, code_group);
	cm->mark.mask = FS_MODIFY | FS_CLOSE_WRITE;
	cm->mark.flags |= FSNOTIFY_MARK_FLAG_NO_IREF;
	cm->code = code;
	refcount_inc(&code->users);
	fsnotify_add_inode_mark(&cm->mark, inode, 0);
	fsnotify_put_mark(&cm->mark);
}

/* The whole file in kernel memory. */
static void *read_module(struct file *file, size_t *size)
{
	loff_t length = i_size_read(file_inode(file));
	loff_t pos = 0;
	ssize_t done;
	void *bytes;

	if (length > MACHINE_VMAP_END - MACHINE_VMAP_START)
		return ERR_PTR(-ENOEXEC);
	bytes = kvmalloc(length, GFP_KERNEL);
	if (!bytes)
		return ERR_PTR(-ENOMEM);
	while (pos < length) {
		done = kernel_read(file, bytes + pos, length - pos, &pos);
		if (done <= 0) {
			kvfree(bytes);
			return ERR_PTR(done ? done : -EIO);
		}
	}
	*size = length;
	return bytes;
}

/* Has the machine translate the file; sleeps, but for a deadly signal. */
static int code_translate(struct file *file, struct machine_code_info *info)
{
	struct machine_chunk chunk;
	int request, err, result;
	size_t size;
	void *bytes;

	bytes = read_module(file, &size);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	chunk.address = (u32)bytes;
	chunk.size = size;
	request = machine_code_request(&chunk, 1);
	kvfree(bytes);
	if (request <= 0)
		return request ? request : -ENOEXEC;

	err = wait_event_killable(code_wait,
				  (result = machine_code_poll(request, info)) != -EAGAIN);
	if (err) {
		machine_code_cancel(request);
		return err;
	}
	return result;
}

struct wasm_code *wasm_code_get(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct wasm_code *code = code_lookup(inode);
	int err;

	if (code)
		return code;
	code = kzalloc(sizeof(*code), GFP_KERNEL);
	if (!code)
		return ERR_PTR(-ENOMEM);
	refcount_set(&code->users, 1);
	err = code_translate(file, &code->info);
	if (err) {
		kfree(code);
		return ERR_PTR(err);
	}
	code_remember(inode, code);
	return code;
}

static irqreturn_t code_interrupt(int irq, void *dev)
{
	wake_up_all(&code_wait);
	return IRQ_HANDLED;
}

static int __init code_init(void)
{
	code_group = fsnotify_alloc_group(&code_fsnotify_ops, 0);
	if (IS_ERR(code_group))
		return PTR_ERR(code_group);
	return request_irq(wasm_irq(MACHINE_IRQ_CODE), code_interrupt, 0, "code", NULL);
}
subsys_initcall(code_init);
