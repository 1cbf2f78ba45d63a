/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways between native stacks on x86-64. Frames are those of frames.h, offsets into
 * the per-vCPU block those of native_block.h.
 *
 * A host signal that finds us in this file only sets a pending bit, since we are
 * neither in user nor in kernel code. So the way to user code looks at the bit
 * last, and from that look on changes nothing that it has read: the handler starts
 * it again (wl_user_restart .. wl_user_restart_end).
 */
#include "machine/cpu/native_block.h"

/* struct machine_trap, enum machine_cause */
#define TRAP_CAUSE 0
#define TRAP_NR 4
#define TRAP_ARGS 8
#define TRAP_RESULT 32
#define CAUSE_INTERRUPT 1
#define CAUSE_SYSCALL 2
#define CAUSE_RETURN 3
#define CAUSE_UNREACHABLE 19

/* struct machine_vcpu */
#define VCPU_IRQ_ENABLED 0
#define VCPU_PENDING 4

#define BLOCK(offset) %fs:wl_native_block@tpoff + offset
#define KERNEL_SP BLOCK(8)

/* InterruptFrame */
#define FRAME_TO_FLAGS 8
#define FRAME_SCRATCH 16
#define FRAME_SP 20
#define FRAME_EXCEPTION 24
#define FRAME_RAX 40
#define FRAME_RCX 48
#define FRAME_RDX 56
#define FRAME_RBX 64
#define FRAME_RBP 72
#define FRAME_RSI 80
#define FRAME_RDI 88
#define FRAME_R8 96
#define FRAME_R9 104
#define FRAME_R10 112
#define FRAME_R11 120
#define FRAME_R12 128
#define FRAME_R13 136
#define FRAME_R14 144
#define FRAME_R15 152
#define FRAME_XMM 160

.macro push_callee_saved
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

.macro pop_callee_saved
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
.endm

/* From user code to the return of wl_user_enter(): `top` is the user's frame on top,
 * r10 the trap. */
.macro leave_user cause, top=%rsp
	movl	$\cause, TRAP_CAUSE(%r10)
	mov	\top, BLOCK(WL_USER_RSP)
	mov	BLOCK(WL_KERNEL_RSP), %rsp
	mov	$\cause, %eax
	pop_callee_saved
	ret
.endm

/* All registers from the InterruptFrame at `at`(%rsp), then on with what it interrupted. */
.macro resume_frame at
	movaps	\at + FRAME_XMM + 0x00(%rsp), %xmm0
	movaps	\at + FRAME_XMM + 0x10(%rsp), %xmm1
	movaps	\at + FRAME_XMM + 0x20(%rsp), %xmm2
	movaps	\at + FRAME_XMM + 0x30(%rsp), %xmm3
	movaps	\at + FRAME_XMM + 0x40(%rsp), %xmm4
	movaps	\at + FRAME_XMM + 0x50(%rsp), %xmm5
	movaps	\at + FRAME_XMM + 0x60(%rsp), %xmm6
	movaps	\at + FRAME_XMM + 0x70(%rsp), %xmm7
	movaps	\at + FRAME_XMM + 0x80(%rsp), %xmm8
	movaps	\at + FRAME_XMM + 0x90(%rsp), %xmm9
	movaps	\at + FRAME_XMM + 0xa0(%rsp), %xmm10
	movaps	\at + FRAME_XMM + 0xb0(%rsp), %xmm11
	movaps	\at + FRAME_XMM + 0xc0(%rsp), %xmm12
	movaps	\at + FRAME_XMM + 0xd0(%rsp), %xmm13
	movaps	\at + FRAME_XMM + 0xe0(%rsp), %xmm14
	movaps	\at + FRAME_XMM + 0xf0(%rsp), %xmm15
	mov	\at + FRAME_RAX(%rsp), %rax
	mov	\at + FRAME_RCX(%rsp), %rcx
	mov	\at + FRAME_RDX(%rsp), %rdx
	mov	\at + FRAME_RBX(%rsp), %rbx
	mov	\at + FRAME_RBP(%rsp), %rbp
	mov	\at + FRAME_RSI(%rsp), %rsi
	mov	\at + FRAME_RDI(%rsp), %rdi
	mov	\at + FRAME_R8(%rsp), %r8
	mov	\at + FRAME_R9(%rsp), %r9
	mov	\at + FRAME_R10(%rsp), %r10
	mov	\at + FRAME_R11(%rsp), %r11
	mov	\at + FRAME_R12(%rsp), %r12
	mov	\at + FRAME_R13(%rsp), %r13
	mov	\at + FRAME_R14(%rsp), %r14
	mov	\at + FRAME_R15(%rsp), %r15
	lea	\at + FRAME_TO_FLAGS(%rsp), %rsp
	add	(%rsp), %rsp
	popfq
	ret
