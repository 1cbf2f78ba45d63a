/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_WASM_H
#define _ASM_WASM_WASM_H

/* What the files of this port tell each other. */

#include <linux/linkage.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <asm/machine.h>

struct file;
struct linux_binprm;
struct mm_struct;
struct page;
struct pt_regs;

extern struct machine_boot_info wasm_boot_info;

/* kernel/entry.c: the life of a user thread. */
void __noreturn wasm_user_loop(void);

/* kernel/irq.c: interrupts that are pending, with interrupts off. */
void wasm_handle_irqs(struct pt_regs *regs);

/* kernel/traps.c, kernel/signal.c, mm/fault.c: causes for which user code ends. */
void wasm_user_exception(struct pt_regs *regs);
void wasm_sigreturn(struct pt_regs *regs);
void do_page_fault(struct pt_regs *regs);

/* mm/fault.c: makes a page of the current process usable for the kernel's own
 * access; may sleep. 0 or -EFAULT. */
int wasm_fault_in(unsigned long address, bool write);

/* mm/init.c */
void paging_init(void);

/* mm/vmap.c: a trap of kernel code at an address whose mapping the machine has not
 * got yet? */
bool wasm_vmap_fault(unsigned long address, bool write);

/* kernel/process.c: replaces the current task's user context. */
int wasm_exec_user(u32 code, u32 sp);

/* kernel/code.c: native code for programs. */
struct wasm_code {
	struct machine_code_info info;
	refcount_t users;
};

struct wasm_code *wasm_code_get(struct file *file);
void wasm_code_put(struct wasm_code *code);

/* kernel/vvar.c */
int wasm_map_vvar(struct mm_struct *mm);

#endif
