// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/contexts.h"

#include <cstring>

#include "machine/cpu/frames.h"

namespace wasmlinux {

namespace {

uint64_t address_of(const char *label) { return reinterpret_cast<uint64_t>(label); }

template <typename T> T *frame_at(uint64_t address) { return reinterpret_cast<T *>(address); }

/// An EntryFrame whose function starts as after a call instruction: rsp at the
/// return address, which is 8 below a multiple of 16.
uint64_t push_entry(uint64_t below, uint64_t function, const uint32_t *arguments,
                    const char *return_address) {
  uint64_t at = (below & ~uint64_t{15}) - 8 - offsetof(EntryFrame, return_address);
  auto *entry = frame_at<EntryFrame>(at);
  entry->resume = address_of(wl_resume_entry);
  entry->function = function;
  for (int i = 0; i < 4; i++)
    entry->argument[i] = arguments[i];
  entry->return_address = address_of(return_address);
  return at;
}

}  // namespace

void KernelContext::prepare(uint64_t function, uint64_t argument) {
  // As wl_switch leaves a stack: r15, r14, r13, r12, rbp, rbx, return address.
  uint64_t saved[7] = {0, 0, argument, function, 0, 0, address_of(wl_start)};
  rsp = stack.top() - 16 - sizeof saved;
  rsp = (rsp & ~uint64_t{15}) | 8;  // wl_start finds its stack aligned
  std::memcpy(frame_at<char>(rsp), saved, sizeof saved);
}

void UserContext::start_at(uint64_t function, uint32_t argument) {
  uint32_t arguments[4] = {argument, 0, 0, 0};
  overflow_rsp = 0;
  fault_handled = false;
  stack.close_reserve();
  rsp = push_entry(stack.top() - 64, function, arguments, wl_user_exited);
}

bool UserContext::copy_stack(const UserContext &parent) {
  uint64_t depth = parent.stack.top() - parent.rsp;
  uint64_t to = stack.top() - depth;
  if (to < stack.bottom() && !stack.grow(to))
    return false;
  std::memcpy(frame_at<char>(to), frame_at<char>(parent.rsp), depth);
  rsp = to;
  overflow_rsp = 0;
  return true;
}

bool UserContext::make_room(uint64_t below) {
  uint64_t lowest = rsp - below;
  return lowest >= stack.bottom() || stack.grow(lowest);
}

bool UserContext::push_call(uint64_t function, const uint32_t (&arguments)[4], uint32_t cookie) {
  if (!make_room(256))
    return false;
  // Directly above the entry's return address, where wl_user_returned finds it.
  uint64_t at = (rsp - sizeof(CallFrame)) & ~uint64_t{15};
  *frame_at<CallFrame>(at) = {cookie, rsp - at};
  rsp = push_entry(at, function, arguments, wl_user_returned);
  return true;
}

}  // namespace wasmlinux
