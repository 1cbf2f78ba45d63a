// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * Signals.
 *
 * A handler is a call of a table function on top of what the thread was doing:
 * machine_user_call(). The machine keeps that on the native stack, out of the
 * program's reach, and reports the handler's return as a trap. The frame in user
 * memory holds the rest: mask, result of the interrupted system call, stack pointer.
 *
 * The interrupted call stays on the native stack, so that it can't be restarted by
 * moving a program counter. Its number and arguments are saved with the frame, and
 * the user loop makes the call again when the handler has returned.
 */
#include <linux/entry-common.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/ucontext.h>
#include <asm/wasm.h>

/* Leaf functions use this much below __stack_pointer without moving it. */
#define RED_ZONE	128

struct rt_sigframe {
	struct siginfo info;
	struct ucontext uc;
};

static struct rt_sigframe __user *get_frame(struct ksignal *ksig, u32 user_sp)
{
	unsigned long sp = sigsp(user_sp - RED_ZONE, ksig);

	/* The alternate stack is full. */
	if (on_sig_stack(user_sp) && !likely(on_sig_stack(sp - sizeof(struct rt_sigframe))))
		return NULL;
	return (void __user *)((sp - sizeof(struct rt_sigframe)) & ~15UL);
}

static int setup_rt_frame(struct ksignal *ksig, struct pt_regs *regs)
{
	u32 user = current->thread.user;
	struct sigcontext sc = {
		.sp = machine_user_get(user, MACHINE_REG_SP),
		.tls = machine_user_get(user, MACHINE_REG_TLS),
		.result = regs->trap.result,
		.restart = regs->restart,
		.nr = regs->trap.nr,
		.cause = regs->trap.cause,
		.address = regs->trap.address,
		.code = regs->trap.code,
	};
	struct rt_sigframe __user *frame = get_frame(ksig, sc.sp);
	int err = 0;

	memcpy(sc.args, regs->trap.args, sizeof(sc.args));
	if (!frame || !access_ok(frame, sizeof(*frame)))
		return -EFAULT;

	err |= copy_siginfo_to_user(&frame->info, &ksig->info);
	err |= __put_user(0, &frame->uc.uc_flags);
	err |= __put_user(NULL, &frame->uc.uc_link);
	err |= __save_altstack(&frame->uc.uc_stack, sc.sp);
	err |= __copy_to_user(&frame->uc.uc_mcontext, &sc, sizeof(sc));
	err |= __copy_to_user(&frame->uc.uc_sigmask, sigmask_to_save(), sizeof(sigset_t));
	if (err)
		return -EFAULT;

	err = machine_user_call(user, (u32)ksig->ka.sa.sa_handler, ksig->sig,
				(u32)&frame->info, (u32)&frame->uc, (u32)frame, (u32)frame);
	if (err)
		return err;

	/* What runs now is the handler: no system call, nothing to restart. */
	regs->restart = 0;
	regs->trap.cause = 0;
	regs->trap.nr = -1;
	return 0;
}

static void handle_signal(struct ksignal *ksig, struct pt_regs *regs)
{
	int err;

	rseq_signal_deliver(ksig, regs);
	err = setup_rt_frame(ksig, regs);
	signal_setup_done(err, ksig, false);
}

/*
 * A system call that a signal has interrupted: make it again, or let it end with
 * EINTR? `ka` is the handler that runs before, if there is one.
 */
static void restart_syscall_or_not(struct pt_regs *regs, struct k_sigaction *ka)
{
	if (regs->trap.cause != MACHINE_TRAP_SYSCALL || regs->restart)
		return;

	switch ((int)regs->trap.result) {
	case -ERESTART_RESTARTBLOCK:
		if (!ka) {
			regs->trap.nr = __NR_restart_syscall;
			regs->restart = 1;
			return;
		}
		break;
	case -ERESTARTNOHAND:
		regs->restart = !ka;
		break;
	case -ERESTARTSYS:
		regs->restart = !ka || (ka->sa.sa_flags & SA_RESTART);
		break;
	case -ERESTARTNOINTR:
		regs->restart = 1;
		break;
	default:
		return;
	}
	if (!regs->restart)
		regs->trap.result = -EINTR;
}

void arch_do_signal_or_restart(struct pt_regs *regs)
{
	struct ksignal ksig;

	if (get_signal(&ksig)) {
		restart_syscall_or_not(regs, &ksig.ka);
		handle_signal(&ksig, regs);
		return;
	}
	restart_syscall_or_not(regs, NULL);
	restore_saved_sigmask();
}

/* A handler has returned; the machine vouches for the address of its frame. */
void wasm_sigreturn(struct pt_regs *regs)
{
	struct rt_sigframe __user *frame = (void __user *)regs->trap.args[0];
	u32 user = current->thread.user;
	struct sigcontext sc;
	sigset_t set;

	current->restart_block.fn = do_no_restart_syscall;

	if (!access_ok(frame, sizeof(*frame)) ||
	    __copy_from_user(&set, &frame->uc.uc_sigmask, sizeof(set)) ||
	    __copy_from_user(&sc, &frame->uc.uc_mcontext, sizeof(sc)) ||
	    restore_altstack(&frame->uc.uc_stack)) {
		force_sig(SIGSEGV);
		return;
	}

	set_current_blocked(&set);
	machine_user_set(user, MACHINE_REG_SP, sc.sp);
	machine_user_set(user, MACHINE_REG_TLS, sc.tls);

	memset(&regs->trap, 0, sizeof(regs->trap));
	regs->trap.result = sc.result;
	regs->trap.nr = -1;
	regs->restart = !!sc.restart;
	if (sc.restart) {
		regs->trap.nr = sc.nr;
		memcpy(regs->trap.args, sc.args, sizeof(sc.args));
	}
}

/* There is no such system call to make: handlers return to the machine. */
SYSCALL_DEFINE0(rt_sigreturn)
{
	force_sig(SIGSEGV);
	return 0;
}
