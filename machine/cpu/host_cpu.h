// SPDX-License-Identifier: Apache-2.0
/// What depends on the host's processor, beside switch_<cpu>.S: one source file
/// host_<cpu>.cc.
#pragma once

#include <csignal>
#include <cstdint>

#include <ucontext.h>

#include "machine/cpu/frames.h"
#include "machine/cpu/native_stack.h"

namespace wasmlinux {

/// Where the base of user memory lives between instructions (GS on x86-64).
class MemoryBaseRegister {
public:
  /// Whether this host lets programs set it by an instruction; else it takes a
  /// system call.
  static bool host_is_fast();
  explicit MemoryBaseRegister(bool fast) : slow_(!fast) {}
  void set(const char *base) const;

private:
  bool slow_;
};

/// Throws std::runtime_error if generated code needs more than this processor has.
void check_host_cpu();

/// A signal's view of what it interrupted.
class Interrupted {
public:
  Interrupted(const siginfo_t *info, void *ucontext)
      : info_(info), context_(static_cast<ucontext_t *>(ucontext)) {}

  uint64_t pc() const;
  uint64_t stack_pointer() const;
  uint64_t fault_address() const { return reinterpret_cast<uint64_t>(info_->si_addr); }
  bool fault_was_write() const;
  /// The code of the trap instruction that raised a SIGILL; 0 if it is not one of ours.
  uint8_t trap_code() const;

  /// Where save_frame() would put the lowest byte of a frame, with this many slots of
  /// CallScratch.
  uint64_t frame_address(uint32_t scratch_live) const;
  /// Writes all registers below the interrupted stack pointer, where there is room.
  InterruptFrame *save_frame(const char *resume, const CallScratch &scratch);
  /// Makes the interrupted thread go on elsewhere: its stack pointer, its program
  /// counter, and the result register.
  void continue_at(const char *pc, uint64_t stack_pointer, uint32_t result);
  /// Makes it go on elsewhere with all its registers.
  void jump(const char *pc);

private:
  const siginfo_t *info_;
  ucontext_t *context_;
};

}  // namespace wasmlinux
