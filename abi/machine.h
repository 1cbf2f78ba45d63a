/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only WITH Linux-syscall-note */
/*
 * The one place where a kernel and the WasmLinux machine meet.
 *
 * The machine is a CPU whose instruction set is WebAssembly. This header is its
 * programmer's manual in C: what the kernel calls ("imports" of the module
 * "machine"), what the machine calls ("exports" of the kernel), the format of
 * page tables, interrupts and traps. docs/machine.md explains it as prose.
 *
 * It says what, not how. Another implementation (a software page walk and polls
 * instead of host signals, in a browser) must be able to serve the same kernel.
 *
 * Conventions: addresses are 32-bit addresses in the kernel's memory unless
 * called "user address"; "physical" is the same as kernel virtual below
 * ram_size. Functions that can fail return a negative errno of Linux. Times are
 * nanoseconds. Handles are opaque, never 0, and never name host memory.
 */
#ifndef WASMLINUX_MACHINE_H
#define WASMLINUX_MACHINE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* Raised with every incompatible change. A kernel names it in machine_boot(). */
#define MACHINE_ABI_VERSION 1

/* ---- Memory of the kernel ------------------------------------------------
 *
 * The kernel's 4 GiB. RAM lies at its physical addresses from 0; the first
 * MACHINE_NULL_GUARD bytes are never mapped, so that a kernel's NULL
 * dereference is a trap. An access to anything else that is not mapped is a
 * trap too (MACHINE_TRAP_PAGE_FAULT, given to kernel_trap()).
 */
#define MACHINE_NULL_GUARD	0x00010000u	/* 64 KiB */
#define MACHINE_RAM_MAX		0xb0000000u	/* RAM ends here at the latest */
#define MACHINE_VMAP_START	0xb8000000u	/* machine_kernel_map() maps here */
#define MACHINE_VMAP_END	0xf8000000u
#define MACHINE_DEVICE_START	0xf8000000u	/* registers: only by machine_mmio_*() */
#define MACHINE_DEVICE_END	0xfff00000u

/* ---- Page tables of user memory ------------------------------------------
 *
 * Two levels in RAM, 32-bit entries, read by the machine when it fills its TLB.
 * The page size is the kernel's choice, told once in machine_boot(). A lower
 * table is always MACHINE_PTE_COUNT entries (4 KiB, aligned to its size); the
 * upper one has 2^(32 - MACHINE_PTE_SHIFT - page_shift) entries.
 *
 * Upper entry: physical address of a lower table | MACHINE_PTE_PRESENT, or 0.
 * Lower entry: physical address of a page | bits. Bits 4..11 are the kernel's;
 * an entry without MACHINE_PTE_PRESENT is the kernel's altogether.
 *
 * The machine's TLB holds a translation only if PRESENT and YOUNG are set, and
 * a writable one only if WRITE and DIRTY are set as well; any other access ends
 * user code with MACHINE_TRAP_PAGE_FAULT, and the kernel sets the bits. It
 * never writes to page tables. The TLB may drop anything at any time. After a
 * change that takes rights away the kernel calls machine_mm_flush().
 */
#define MACHINE_PTE_SHIFT	10
#define MACHINE_PTE_COUNT	(1 << MACHINE_PTE_SHIFT)
#define MACHINE_PTE_PRESENT	0x001u
#define MACHINE_PTE_WRITE	0x002u
#define MACHINE_PTE_YOUNG	0x004u
#define MACHINE_PTE_DIRTY	0x008u

/* ---- Virtual CPUs and interrupts -----------------------------------------
 *
 * Each vCPU has one block in kernel memory, named by machine_vcpu_init().
 *
 * An interrupt line is a bit of `pending`, set atomically by the machine and
 * cleared atomically (exchange) by kernel_interrupt(). While `irq_enabled` is
 * not 0 the machine calls kernel_interrupt() between any two instructions of
 * kernel code, on the stack of the interrupted context, below its red zone.
 * The machine clears irq_enabled before that call and restores it after.
 * Who sets irq_enabled to 1 looks at `pending` afterwards and, if it is not 0,
 * handles it itself. Interrupts end user code at any instruction
 * (MACHINE_TRAP_INTERRUPT); machine_user_run() looks at `pending` by itself,
 * whatever irq_enabled says, and comes back at once if a bit is set.
 *
 * A kernel that leaves bits pending for long while it burns CPU time is stuck:
 * the machine calls kernel_trap(MACHINE_TRAP_WATCHDOG, ...).
 */
struct machine_vcpu {
	uint32_t irq_enabled;		/* written by the kernel, read by the machine */
	uint32_t pending;		/* MACHINE_IRQ_* bits */
	uint32_t reserved[14];		/* a cache line of its own */
};

