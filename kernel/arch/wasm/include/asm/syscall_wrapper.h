/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_SYSCALL_WRAPPER_H
#define _ASM_WASM_SYSCALL_WRAPPER_H

#include <asm/ptrace.h>

/*
 * WebAssembly checks the type of every indirect call, so all entries of the
 * system call table have this one: (pt_regs) -> long. The arguments lie in
 * consecutive words of regs->trap.args; a 64-bit one takes two, low word first,
 * wherever they fall.
 */
#define __WASM_SC_FIELD(t, a)	__typeof__(__builtin_choose_expr(sizeof(t) == 8, 0LL, 0L)) a;
#define __WASM_SC_VALUE(t, a)	(__force t)__args->a
/* __MAP puts commas between the fields: drop them by ending each one itself. */
#define __WASM_FIELDS0()
#define __WASM_FIELDS1(t, a, ...) __WASM_SC_FIELD(t, a)
#define __WASM_FIELDS2(t, a, ...) __WASM_SC_FIELD(t, a) __WASM_FIELDS1(__VA_ARGS__)
#define __WASM_FIELDS3(t, a, ...) __WASM_SC_FIELD(t, a) __WASM_FIELDS2(__VA_ARGS__)
#define __WASM_FIELDS4(t, a, ...) __WASM_SC_FIELD(t, a) __WASM_FIELDS3(__VA_ARGS__)
#define __WASM_FIELDS5(t, a, ...) __WASM_SC_FIELD(t, a) __WASM_FIELDS4(__VA_ARGS__)
#define __WASM_FIELDS6(t, a, ...) __WASM_SC_FIELD(t, a) __WASM_FIELDS5(__VA_ARGS__)

#define __SYSCALL_DEFINEx(x, name, ...)						\
	struct __wasm_args##name {						\
		__WASM_FIELDS##x(__VA_ARGS__)					\
	} __packed __aligned(4);						\
	long __wasm_sys##name(const struct pt_regs *regs);			\
	ALLOW_ERROR_INJECTION(__wasm_sys##name, ERRNO);				\
	static inline long __do_sys##name(__MAP(x, __SC_DECL, __VA_ARGS__));	\
	long __wasm_sys##name(const struct pt_regs *regs)			\
	{									\
		const struct __wasm_args##name *__args =			\
			(const void *)regs->trap.args;				\
										\
		BUILD_BUG_ON(sizeof(*__args) > sizeof(regs->trap.args));	\
		return __do_sys##name(__MAP(x, __WASM_SC_VALUE, __VA_ARGS__));	\
	}									\
	static inline long __do_sys##name(__MAP(x, __SC_DECL, __VA_ARGS__))

#define SYSCALL_DEFINE0(sname)							\
	SYSCALL_METADATA(_##sname, 0);						\
	long __wasm_sys_##sname(const struct pt_regs *__unused);		\
	ALLOW_ERROR_INJECTION(__wasm_sys_##sname, ERRNO);			\
	long __wasm_sys_##sname(const struct pt_regs *__unused)

#define COND_SYSCALL(name)							\
	long __weak __wasm_sys_##name(const struct pt_regs *regs);		\
	long __weak __wasm_sys_##name(const struct pt_regs *regs)		\
	{									\
		return -ENOSYS;							\
	}

/* There is no second ABI. */
#define COND_SYSCALL_COMPAT(name)

#endif
