/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_BARRIER_H
#define _ASM_WASM_BARRIER_H

/*
 * Devices run beside the CPU, on threads of the host: barriers are real ones even
 * with one CPU. WebAssembly has a single fence.
 */
#define mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()		mb()
#define wmb()		mb()

#define dma_rmb()	mb()
#define dma_wmb()	mb()

#define __smp_mb()	mb()
#define __smp_rmb()	mb()
#define __smp_wmb()	mb()

#include <asm-generic/barrier.h>

#endif
