// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/native_stack.h"

#include <algorithm>

#include <sys/mman.h>

namespace wasmlinux {

namespace {
constexpr size_t kSpareStacks = 32;
}

NativeStack::~NativeStack() {
  if (!start_)
    return;
  munmap(start_, kGuard + kReserve + size_);
  budget_->give(in_use_ + (reserve_open_ ? kReserve : 0));
}

bool NativeStack::grow(uint64_t address) {
  uint64_t top = this->top();
  if (address >= top - in_use_ || address < top - size_)
    return false;
  uint64_t wanted = in_use_;
  while (top - address > wanted)
    wanted = std::min(wanted * 2, size_);
  if (!budget_->take(wanted - in_use_))
    return false;
  if (mprotect(reinterpret_cast<void *>(top - wanted), wanted - in_use_, PROT_READ | PROT_WRITE) != 0) {
    budget_->give(wanted - in_use_);
    return false;
  }
  in_use_ = wanted;
  return true;
}

bool NativeStack::open_reserve() {
  if (reserve_open_ || !budget_->take(kReserve))
    return false;
  // Where the stack could not grow for want of budget, the reserve is directly below
  // what is in use; else at the end.
  if (mprotect(reinterpret_cast<void *>(top() - in_use_ - kReserve), kReserve, PROT_READ | PROT_WRITE) != 0) {
    budget_->give(kReserve);
    return false;
  }
  reserve_open_ = true;
  return true;
}

void NativeStack::close_reserve() {
  if (!reserve_open_)
    return;
  mprotect(reinterpret_cast<void *>(top() - in_use_ - kReserve), kReserve, PROT_NONE);
  reserve_open_ = false;
  budget_->give(kReserve);
}

StackPool::~StackPool() = default;

NativeStack StackPool::get() {
  if (!spare_.empty()) {
    NativeStack stack = std::move(spare_.back());
    spare_.pop_back();
    return stack;
  }
  if (!budget_.take(NativeStack::kInitial))
    return {};
  uint64_t whole = NativeStack::kGuard + NativeStack::kReserve + size_;
  void *start =
      mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (start == MAP_FAILED) {
    budget_.give(NativeStack::kInitial);
    return {};
  }
  NativeStack stack(static_cast<char *>(start), size_, &budget_);
  stack.in_use_ = NativeStack::kInitial;
  if (mprotect(static_cast<char *>(start) + whole - NativeStack::kInitial, NativeStack::kInitial,
               PROT_READ | PROT_WRITE) != 0)
    return {};
  return stack;
}

void StackPool::put(NativeStack stack) {
  if (spare_.size() >= kSpareStacks)
    return;
  stack.close_reserve();
  if (stack.in_use_ > NativeStack::kInitial) {
    // One that had grown gives its memory back.
    uint64_t excess = stack.in_use_ - NativeStack::kInitial;
    void *at = reinterpret_cast<void *>(stack.top() - stack.in_use_);
    if (mmap(at, excess, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_FIXED, -1,
             0) == MAP_FAILED)
      return;
    stack.in_use_ = NativeStack::kInitial;
    budget_.give(excess);
  }
  spare_.push_back(std::move(stack));
}

}  // namespace wasmlinux