.endm

	.text

/* ---- Between kernel contexts ---- */

/* uint32_t wl_switch(uint64_t *save, uint64_t next, uint32_t value) */
	.globl	wl_switch
	.type	wl_switch, @function
wl_switch:
	push_callee_saved
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	/* Also where a signal handler sends a thread that must stop, with rsp set. */
	.globl	wl_switched
wl_switched:
	pop_callee_saved
	mov	%edx, %eax
	ret
	.size	wl_switch, . - wl_switch

/* A fresh stack "returns" here from wl_switch: r12 is the function, r13 its first
 * argument; what was handed over by the switch is the second. */
	.globl	wl_start
	.type	wl_start, @function
wl_start:
	.cfi_startproc
	.cfi_undefined rip
	mov	%r13, %rdi
	mov	%eax, %esi
	call	*%r12
	ud2
	.cfi_endproc
	.size	wl_start, . - wl_start

/* ---- To user code ---- */

	.globl	wl_user_code, wl_user_code_end
wl_user_code:

/* uint32_t wl_user_enter(void *trap) */
	.globl	wl_user_enter
	.type	wl_user_enter, @function
wl_user_enter:
	push_callee_saved
	mov	%rdi, BLOCK(WL_TRAP)
	mov	%rsp, BLOCK(WL_KERNEL_RSP)
	.globl	wl_user_restart
wl_user_restart:
	mov	BLOCK(WL_KERNEL_RSP), %rsp
	mov	BLOCK(WL_VCPU_BLOCK), %rax
	cmpl	$0, VCPU_PENDING(%rax)
	jne	1f
	mov	BLOCK(WL_TRAP), %rax
	mov	BLOCK(WL_USER_RSP), %rsp
	/* To the frame's resume address. A jump, not a return: with one return on the way
	 * to user code and one on the way back, calls and returns stay paired, and the
	 * CPU's return predictor right for all the kernel's callers. */
	pop	%rcx
	jmp	*%rcx

	.globl	wl_resume_syscall
wl_resume_syscall:
	mov	TRAP_RESULT(%rax), %eax
	pop_callee_saved
	ret

wl_resume_clock:
	pop	%rax
	pop_callee_saved
	ret

	.globl	wl_resume_entry
wl_resume_entry:
	pop	%rax
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	jmp	*%rax

	.globl	wl_resume_interrupt
wl_resume_interrupt:
	resume_frame -8
	.globl	wl_user_restart_end
wl_user_restart_end:

1:	mov	BLOCK(WL_TRAP), %rdi
	mov	$CAUSE_INTERRUPT, %eax
	mov	%eax, TRAP_CAUSE(%rdi)
	/* The way back into the kernel; the signal handler sends interrupted code here,
	 * with the kernel's rsp and the cause in eax. */
	.globl	wl_user_leave
wl_user_leave:
	pop_callee_saved
	ret
	.size	wl_user_enter, . - wl_user_enter

/* ---- From user code ---- */

/* import linux.syscall(nr, a0, ... a5) -> i32 */
	.globl	wl_syscall
	.type	wl_syscall, @function
wl_syscall:
	mov	8(%rsp), %eax
	push_callee_saved
	lea	wl_resume_syscall(%rip), %r10
	push	%r10
	mov	BLOCK(WL_TRAP), %r10
	mov	%edi, TRAP_NR(%r10)
	mov	%esi, TRAP_ARGS + 0(%r10)
	mov	%edx, TRAP_ARGS + 4(%r10)
	mov	%ecx, TRAP_ARGS + 8(%r10)
	mov	%r8d, TRAP_ARGS + 12(%r10)
	mov	%r9d, TRAP_ARGS + 16(%r10)
	mov	%eax, TRAP_ARGS + 20(%r10)
	leave_user CAUSE_SYSCALL
	.size	wl_syscall, . - wl_syscall

/* The function of machine_user_call() has returned; rsp is at its CallFrame. */
	.globl	wl_user_returned
	.type	wl_user_returned, @function
wl_user_returned:
	mov	(%rsp), %eax
	mov	8(%rsp), %rcx
	add	%rsp, %rcx
	mov	BLOCK(WL_TRAP), %r10
	mov	%eax, TRAP_ARGS(%r10)
	leave_user CAUSE_RETURN, %rcx
	.size	wl_user_returned, . - wl_user_returned

/* A program's or thread's first function has returned, which it must not. Resuming
 * comes here again. */
	.globl	wl_user_exited
	.type	wl_user_exited, @function
wl_user_exited:
	lea	wl_user_exited(%rip), %r10
	push	%r10
	mov	BLOCK(WL_TRAP), %r10
	leave_user CAUSE_UNREACHABLE
	.size	wl_user_exited, . - wl_user_exited

