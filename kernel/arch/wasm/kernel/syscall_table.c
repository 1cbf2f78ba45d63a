// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* The system call table: all entries have one type, see <asm/syscall_wrapper.h>. */
#include <linux/syscalls.h>
#include <asm/syscall.h>

static long __wasm_sys_ni_syscall(const struct pt_regs *regs)
{
	return -ENOSYS;
}

#undef __SYSCALL
#define __SYSCALL_WITH_COMPAT(nr, native, compat)	__SYSCALL(nr, native)

#define __SYSCALL(nr, call) long __wasm_##call(const struct pt_regs *regs);
#define __wasm_sys_ni_syscall __wasm_sys_ni_syscall_declaration
#include <asm/syscall_table_32.h>
#undef __wasm_sys_ni_syscall
#undef __SYSCALL

#define __SYSCALL(nr, call)	[nr] = __wasm_##call,
const sys_call_ptr_t sys_call_table[__NR_syscalls] = {
	[0 ... __NR_syscalls - 1] = __wasm_sys_ni_syscall,
#include <asm/syscall_table_32.h>
};

SYSCALL_DEFINE6(mmap2, unsigned long, addr, unsigned long, len, unsigned long, prot,
		unsigned long, flags, unsigned long, fd, unsigned long, pgoff)
{
	/* The offset counts 4 KiB whatever the size of a page. */
	if (pgoff & ((PAGE_SIZE >> 12) - 1))
		return -EINVAL;
	return ksys_mmap_pgoff(addr, len, prot, flags, fd, pgoff >> (PAGE_SHIFT - 12));
}
