/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_ATOMIC_H
#define _ASM_WASM_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>

/* WebAssembly has atomics of 8 to 64 bits, all sequentially consistent. */

#define arch_atomic_read(v)		READ_ONCE((v)->counter)
#define arch_atomic_set(v, i)		WRITE_ONCE((v)->counter, i)
#define arch_atomic64_read(v)		__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define arch_atomic64_set(v, i)		__atomic_store_n(&(v)->counter, i, __ATOMIC_RELAXED)

#define ATOMIC64_INIT(i)	{ (i) }

typedef struct {
	s64 __aligned(8) counter;
} atomic64_t;

#define ATOMIC_OP(prefix, type, atomic, op)					\
static __always_inline void arch_##prefix##_##op(type i, atomic *v)		\
{										\
	__atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);			\
}										\
static __always_inline type arch_##prefix##_fetch_##op(type i, atomic *v)	\
{										\
	return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);		\
}

#define ATOMIC_OP_RETURN(prefix, type, atomic, op)				\
static __always_inline type arch_##prefix##_##op##_return(type i, atomic *v)	\
{										\
	return __atomic_##op##_fetch(&v->counter, i, __ATOMIC_SEQ_CST);		\
}

#define ATOMIC_OPS(prefix, type, atomic)					\
	ATOMIC_OP(prefix, type, atomic, add)					\
	ATOMIC_OP(prefix, type, atomic, sub)					\
	ATOMIC_OP(prefix, type, atomic, and)					\
	ATOMIC_OP(prefix, type, atomic, or)					\
	ATOMIC_OP(prefix, type, atomic, xor)					\
	ATOMIC_OP_RETURN(prefix, type, atomic, add)				\
	ATOMIC_OP_RETURN(prefix, type, atomic, sub)

ATOMIC_OPS(atomic, int, atomic_t)
ATOMIC_OPS(atomic64, s64, atomic64_t)

#undef ATOMIC_OPS
#undef ATOMIC_OP_RETURN
#undef ATOMIC_OP

#define arch_atomic_fetch_add		arch_atomic_fetch_add
#define arch_atomic_fetch_sub		arch_atomic_fetch_sub
#define arch_atomic_fetch_and		arch_atomic_fetch_and
#define arch_atomic_fetch_or		arch_atomic_fetch_or
#define arch_atomic_fetch_xor		arch_atomic_fetch_xor
#define arch_atomic_add_return		arch_atomic_add_return
#define arch_atomic_sub_return		arch_atomic_sub_return

#define arch_atomic64_fetch_add		arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub		arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and		arch_atomic64_fetch_and
#define arch_atomic64_fetch_or		arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor		arch_atomic64_fetch_xor
#define arch_atomic64_add_return	arch_atomic64_add_return
#define arch_atomic64_sub_return	arch_atomic64_sub_return

#endif
