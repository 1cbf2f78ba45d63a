/* SPDX-License-Identifier: MIT */
/* The kernel's struct user_regs_struct (asm/ptrace.h). */
struct user_regs_struct {
	unsigned nr, args[6], result;
	unsigned sp, tls;
	unsigned cause, address, code;
};

#define ELF_NGREG 13
typedef unsigned long elf_greg_t, elf_gregset_t[ELF_NGREG];
typedef unsigned long elf_fpregset_t;
