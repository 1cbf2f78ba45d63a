// SPDX-License-Identifier: Apache-2.0
/// The machine's own words in NativeBlock, shared with assembly. One block a host
/// thread; only vCPU threads use theirs.
#pragma once

// Offsets of NativeBlock::machine[i], for host assembly.
#define WL_USER_RSP 16    /* top of the user context's native stack while in the kernel */
#define WL_KERNEL_RSP 24  /* top of the kernel context's native stack while in user code */
#define WL_TRAP 32        /* struct machine_trap of the running machine_user_run() */
#define WL_VCPU_BLOCK 40  /* struct machine_vcpu of abi/machine.h */
#define WL_MACHINE_RSP 48 /* a stack for machine code that user code calls */
#define WL_VCPU 56        /* class Vcpu */
#define WL_INTERRUPT 64   /* kernel_interrupt() */
#define WL_EXCEPTION 72   /* kernel_trap() */
#define WL_CLOCK_START 80 /* host's monotonic clock at the machine's start, ns */

#ifndef __ASSEMBLER__
#include <cstddef>
#include <cstdint>

#include "machine/cpu/native_abi.h"

extern "C" {
// Initial-exec, so that its offset from the thread pointer is a constant and a
// signal handler may read it.
extern thread_local wasmlinux::NativeBlock wl_native_block __attribute__((tls_model("initial-exec")));
}

namespace wasmlinux {

static_assert(offsetof(NativeBlock, machine) == WL_USER_RSP);

inline uint64_t &native_word(int offset) { return wl_native_block.machine[(offset - WL_USER_RSP) / 8]; }

/// Where NativeBlock lies relative to the host's thread pointer in this program:
/// the same in every thread.
int32_t native_fs_offset();

}  // namespace wasmlinux
#endif