/*
 * import linux.clock() -> i64. The host's clock functions want a stack of their
 * own. A signal meanwhile only sets a bit: so look at it at the end, in a range that
 * the handler starts again, and be interrupted here instead, with the result kept.
 */
	.globl	wl_clock
	.type	wl_clock, @function
wl_clock:
	push	%rbx
	mov	%rsp, %rbx
	mov	BLOCK(WL_MACHINE_RSP), %rsp
	call	wl_clock_read
	mov	%rbx, %rsp
	pop	%rbx
	.globl	wl_clock_look
wl_clock_look:
	mov	BLOCK(WL_VCPU_BLOCK), %rcx
	cmpl	$0, VCPU_PENDING(%rcx)
	jne	1f
	ret
	.globl	wl_clock_look_end
wl_clock_look_end:
1:	push_callee_saved
	push	%rax
	lea	wl_resume_clock(%rip), %r10
	push	%r10
	mov	BLOCK(WL_TRAP), %r10
	leave_user CAUSE_INTERRUPT
	.size	wl_clock, . - wl_clock
wl_user_code_end:

/* ---- Interrupts and exceptions of kernel code ---- */

/*
 * The signal handler has built an InterruptFrame F on the kernel context's native
 * stack, put rsp at F and rip at one of the entries below. F is found by its saved
 * flags; for the unwinder this is a signal frame with all registers in F.
 */
.macro kernel_frame_cfi
	.cfi_startproc
	.cfi_signal_frame
	/* CFA = rsp + 8 + [rsp + 8] + 16: DW_CFA_def_cfa_expression
	 * { breg7 8; deref; breg7 24; plus } */
	.cfi_escape 0x0f, 0x06, 0x77, 0x08, 0x06, 0x77, 0x18, 0x22
	.cfi_offset rip, -8
	/* DW_CFA_expression reg { breg7 offset } (offsets of 64 and above as two-byte LEB) */
	.cfi_escape 0x10, 0x03, 0x03, 0x77, 0xc0, 0x00	/* rbx */
	.cfi_escape 0x10, 0x06, 0x03, 0x77, 0xc8, 0x00	/* rbp */
	.cfi_escape 0x10, 0x0c, 0x03, 0x77, 0x80, 0x01	/* r12 */
	.cfi_escape 0x10, 0x0d, 0x03, 0x77, 0x88, 0x01	/* r13 */
	.cfi_escape 0x10, 0x0e, 0x03, 0x77, 0x90, 0x01	/* r14 */
	.cfi_escape 0x10, 0x0f, 0x03, 0x77, 0x98, 0x01	/* r15 */
.endm

	.globl	wl_kernel_take_interrupt
	.type	wl_kernel_take_interrupt, @function
wl_kernel_take_interrupt:
	kernel_frame_cfi
	nop
1:	call	*BLOCK(WL_INTERRUPT)
	mov	FRAME_SP(%rsp), %eax
	mov	%eax, KERNEL_SP
	mov	BLOCK(WL_VCPU_BLOCK), %rax
	movl	$1, VCPU_IRQ_ENABLED(%rax)
	/* A bit set between this look and the end of the frame's return is seen when the
	 * handler's retry timer strikes (traps.cc). */
	cmpl	$0, VCPU_PENDING(%rax)
	je	wl_kernel_resume
	movl	$0, VCPU_IRQ_ENABLED(%rax)
	mov	FRAME_SP(%rsp), %eax
	sub	$128, %eax
	and	$-16, %eax
	mov	%eax, KERNEL_SP
	jmp	1b
	.globl	wl_kernel_resume
wl_kernel_resume:
	cmpl	$0, FRAME_SCRATCH(%rsp)
	je	2f
	mov	%rsp, %rdi
	call	wl_restore_scratch
2:	resume_frame 0
	.cfi_endproc
	.size	wl_kernel_take_interrupt, . - wl_kernel_take_interrupt

	.globl	wl_kernel_take_exception
	.type	wl_kernel_take_exception, @function
wl_kernel_take_exception:
	kernel_frame_cfi
	nop
	mov	FRAME_EXCEPTION + 0(%rsp), %edi
	mov	FRAME_EXCEPTION + 4(%rsp), %esi
	mov	FRAME_EXCEPTION + 8(%rsp), %edx
	mov	FRAME_EXCEPTION + 12(%rsp), %ecx
	call	*BLOCK(WL_EXCEPTION)
	mov	FRAME_SP(%rsp), %eax
	mov	%eax, KERNEL_SP
	jmp	wl_kernel_resume
	.cfi_endproc
	.size	wl_kernel_take_exception, . - wl_kernel_take_exception

	.section .note.GNU-stack, "", @progbits
