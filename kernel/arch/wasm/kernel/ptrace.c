// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* What a debugger can see and change. */
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <linux/regset.h>
#include <linux/sched/task_stack.h>
#include <asm/wasm.h>

static int regs_get(struct task_struct *target, const struct user_regset *regset,
		    struct membuf to)
{
	const struct machine_trap *trap = &task_pt_regs(target)->trap;
	u32 user = target->thread.user;
	struct user_regs_struct regs = {
		.nr = trap->nr,
		.result = trap->result,
		.sp = user ? machine_user_get(user, MACHINE_REG_SP) : 0,
		.tls = user ? machine_user_get(user, MACHINE_REG_TLS) : 0,
		.cause = trap->cause,
		.address = trap->address,
		.code = trap->code,
	};

	memcpy(regs.args, trap->args, sizeof(regs.args));
	return membuf_write(&to, &regs, sizeof(regs));
}

/* A system call's number, arguments and result; the rest is the machine's. */
static int regs_set(struct task_struct *target, const struct user_regset *regset,
		    unsigned int pos, unsigned int count, const void *kbuf,
		    const void __user *ubuf)
{
	struct machine_trap *trap = &task_pt_regs(target)->trap;
	struct user_regs_struct regs = {
		.nr = trap->nr,
		.result = trap->result,
	};
	int err;

	memcpy(regs.args, trap->args, sizeof(regs.args));
	err = user_regset_copyin(&pos, &count, &kbuf, &ubuf, &regs, 0, sizeof(regs));
	if (err)
		return err;
	trap->nr = regs.nr;
	trap->result = regs.result;
	memcpy(trap->args, regs.args, sizeof(regs.args));
	return 0;
}

static const struct user_regset wasm_regsets[] = {
	{
		.core_note_type = NT_PRSTATUS,
		.n = sizeof(struct user_regs_struct) / sizeof(u32),
		.size = sizeof(u32),
		.align = sizeof(u32),
		.regset_get = regs_get,
		.set = regs_set,
	},
};

static const struct user_regset_view wasm_regset_view = {
	.name = "wasm32",
	.e_machine = ELF_ARCH,
	.regsets = wasm_regsets,
	.n = ARRAY_SIZE(wasm_regsets),
};

const struct user_regset_view *task_user_regset_view(struct task_struct *task)
{
	return &wasm_regset_view;
}

void ptrace_disable(struct task_struct *child)
{
}

long arch_ptrace(struct task_struct *child, long request, unsigned long addr,
		 unsigned long data)
{
	return ptrace_request(child, request, addr, data);
}
