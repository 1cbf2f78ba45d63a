// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Tasks: a kernel context each, a user context for those that run programs. */
#include <linux/cpu.h>
#include <linux/entry-common.h>
#include <linux/init_task.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/tick.h>
#include <asm/switch_to.h>
#include <asm/wasm.h>

struct task_struct *wasm_current = &init_task;

/* The lowest address of the current task's stack, for kernel_trap(). */
unsigned long wasm_stack_low = (unsigned long)init_stack;

struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	wasm_current = next;
	wasm_stack_low = (unsigned long)task_stack_page(next);
	return (struct task_struct *)machine_context_switch(next->thread.context, (u32)prev);
}

/* The first code of a new context, with interrupts off: the end of its switch. */
void kernel_context_entry(u32 arg, u32 value)
{
	struct task_struct *task = (struct task_struct *)arg;

	schedule_tail((struct task_struct *)value);

	/* The function of a kernel thread only returns if it has made it a process. */
	if (task->thread.fn)
		task->thread.fn(task->thread.fn_arg);

	syscall_exit_to_user_mode(task_pt_regs(task));
	wasm_user_loop();
}

/* A user context for a new task that shares or copies its parent's memory. */
static int copy_user(struct task_struct *task, const struct kernel_clone_args *args)
{
	int user = machine_user_new(task->mm->context.id);
	int err;

	if (user <= 0)
		return user ? user : -ENOMEM;

	if (args->stack) {
		u32 tls = (args->flags & CLONE_SETTLS) ? args->tls :
			machine_user_get(current->thread.user, MACHINE_REG_TLS);

		err = machine_user_thread(user, current->thread.user, args->stack, tls);
	} else {
		err = machine_user_fork(user, current->thread.user);
		if (!err && (args->flags & CLONE_SETTLS))
			machine_user_set(user, MACHINE_REG_TLS, args->tls);
	}
	if (err) {
		machine_user_free(user);
		return err;
	}
	task->thread.user = user;
	return 0;
}

int copy_thread(struct task_struct *task, const struct kernel_clone_args *args)
{
	struct pt_regs *regs = task_pt_regs(task);
	int err;

	/* What was copied from the parent is the parent's. */
	memset(&task->thread, 0, sizeof(task->thread));

	if (args->fn) {
		memset(regs, 0, sizeof(*regs));
		regs->user = 1;
		regs->trap.nr = -1;
		task->thread.fn = args->fn;
		task->thread.fn_arg = args->fn_arg;
	} else {
		*regs = *current_pt_regs();
		regs->trap.result = 0;
		regs->restart = 0;
		err = copy_user(task, args);
		if (err)
			return err;
	}

	task->thread.context = machine_context_new((u32)regs, (u32)task);
	if (!task->thread.context) {
		exit_thread(task);
		return -ENOMEM;
	}
	return 0;
}

int arch_dup_task_struct(struct task_struct *dst, struct task_struct *src)
{
	*dst = *src;
	memset(&dst->thread, 0, sizeof(dst->thread));
	return 0;
}

void exit_thread(struct task_struct *task)
{
	if (task->thread.user)
		machine_user_free(task->thread.user);
	task->thread.user = 0;
}

void arch_release_task_struct(struct task_struct *task)
{
	exit_thread(task);
	if (task->thread.context)
		machine_context_free(task->thread.context);
	task->thread.context = 0;
}

/* exec: the old program's user context goes; wasm_exec_user() makes another. */
void flush_thread(void)
{
	exit_thread(current);
}

int wasm_exec_user(u32 code, u32 sp)
{
	int user = machine_user_new(current->mm->context.id);
	int err;

	if (user <= 0)
		return user ? user : -ENOMEM;
	err = machine_user_exec(user, code, sp);
	if (err) {
		machine_user_free(user);
		return err;
	}
	current->thread.user = user;
	return 0;
}

unsigned long wasm_user_sp(struct task_struct *task)
{
	return task->thread.user ? machine_user_get(task->thread.user, MACHINE_REG_SP) : 0;
}

unsigned long user_stack_pointer(struct pt_regs *regs)
{
	return wasm_user_sp(current);
}

unsigned long __get_wchan(struct task_struct *task)
{
	return 0;
}

void arch_cpu_idle(void)
{
	machine_idle();
}

void show_regs(struct pt_regs *regs)
{
	show_regs_print_info(KERN_DEFAULT);
	if (!user_mode(regs))
		return;
	pr_info("user code at %08x, trap %u, address %08x, call %d(%x, %x, %x, %x, %x, %x)\n",
		regs->trap.code, regs->trap.cause, regs->trap.address, (int)regs->trap.nr,
		regs->trap.args[0], regs->trap.args[1], regs->trap.args[2],
		regs->trap.args[3], regs->trap.args[4], regs->trap.args[5]);
}
