/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_CMPXCHG_H
#define _ASM_WASM_CMPXCHG_H

#include <linux/compiler.h>
#include <linux/types.h>

#define arch_xchg(ptr, new)							\
	((__typeof__(*(ptr)))__atomic_exchange_n(ptr, new, __ATOMIC_SEQ_CST))

#define arch_cmpxchg(ptr, old, new)						\
({										\
	__typeof__(*(ptr)) __old = (old);					\
										\
	__atomic_compare_exchange_n(ptr, &__old, new, false,			\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	__old;									\
})

#define arch_cmpxchg_local	arch_cmpxchg
#define arch_cmpxchg64		arch_cmpxchg
#define arch_cmpxchg64_local	arch_cmpxchg

#endif
