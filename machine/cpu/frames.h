// SPDX-License-Identifier: Apache-2.0
/// What lies on top of a context's native stack while it does not run. The first
/// word of each is the address that resumes it: that word alone says what kind of
/// frame it is. Nothing in a frame depends on where the stack lies: distances, not
/// addresses, so that a copy of the stack can be resumed elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "machine/cpu/native_abi.h"

namespace wasmlinux {

/// In a system call: callee-saved registers, then the return address into
/// generated code.
struct SyscallFrame {
  uint64_t resume;  // wl_resume_syscall
  uint64_t r15, r14, r13, r12, rbp, rbx;
  uint64_t return_address;
};

/// In linux.clock: its result, then as in a system call.
struct ClockFrame {
  uint64_t resume;  // wl_resume_clock
  uint64_t result;
  uint64_t r15, r14, r13, r12, rbp, rbx;
  uint64_t return_address;
};

/// Interrupted anywhere: all registers of generated code, 16-byte aligned. Flags
/// and rip lie directly below the interrupted rsp, `to_flags` bytes above
/// `to_flags` itself.
struct InterruptFrame {
  uint64_t resume;         // wl_resume_interrupt, or wl_kernel_resume for kernel code
  uint64_t to_flags;       // from this word to the saved flags
  uint32_t scratch_live;   // slots of CallScratch, saved behind the frame
  uint32_t stack_pointer;  // kernel code: __stack_pointer before the interrupt
  uint32_t exception[4];   // kernel code: arguments of kernel_trap()
  uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  alignas(16) uint8_t xmm[16][16];
};
static_assert(offsetof(InterruptFrame, rax) == 40 && offsetof(InterruptFrame, xmm) == 160);

/// About to call a function of generated code with up to four arguments.
struct EntryFrame {
  uint64_t resume;  // wl_resume_entry
  uint64_t function;
  uint64_t argument[4];
  uint64_t return_address;  // wl_user_returned or wl_user_exited
};

/// Behind the EntryFrame of machine_user_call(): what to tell when it returns.
struct CallFrame {
  uint64_t cookie;
  uint64_t to_previous;  // from this CallFrame to the frame that was on top
};

}  // namespace wasmlinux

extern "C" {
// Labels in switch_x86_64.S.
extern const char wl_resume_syscall[], wl_resume_interrupt[], wl_resume_entry[], wl_kernel_resume[];
extern const char wl_user_returned[], wl_user_exited[], wl_user_leave[];
extern const char wl_user_restart[], wl_user_restart_end[], wl_user_code[], wl_user_code_end[];
extern const char wl_kernel_take_interrupt[], wl_kernel_take_exception[];
extern const char wl_syscall[], wl_clock[], wl_clock_look[], wl_clock_look_end[], wl_switched[];

/// Switches native stacks: saves this one's top, continues the other one, where
/// the switch away from it returns `value`.
uint32_t wl_switch(uint64_t *save, uint64_t next, uint32_t value);
/// The first thing on a fresh native stack: the function, two arguments.
extern const char wl_start[];
/// Resumes the user context whose stack's top is in WL_USER_RSP until its next
/// trap, described in *trap; returns its cause.
uint32_t wl_user_enter(void *trap);
}
