// SPDX-License-Identifier: Apache-2.0
/// Kernel contexts and user contexts: native stacks and the registers beside them.
#pragma once

#include <cstdint>

#include "abi/machine.h"
#include "machine/cpu/native_stack.h"
#include "machine/mmu/address_space.h"

namespace wasmlinux {

/// Below __stack_pointer clang's code uses up to 128 bytes.
inline constexpr uint32_t kKernelRedZone = 128;

/// A Linux task's way through kernel code.
struct KernelContext {
  NativeStack stack;
  uint64_t rsp = 0;  // while it does not run: what wl_switch saved
  uint32_t sp = 0;   // and its __stack_pointer

  /// Makes it start as function(argument, value) when first switched to, `value`
  /// being what the switch hands over.
  void prepare(uint64_t function, uint64_t argument);
};

/// A user thread: what it was doing is on its native stack.
struct UserContext {
  NativeStack stack;
  AddressSpace *space = nullptr;
  uint64_t rsp = 0;            // of the frame on top (frames.h), while not loaded
  uint32_t sp = 0;             // __stack_pointer, while not loaded
  uint32_t tls = 0;            // __tls_base, while not loaded
  uint32_t fault_address = 0;  // the page fault that the kernel has just handled
  uint8_t fault_write = 0;
  bool fault_handled = false;
  uint64_t overflow_rsp = 0;  // the frame of a stack overflow, 0: none
  uint32_t handle = 0;        // what the kernel calls it
  /// For --strace: the system call it is in.
  struct Call {
    bool active;
    uint32_t number, args[6];
  } call{};

  /// Forgets what it was doing; it will start at this native function.
  void start_at(uint64_t function, uint32_t argument);
  /// A copy of another context's stack: it goes on where the other one would.
  /// False if this stack cannot grow to the same depth.
  bool copy_stack(const UserContext &parent);
  /// On top of what it was doing: call a native function with four arguments, tell
  /// `cookie` when it returns. False if the stack has no room.
  bool push_call(uint64_t function, const uint32_t (&arguments)[4], uint32_t cookie);
  /// Makes at least this much room below rsp. For signal handlers too.
  bool make_room(uint64_t below);
};

}  // namespace wasmlinux
