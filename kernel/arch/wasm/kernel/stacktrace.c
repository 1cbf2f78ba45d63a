// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Who called whom, from the machine: there are no return addresses in memory. */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/stacktrace.h>
#include <asm/stacktrace.h>
#include <asm/wasm.h>

#define MAX_DEPTH	32

void wasm_show_backtrace(const char *loglvl)
{
	/* An oops may have little stack left, and only one is printed at a time. */
	static u32 codes[MAX_DEPTH];
	static char name[160];
	u32 depth = machine_backtrace(codes, MAX_DEPTH);
	u32 i;

	printk("%sCall trace:\n", loglvl);
	for (i = 0; i < depth; i++) {
		machine_symbol(codes[i], 0, name, sizeof(name));
		printk("%s %s\n", loglvl, name);
	}
}

void show_stack(struct task_struct *task, unsigned long *sp, const char *loglvl)
{
	if (!task || task == current)
		wasm_show_backtrace(loglvl);
	else
		printk("%s (not running: its stack is the machine's)\n", loglvl);
}

/* Codes of the machine take the place of addresses. */
void arch_stack_walk(stack_trace_consume_fn consume_entry, void *cookie,
		     struct task_struct *task, struct pt_regs *regs)
{
	u32 codes[MAX_DEPTH];
	u32 depth, i;

	if (task && task != current)
		return;
	depth = machine_backtrace(codes, MAX_DEPTH);
	for (i = 0; i < depth && consume_entry(cookie, codes[i]); i++)
		;
}

/* A panic that no oops preceded tells where it came from. */
static int show_panic(struct notifier_block *nb, unsigned long event, void *message)
{
	if (!test_taint(TAINT_DIE))
		wasm_show_backtrace(KERN_EMERG);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = show_panic,
};

static int __init stacktrace_init(void)
{
	return atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}
core_initcall(stacktrace_init);
