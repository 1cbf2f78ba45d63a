// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/vcpu.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#include "machine/cpu/host_signals.h"
#include "machine/cpu/native_block.h"
#include "machine/cpu/strace.h"

namespace wasmlinux {

namespace {

// Kernel frames are small, but the machine's C++ runs on these stacks too.
constexpr uint64_t kKernelStack = 256 << 10;
// What a native Linux gives a thread: RLIMIT_STACK's default.
constexpr uint64_t kUserStack = 8 << 20;

uint64_t now(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

long futex(const uint32_t *word, int operation, uint32_t value) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

uint64_t exported(const Code &kernel, const char *name) {
  uint64_t address = kernel.exported(name);
  if (!address)
    throw std::runtime_error(std::string("the kernel does not export ") + name);
  return address;
}

}  // namespace

Vcpu::Vcpu(GuestRam &ram, const Code &kernel, Options options)
    : ram_(ram), kernel_(kernel), options_(options),
      kernel_uses_gs_(kernel.image().memory_base == MemoryBase::gs), base_register_(options.fast_base),
      budget_(options.stack_bytes), kernel_stacks_(kKernelStack, budget_), user_stacks_(kUserStack, budget_),
      block_(&early_block_) {
  check_host_cpu();
}

Vcpu::~Vcpu() = default;

// ---- Power ---------------------------------------------------------------------

void Vcpu::run() {
  thread_ = pthread_self();
  std::memset(&wl_native_block, 0, sizeof wl_native_block);
  native_word(WL_INTERRUPT) = exported(kernel_, "kernel_interrupt");
  native_word(WL_EXCEPTION) = exported(kernel_, "kernel_trap");
  native_word(WL_VCPU_BLOCK) = reinterpret_cast<uint64_t>(block_.load());
  native_word(WL_CLOCK_START) = now(CLOCK_MONOTONIC);

  auto boot = std::make_unique<KernelContext>();
  boot->stack = kernel_stacks_.get();
  helper_stack_ = kernel_stacks_.get();
  if (!boot->stack || !helper_stack_)
    throw std::runtime_error("no host memory for native stacks");
  native_word(WL_MACHINE_RSP) = helper_stack_.top() - 64;
  wl_native_block.kernel_sp = kernel_.image().initial_sp;
  boot->prepare(reinterpret_cast<uint64_t>(kernel_.at(kernel_.image().entry_start)),
                kernel_.image().initial_sp);
  uint64_t entry = boot->rsp;
  current_ = contexts_.add(std::move(boot));

  install_host_signals();
  VcpuSignals signals;
  timers_.emplace(kick_signal());
  if (options_.watchdog_seconds)
    timers_->watchdog.every(1'000'000'000);
  if (kernel_uses_gs_)
    base_register_.set(base_set_ = ram_.base());
  native_word(WL_VCPU) = reinterpret_cast<uint64_t>(this);
  running_ = true;
  if (stopping_)
    raise(0);
  wl_switch(&machine_rsp_, entry, 0);
  running_ = false;
  native_word(WL_VCPU) = 0;
  timers_.reset();
}

void Vcpu::leave() {
  uint64_t abandoned;
  wl_switch(&abandoned, machine_rsp_, 0);
  __builtin_unreachable();
}

// ---- Interrupts ------------------------------------------------------------------

void Vcpu::set_block(uint32_t address, machine_vcpu *block) {
  machine_vcpu *before = block_.exchange(block);
  native_word(WL_VCPU_BLOCK) = reinterpret_cast<uint64_t>(block);
  // What came before the kernel had a block is not lost.
  set_pending(__atomic_exchange_n(&before->pending, 0, __ATOMIC_SEQ_CST));
}

uint32_t Vcpu::set_pending(uint32_t lines) {
  uint32_t before = __atomic_fetch_or(&block_.load()->pending, lines, __ATOMIC_SEQ_CST);
  if (before == 0 && lines != 0)
    pending_generation_.fetch_add(1, std::memory_order_relaxed);
  return before;
}

void Vcpu::raise(uint32_t lines) {
  set_pending(lines);
  if (idle_)
    futex(&block_.load()->pending, FUTEX_WAKE, 1);
  else if (running_)
    pthread_kill(thread_, kick_signal());
}

void Vcpu::stop() {
  stopping_ = true;
  raise(0);
  // Between its last look at stopping_ and its sleep, idle() misses the wake-up; the
  // signal's handler comes again until the guest is left.
  if (running_)
    pthread_kill(thread_, kick_signal());
}

void Vcpu::idle() {
  const uint32_t *pending = &block_.load()->pending;
  idle_ = true;
  // A signal of the timer has set a bit and ends the wait; a bit set before it begins
  // makes it end at once.
  while (__atomic_load_n(pending, __ATOMIC_SEQ_CST) == 0 && !stopping_)
    futex(pending, FUTEX_WAIT, 0);
  idle_ = false;
  if (stopping_)
    leave();
}

void Vcpu::look_at_interrupts() {
  machine_vcpu &block = *block_.load(std::memory_order_relaxed);
  while (__atomic_load_n(&block.irq_enabled, __ATOMIC_RELAXED) &&
         __atomic_load_n(&block.pending, __ATOMIC_RELAXED)) {
    // As wl_kernel_take_interrupt, on the stack of the call.
    uint32_t sp = wl_native_block.kernel_sp;
    wl_native_block.kernel_sp = (sp - kKernelRedZone) & ~15u;
    __atomic_store_n(&block.irq_enabled, 0, __ATOMIC_SEQ_CST);
    reinterpret_cast<void (*)()>(native_word(WL_INTERRUPT))();
    wl_native_block.kernel_sp = sp;
    __atomic_store_n(&block.irq_enabled, 1, __ATOMIC_SEQ_CST);
  }
}

// ---- Time ------------------------------------------------------------------------

uint64_t Vcpu::clock() { return now(CLOCK_MONOTONIC) - native_word(WL_CLOCK_START); }

void Vcpu::set_timer(uint64_t when) {
  if (options_.trace.irq)
    Trace::line("irq: timer at %llu ns", static_cast<unsigned long long>(when));
  if (when == ~uint64_t{0})
    timers_->one_shot.at(0);
  else
    timers_->one_shot.at(when + native_word(WL_CLOCK_START));
}

// ---- Kernel contexts --------------------------------------------------------------

uint32_t Vcpu::context_new(uint32_t sp, uint32_t argument) {
  auto context = std::make_unique<KernelContext>();
  context->stack = kernel_stacks_.get();
  if (!context->stack)
    return 0;
  context->sp = sp;
  context->prepare(kernel_.exported("kernel_context_entry"), argument);
  return contexts_.add(std::move(context));
}

void Vcpu::context_free(uint32_t context) {
  if (context == current_)
    throw std::logic_error("the kernel frees the context that it runs in");
  if (auto gone = contexts_.remove(context))
    kernel_stacks_.put(std::move(gone->stack));
}

uint32_t Vcpu::context_switch(uint32_t next, uint32_t value) {
  KernelContext *from = contexts_.find(current_), *to = contexts_.find(next);
  if (!to || to == from)
    throw std::logic_error("the kernel switches to context " + std::to_string(next) + ", which it can't");
  if (options_.trace.sched)
    Trace::line("sched: context %u -> %u", current_, next);
  current_ = next;
  from->sp = wl_native_block.kernel_sp;
  wl_native_block.kernel_sp = to->sp;
  return wl_switch(&from->rsp, to->rsp, value);
}

// ---- User contexts ------------------------------------------------------------------

std::unique_ptr<UserContext> Vcpu::user_new(AddressSpace &space) {
  auto user = std::make_unique<UserContext>();
  user->stack = user_stacks_.get();
  if (!user->stack)
    return nullptr;
  user->space = &space;
  return user;
}

void Vcpu::user_free(std::unique_ptr<UserContext> user) {
  if (options_.trace.syscall)
    trace_syscall_abandoned(*user);
  if (loaded_ == user.get())
    loaded_ = nullptr;
  user_stacks_.put(std::move(user->stack));
}

void Vcpu::unload(const UserContext &user) {
  if (loaded_ != &user)
    return;
  loaded_->rsp = native_word(WL_USER_RSP);
  loaded_->sp = wl_native_block.user_sp;
  loaded_->tls = wl_native_block.user_tls;
  loaded_ = nullptr;
}

void Vcpu::forget(const AddressSpace &space) {
  if (loaded_ && loaded_->space == &space)
    unload(*loaded_);
}

void Vcpu::load(UserContext &user) {
  if (loaded_)
    unload(*loaded_);
  loaded_ = &user;
  native_word(WL_USER_RSP) = user.rsp;
  wl_native_block.user_sp = user.sp;
  wl_native_block.user_tls = user.tls;
}

uint32_t Vcpu::user_run(UserContext &user, machine_trap &trap) {
  if (loaded_ != &user)
    load(user);
  if (options_.trace.syscall)
    trace_syscall_exit(user, trap);
  if (user.fault_handled) {
    // The kernel has just made this page present: map it without faulting again. It may
    // have asked for that already, and mapping a page twice costs as much as the fault.
    user.fault_handled = false;
    if (!user.space->holds(user.fault_address, user.fault_write))
      user.space->fill(user.fault_address, user.fault_write);
  }
  uint64_t top = native_word(WL_USER_RSP);
  auto *frame = reinterpret_cast<const InterruptFrame *>(top);
  if (frame->resume == reinterpret_cast<uint64_t>(wl_resume_interrupt)) {
    if (top == user.overflow_rsp) {
      // The instruction that had no stack still has none.
      trap.cause = MACHINE_TRAP_STACK_OVERFLOW;
      return trap.cause;
    }
    wl_native_block.scratch.live = frame->scratch_live;
    if (frame->scratch_live)
      std::memcpy(wl_native_block.scratch.slot, frame + 1, uint64_t{frame->scratch_live} * 8);
  } else {
    wl_native_block.scratch.live = 0;
  }
  if (user.overflow_rsp && top > user.overflow_rsp) {
    user.overflow_rsp = 0;
    user.stack.close_reserve();
  }

  const char *base = user.space->base();
  for (;;) {
    if (base_set_ != base)
      base_register_.set(base_set_ = base);
    uint32_t cause = wl_user_enter(&trap);
    if (cause == MACHINE_TRAP_PAGE_FAULT) {
      if (user.space->fill(trap.address, trap.write)) {
        if (options_.trace.mmu)
          Trace::line("mmu: filled %08x %s", trap.address, trap.write ? "w" : "r");
        continue;
      }
      if (options_.trace.mmu)
        Trace::line("mmu: fault %08x %s", trap.address, trap.write ? "w" : "r");
      user.fault_handled = true;
      user.fault_address = trap.address;
      user.fault_write = trap.write != 0;
    }
    if (kernel_uses_gs_)
      base_register_.set(base_set_ = ram_.base());
    if (options_.trace.syscall && cause == MACHINE_TRAP_SYSCALL)
      trace_syscall_entry(user, trap);
    return cause;
  }
}

// ---- For debugging -------------------------------------------------------------------

size_t Vcpu::backtrace(uint64_t *pcs, size_t max) const {
  struct Walk {
    const Code &kernel;
    uint64_t *pcs;
    size_t count, max;
  } walk{kernel_, pcs, 0, max};
  _Unwind_Backtrace(
      [](_Unwind_Context *context, void *argument) {
        auto *walk = static_cast<Walk *>(argument);
        uint64_t pc = _Unwind_GetIP(context);
        if (walk->kernel.contains(pc) && walk->count < walk->max)
          walk->pcs[walk->count++] = pc;
        return walk->count < walk->max ? _URC_NO_REASON : _URC_END_OF_STACK;
      },
      &walk);
  return walk.count;
}

}  // namespace wasmlinux

extern "C" {

/// linux.clock of user code.
uint64_t wl_clock_read() { return wasmlinux::Vcpu::clock(); }

/// Puts back what an interrupt of kernel code found in CallScratch.
void wl_restore_scratch(const wasmlinux::InterruptFrame *frame) {
  wl_native_block.scratch.live = frame->scratch_live;
  std::memcpy(wl_native_block.scratch.slot, frame + 1, uint64_t{frame->scratch_live} * 8);
}
}