#define MACHINE_IRQ_TIMER	0x00000001u	/* machine_timer_set() has run down */
#define MACHINE_IRQ_IPI		0x00000002u	/* machine_ipi() of another vCPU */
#define MACHINE_IRQ_STREAM	0x00000004u	/* a stream became readable or writable */
#define MACHINE_IRQ_WINDOW	0x00000008u	/* the terminal's window changed its size */
#define MACHINE_IRQ_CODE	0x00000010u	/* a machine_code_request() is complete */
#define MACHINE_IRQ_DEVICE	0x00000020u	/* devices: see MACHINE_DEVICE_STATUS */
#define MACHINE_IRQ_POWER	0x00000040u	/* the host asks for an orderly shutdown */
#define MACHINE_IRQ_COUNT	7

/* ---- Traps ---------------------------------------------------------------- */
enum machine_cause {
	/* Only from machine_user_run(). */
	MACHINE_TRAP_INTERRUPT = 1,	/* look at `pending`; may be spurious */
	MACHINE_TRAP_SYSCALL,		/* nr, args; goes on with `result` */
	MACHINE_TRAP_RETURN,		/* the function of machine_user_call() has returned;
					 * what it had interrupted is on top again; args[0]
					 * is the cookie of machine_user_call() */

	/* Exceptions, from user and from kernel code. In user code the instruction
	 * is executed again when the kernel goes on without changing anything. */
	MACHINE_TRAP_PAGE_FAULT = 16,	/* address, write */
	MACHINE_TRAP_BAD_ADDRESS,	/* an effective address of 4 GiB or more */
	MACHINE_TRAP_STACK_OVERFLOW,	/* the native stack is full */
	MACHINE_TRAP_UNREACHABLE,
	MACHINE_TRAP_DIVIDE_BY_ZERO,
	MACHINE_TRAP_INTEGER_OVERFLOW,	/* also float to integer out of range, or NaN */
	MACHINE_TRAP_BAD_TABLE_INDEX,	/* call_indirect beyond the table */
	MACHINE_TRAP_NULL_FUNCTION,	/* call_indirect of an empty entry */
	MACHINE_TRAP_BAD_SIGNATURE,	/* call_indirect of another type, when strict */
	MACHINE_TRAP_MISALIGNED,	/* an atomic access; address */
	MACHINE_TRAP_WATCHDOG,		/* kernel only: stuck with interrupts pending */
};

/* What ended user code, and how to go on. */
struct machine_trap {
	uint32_t cause;			/* out: enum machine_cause */
	uint32_t nr;			/* out: system call number, or -1 */
	uint32_t args[6];		/* out: system call arguments */
	uint32_t result;		/* in: result of the system call, at the next run */
	uint32_t address;		/* out: user address of a fault */
	uint32_t write;			/* out: 1 if the fault was a store */
	uint32_t code;			/* out: where, as in machine_backtrace(), or 0 */
};

/* ---- Boot and power --------------------------------------------------------- */
struct machine_boot_info {
	uint32_t version;		/* MACHINE_ABI_VERSION of the machine */
	uint32_t ram_size;		/* bytes, a multiple of 64 KiB */
	uint32_t initrd_start;		/* 0: none */
	uint32_t initrd_size;
	uint32_t nr_vcpus;
	uint32_t flags;			/* MACHINE_BOOT_* */
	char cmdline[2048];		/* NUL-terminated */
};
#define MACHINE_BOOT_TTY	0x1u	/* stream 0 is a terminal */

enum machine_halt_reason {
	MACHINE_HALT_POWER_OFF = 0,	/* status: exit status of the machine */
	MACHINE_HALT_RESTART = 1,
	MACHINE_HALT_PANIC = 2,
};

/* ---- Programs ----------------------------------------------------------------- */
struct machine_chunk {			/* a piece of a module's bytes, in kernel memory */
	uint32_t address;
	uint32_t size;
};

struct machine_code_info {
	uint32_t handle;		/* for machine_user_exec(); machine_code_release() */
	uint32_t memory_size;		/* bytes of the module's initial memory */
	uint32_t data_start;		/* lowest address of static data, 0 if there is none */
	uint32_t heap_base;		/* end of static data and bss: brk starts behind it */
	uint32_t nr_data;		/* active data segments, see machine_code_data() */
	uint32_t flags;			/* MACHINE_CODE_* */
};
#define MACHINE_CODE_THREADS	0x1u	/* has a thread entry */

struct machine_code_data {		/* an active data segment */
	uint32_t address;		/* where in user memory */
	uint32_t size;
	uint32_t file_offset;		/* where in the module's bytes */
};

