/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_ELF_H
#define _ASM_WASM_ELF_H

#include <asm/ptrace.h>

/*
 * Programs are no ELF files. This is what generic code wants to know about the
 * format of register sets.
 */
#define ELF_NGREG	(sizeof(struct user_regs_struct) / sizeof(elf_greg_t))

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[sizeof(struct user_regs_struct) / sizeof(elf_greg_t)];
typedef unsigned long elf_fpregset_t;

#define ELF_ARCH	0x4157
#define ELF_CLASS	ELFCLASS32
#define ELF_DATA	ELFDATA2LSB
#define ELF_EXEC_PAGESIZE	PAGE_SIZE
#define ELF_ET_DYN_BASE	(TASK_SIZE / 3 * 2)
#define ELF_PLATFORM	"wasm32"
#define ELF_HWCAP	0

#define elf_check_arch(x)	false

#endif
