// SPDX-License-Identifier: Apache-2.0
/// A virtual CPU: one host thread that runs kernel and user contexts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <pthread.h>

#include "abi/machine.h"
#include "machine/code/code.h"
#include "machine/cpu/contexts.h"
#include "machine/cpu/handle_table.h"
#include "machine/cpu/host_cpu.h"
#include "machine/cpu/host_timer.h"
#include "machine/cpu/native_block.h"
#include "machine/cpu/trace.h"
#include "machine/mmu/guest_ram.h"

namespace wasmlinux {

class Vcpu {
public:
  struct Options {
    uint64_t stack_bytes;  // limit on native stacks
    unsigned watchdog_seconds;
    bool fast_base;  // set the base register by an instruction
    Trace trace;
  };

  Vcpu(GuestRam &ram, const Code &kernel, Options options);
  ~Vcpu();
  Vcpu(const Vcpu &) = delete;
  Vcpu &operator=(const Vcpu &) = delete;

  // ---- Any thread ----
  /// Sets bits of `pending` and makes the vCPU look.
  void raise(uint32_t lines);
  /// Makes run() come back soon, whatever the guest is doing.
  void stop();

  // ---- Its thread: power ----
  /// Runs the kernel from its entry on the calling thread, which is this vCPU until
  /// leave() is called by a kernel call.
  void run();
  [[noreturn]] void leave();

  // ---- Its thread: kernel calls of abi/machine.h ----
  void set_block(uint32_t address, machine_vcpu *block);
  void idle();
  void set_timer(uint64_t when);
  static uint64_t clock();

  uint32_t context_new(uint32_t sp, uint32_t argument);
  void context_free(uint32_t context);
  uint32_t context_switch(uint32_t next, uint32_t value);
  uint32_t context_current() const { return current_; }

  /// Null when host memory or the limit on native stacks is exhausted.
  std::unique_ptr<UserContext> user_new(AddressSpace &space);
  void user_free(std::unique_ptr<UserContext> user);
  uint32_t user_run(UserContext &user, machine_trap &trap);
  /// The context that user_run() ran last, if it is still current, or null.
  UserContext *loaded() const { return loaded_; }
  /// Makes the registers of a user context those in `user`, not in the block.
  void unload(const UserContext &user);
  /// An address space goes away: no user context of it is current any more.
  void forget(const AddressSpace &space);

  /// Before a kernel call returns: takes what is pending if interrupts are enabled.
  void look_at_interrupts();

  /// Native return addresses of kernel code on the current stack, innermost first.
  size_t backtrace(uint64_t *pcs, size_t max) const;

  // ---- Its thread, in a signal handler ----
  /// False: not ours.
  bool on_fault(int signal, Interrupted &at);
  void on_kick(int tag, Interrupted &at);

  /// Values of HostTimer's tags.
  enum Tag { kick_tag = 0, timer_tag = 1, retry_tag = 2, watchdog_tag = 3 };

private:
  struct Timers {
    explicit Timers(int signal)
        : one_shot(CLOCK_MONOTONIC, signal, timer_tag), retry(CLOCK_MONOTONIC, signal, retry_tag),
          watchdog(CLOCK_THREAD_CPUTIME_ID, signal, watchdog_tag) {}
    HostTimer one_shot, retry, watchdog;
  };

  void load(UserContext &user);
  bool in_user_code(uint64_t pc) const;
  bool grow_stack(uint64_t address);
  bool user_exception(machine_cause cause, uint32_t address, bool write, Interrupted &at);
  bool leave_user(machine_cause cause, Interrupted &at);
  bool enter_kernel(const char *entry, const uint32_t (&arguments)[4], Interrupted &at);
  void kernel_exception(machine_cause cause, uint32_t address, bool write, Interrupted &at);
  void deliver(Interrupted &at);
  void abandon(Interrupted &at);
  void retry_later();
  void watchdog_tick(Interrupted &at);
  uint32_t set_pending(uint32_t lines);

  GuestRam &ram_;
  const Code &kernel_;
  const Options options_;
  const bool kernel_uses_gs_;
  MemoryBaseRegister base_register_;
  StackBudget budget_;
  StackPool kernel_stacks_;
  StackPool user_stacks_;

  // Written by any thread.
  machine_vcpu early_block_{};  // until the kernel names its own
  std::atomic<machine_vcpu *> block_;
  std::atomic<bool> idle_ = false;
  std::atomic<bool> running_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint32_t> pending_generation_ = 0;  // counts 0 -> not 0 of `pending`
  pthread_t thread_{};

  // Touched only by this vCPU's thread.
  std::optional<Timers> timers_;
  HandleTable<std::unique_ptr<KernelContext>> contexts_;
  uint32_t current_ = 0;
  uint64_t machine_rsp_ = 0;        // of run(), to come back to
  UserContext *loaded_ = nullptr;   // whose registers are in the block
  const char *base_set_ = nullptr;  // what the base register holds
  NativeStack helper_stack_;        // for machine code that user code calls
  uint32_t watchdog_generation_ = 0;
  unsigned watchdog_ticks_ = 0;
  uint64_t retry_delay_ = 20'000;  // ns, until an interrupt is tried again
};

/// The vCPU that the calling thread is, or null.
inline Vcpu *current_vcpu() { return reinterpret_cast<Vcpu *>(native_word(WL_VCPU)); }

}  // namespace wasmlinux
