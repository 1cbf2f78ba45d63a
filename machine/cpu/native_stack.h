// SPDX-License-Identifier: Apache-2.0
/// Native stacks for contexts: host memory outside guest RAM, growing on demand
/// within a limit of the machine.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wasmlinux {

/// How much host memory the native stacks of a machine may use together.
class StackBudget {
public:
  explicit StackBudget(uint64_t bytes) : left_(static_cast<int64_t>(bytes)) {}

  /// Async-signal-safe. False: the limit is reached, nothing is taken.
  bool take(uint64_t bytes) {
    if (left_.fetch_sub(static_cast<int64_t>(bytes)) >= static_cast<int64_t>(bytes))
      return true;
    give(bytes);
    return false;
  }
  void give(uint64_t bytes) { left_.fetch_add(static_cast<int64_t>(bytes)); }

private:
  std::atomic<int64_t> left_;
};

/// One stack, from its top down: the part in use, which doubles when code runs
/// into its end; then, for user code, a reserve that only the delivery of a stack
/// overflow unlocks; then a guard larger than any frame that the compiler accepts.
class NativeStack {
public:
  static constexpr uint64_t kGuard = 1 << 20;
  static constexpr uint64_t kReserve = 64 << 10;
  static constexpr uint64_t kInitial = 64 << 10;

  NativeStack() = default;
  NativeStack(NativeStack &&other) noexcept { *this = std::move(other); }
  NativeStack &operator=(NativeStack &&other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    std::swap(in_use_, other.in_use_);
    std::swap(reserve_open_, other.reserve_open_);
    std::swap(budget_, other.budget_);
    return *this;
  }
  ~NativeStack();

  explicit operator bool() const { return start_ != nullptr; }

  uint64_t top() const { return reinterpret_cast<uint64_t>(start_) + kGuard + kReserve + size_; }
  /// Lowest address in use now.
  uint64_t bottom() const { return top() - in_use_ - (reserve_open_ ? kReserve : 0); }
  bool contains(uint64_t address) const {
    return address - reinterpret_cast<uint64_t>(start_) <= kGuard + kReserve + size_;
  }

  // For signal handlers:
  /// Makes an address of the growing part usable. False: it is none, or the budget
  /// is exhausted.
  bool grow(uint64_t address);
  /// Makes the reserve usable; false if it already is.
  bool open_reserve();
  void close_reserve();

private:
  friend class StackPool;
  NativeStack(char *start, uint64_t size, StackBudget *budget)
      : start_(start), size_(size), budget_(budget) {}

  char *start_ = nullptr;
  uint64_t size_ = 0;    // that it may grow to
  uint64_t in_use_ = 0;  // from the top
  bool reserve_open_ = false;
  StackBudget *budget_ = nullptr;
};

/// Makes stacks of one size and keeps a few for reuse.
class StackPool {
public:
  StackPool(uint64_t size, StackBudget &budget) : size_(size), budget_(budget) {}
  ~StackPool();

  /// An empty NativeStack if host memory or the budget is exhausted.
  NativeStack get();
  void put(NativeStack stack);

private:
  const uint64_t size_;
  StackBudget &budget_;
  std::vector<NativeStack> spare_;
};

}  // namespace wasmlinux