/* Registers of a user context beside its native stack. */
enum machine_user_reg {
	MACHINE_REG_SP = 0,		/* __stack_pointer */
	MACHINE_REG_TLS = 1,		/* __tls_base */
};

/* ---- Streams -------------------------------------------------------------------
 * Stream 0 is the terminal if MACHINE_BOOT_TTY; 1, 2, 3 are standard input, output
 * and error of the process that runs the machine, as bytes.
 */
#define MACHINE_STREAM_TTY	0
#define MACHINE_STREAM_STDIN	1
#define MACHINE_STREAM_STDOUT	2
#define MACHINE_STREAM_STDERR	3
#define MACHINE_NR_STREAMS	4

/* ---- Device registers ------------------------------------------------------------
 * The first 4 KiB of the device window: a bit mask of devices that interrupt (read
 * clears). Each device has a window of 4 KiB behind it, virtio-mmio layout.
 */
#define MACHINE_DEVICE_STATUS	MACHINE_DEVICE_START

#if defined(__wasm__)
/* ==== What the kernel calls ===================================================== */
#define MACHINE_CALL(name) \
	__attribute__((import_module("machine"), import_name(#name))) machine_##name

/* Called first. Fills in *info; does not return if the versions disagree. */
void MACHINE_CALL(boot)(uint32_t version, uint32_t page_shift, struct machine_boot_info *info);
/* Ends the machine; does not return. Output of streams and console is complete. */
__attribute__((noreturn)) void MACHINE_CALL(halt)(uint32_t reason, uint32_t status);
/* Kernel messages, before and beside any tty. */
void MACHINE_CALL(console_write)(const char *text, uint32_t size);

/* ---- vCPUs ---- */
void MACHINE_CALL(vcpu_init)(uint32_t vcpu, struct machine_vcpu *block);
/* Starts another vCPU at kernel_secondary(arg) with this stack pointer. */
int32_t MACHINE_CALL(vcpu_start)(uint32_t vcpu, uint32_t sp, uint32_t arg);
/* Sets MACHINE_IRQ_IPI on a vCPU. */
void MACHINE_CALL(ipi)(uint32_t vcpu);
/* Sleeps until `pending` is not 0. Called with interrupts disabled. */
void MACHINE_CALL(idle)(void);

/* ---- Time ---- */
/* Monotonic since the machine's start. User code reads the same (linux.clock). */
uint64_t MACHINE_CALL(clock)(void);
/* Of the host: nanoseconds since 1970. */
uint64_t MACHINE_CALL(wallclock)(void);
/* One shot at this time of machine_clock(), replacing an earlier one; ~0 stops. */
void MACHINE_CALL(timer_set)(uint64_t when);
void MACHINE_CALL(entropy)(void *buffer, uint32_t size);

/* ---- Kernel contexts: a native stack for each task ---- */
/* A context that starts as kernel_context_entry(arg, value) with this stack
 * pointer when first switched to; 0 if the host's memory or limit is exhausted. */
uint32_t MACHINE_CALL(context_new)(uint32_t sp, uint32_t arg);
void MACHINE_CALL(context_free)(uint32_t context);
/* Switches to `next`, whose own machine_context_switch() returns `value`. */
uint32_t MACHINE_CALL(context_switch)(uint32_t next, uint32_t value);
/* The context that the kernel was started in: that of its first task. */
uint32_t MACHINE_CALL(context_current)(void);

/* ---- User contexts: a native stack and registers for each user thread ---- */
int32_t MACHINE_CALL(user_new)(uint32_t mm);
void MACHINE_CALL(user_free)(uint32_t user);
/* Makes the module this mm's program (table and globals anew), and this context
 * start at its _start(sp). */
int32_t MACHINE_CALL(user_exec)(uint32_t user, uint32_t code, uint32_t sp);
/* A thread: fresh native stack; calls table function [sp] with argument [sp + 4]. */
int32_t MACHINE_CALL(user_thread)(uint32_t user, uint32_t parent, uint32_t sp, uint32_t tls);
/* A copy of the parent's native stack and registers, for fork. */
int32_t MACHINE_CALL(user_fork)(uint32_t user, uint32_t parent);
/* Runs user code until the next trap; returns trap->cause. Never nests. Called
 * with interrupts disabled. */
uint32_t MACHINE_CALL(user_run)(uint32_t user, struct machine_trap *trap);
/* On top of what the context was doing: call table function fn(a0, a1, a2) with
 * stack pointer sp. MACHINE_TRAP_RETURN with this cookie tells its end. */
int32_t MACHINE_CALL(user_call)(uint32_t user, uint32_t fn, uint32_t a0, uint32_t a1,
				uint32_t a2, uint32_t sp, uint32_t cookie);
uint32_t MACHINE_CALL(user_get)(uint32_t user, uint32_t reg);
void MACHINE_CALL(user_set)(uint32_t user, uint32_t reg, uint32_t value);

/* ---- Address spaces ---- */
/* `pgd`: physical address of the upper page table. */
int32_t MACHINE_CALL(mm_new)(uint32_t pgd);
void MACHINE_CALL(mm_free)(uint32_t mm);
/* Copies what user code keeps beside memory: table, globals. For fork. */
int32_t MACHINE_CALL(mm_fork)(uint32_t mm, uint32_t parent);
/* Forgets translations of [start, start + size); size 0 means all. Cannot fail. */
void MACHINE_CALL(mm_flush)(uint32_t mm, uint32_t start, uint32_t size);
/* A hint: fill the TLB with what the page tables hold for this range. */
void MACHINE_CALL(mm_prefill)(uint32_t mm, uint32_t start, uint32_t size);
/* The kernel's own mappings, inside MACHINE_VMAP_*; multiples of the page size. */
int32_t MACHINE_CALL(kernel_map)(uint32_t address, uint32_t phys, uint32_t size, uint32_t write);
void MACHINE_CALL(kernel_unmap)(uint32_t address, uint32_t size);

/* ---- Programs ---- */
/* Asks for a module to be compiled (or found compiled). The bytes are copied
 * before it returns. A request number, then MACHINE_IRQ_CODE when done. */
int32_t MACHINE_CALL(code_request)(const struct machine_chunk *chunks, uint32_t count);
/* -EAGAIN: not yet. 0: *info is filled in. Else (-ENOEXEC, -ENOMEM, ...) it failed.
 * Anything but -EAGAIN ends the request. */
int32_t MACHINE_CALL(code_poll)(uint32_t request, struct machine_code_info *info);
void MACHINE_CALL(code_cancel)(uint32_t request);
void MACHINE_CALL(code_release)(uint32_t code);
int32_t MACHINE_CALL(code_data)(uint32_t code, uint32_t index, struct machine_code_data *data);

/* ---- Devices ---- */
/* Bytes moved; 0 at end of file; -EAGAIN: MACHINE_IRQ_STREAM will tell. A write
 * to a stream whose other side is gone is -EPIPE. */
int32_t MACHINE_CALL(stream_read)(uint32_t stream, void *buffer, uint32_t size);
int32_t MACHINE_CALL(stream_write)(uint32_t stream, const void *buffer, uint32_t size);
/* Bit 0: readable now, bit 1: writable now (poll). Arms the interrupt otherwise. */
uint32_t MACHINE_CALL(stream_poll)(uint32_t stream);
/* rows << 16 | columns of the terminal's window. */
uint32_t MACHINE_CALL(window_size)(void);
uint32_t MACHINE_CALL(mmio_read)(uint32_t address, uint32_t size);
void MACHINE_CALL(mmio_write)(uint32_t address, uint32_t size, uint32_t value);

/* ---- For debugging ---- */
/* Return addresses of the kernel's calls, innermost first, as opaque numbers; a
 * trap being handled counts its interrupted frames too. Returns how many. */
uint32_t MACHINE_CALL(backtrace)(uint32_t *codes, uint32_t max);
/* "function+0x12/0x80" for such a number; returns its length. user: 0 for the
 * kernel's code, else a user context. */
uint32_t MACHINE_CALL(symbol)(uint32_t code, uint32_t user, char *buffer, uint32_t size);

/* ==== What the machine calls (exports of the kernel) ============================= */
#define MACHINE_EXPORT(name) __attribute__((export_name(#name), used)) name

/* The first code that runs, on vCPU 0. */
void MACHINE_EXPORT(kernel_start)(void);
void MACHINE_EXPORT(kernel_secondary)(uint32_t arg);
void MACHINE_EXPORT(kernel_context_entry)(uint32_t arg, uint32_t value);
void MACHINE_EXPORT(kernel_interrupt)(void);
/* An exception in kernel code. Returning continues as if the instruction were
 * executed again: only useful if the cause is gone. */
void MACHINE_EXPORT(kernel_trap)(uint32_t cause, uint32_t address, uint32_t write, uint32_t code);
#endif /* __wasm__ */

/* ==== What user code imports ======================================================
 * module "linux", in every program:
 *   syscall(nr, a0, a1, a2, a3, a4, a5: i32) -> i32     a system call
 *   clock() -> i64                                       machine_clock()
 * exports: _start(sp: i32); `__stack_pointer` and `__tls_base` (mutable i32 globals,
 * a copy for each context); memory (or imported as env.memory).
 */
#endif /* WASMLINUX_MACHINE_H */
