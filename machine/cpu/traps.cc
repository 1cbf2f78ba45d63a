// SPDX-License-Identifier: Apache-2.0
/// Host signals to traps and interrupts. Everything here runs in a signal handler
/// on the vCPU's thread: what it calls is async-signal-safe.
///
/// A signal finds the thread in one of four places:
///   user code         its registers become a frame on the user's native stack, and
///                     machine_user_run() returns
///   the way there     (wl_user_restart ..) starts again, so that it looks at `pending`
///   kernel code       kernel_interrupt() or kernel_trap() is called on its stack
///   the machine       an interrupt stays pending: a kernel call looks before it
///                     returns, if interrupts are enabled, and linux.clock does; else
///                     the kernel looks when it enables them or runs user code. A
///                     signal just behind a kernel call's look is tried again soon.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <string_view>

#include <unistd.h>

#include "machine/cpu/native_block.h"
#include "machine/cpu/vcpu.h"

namespace wasmlinux {

namespace {

// Between attempts to deliver an interrupt, ns. Twice as long after each that fails:
// else a host that is slow with signals (one that traces us) would do nothing else.
constexpr uint64_t kFirstRetry = 20'000, kLastRetry = 5'000'000;
/// Nothing of the machine can go on, and nothing of it can be called from here.
[[noreturn]] void die(std::string_view message) {
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, message.data(), message.size());
  _exit(125);
}

bool within(uint64_t pc, const char *start, const char *end) {
  return pc - reinterpret_cast<uint64_t>(start) < static_cast<uint64_t>(end - start);
}

machine_cause cause_of(uint8_t trap_code) {
  switch (static_cast<TrapCode>(trap_code)) {
    case TrapCode::unreachable:
      return MACHINE_TRAP_UNREACHABLE;
    case TrapCode::divide_by_zero:
      return MACHINE_TRAP_DIVIDE_BY_ZERO;
    case TrapCode::integer_overflow:
      return MACHINE_TRAP_INTEGER_OVERFLOW;
    case TrapCode::bad_table_index:
      return MACHINE_TRAP_BAD_TABLE_INDEX;
    case TrapCode::null_function:
      return MACHINE_TRAP_NULL_FUNCTION;
    case TrapCode::bad_signature:
      return MACHINE_TRAP_BAD_SIGNATURE;
    case TrapCode::misaligned:
      return MACHINE_TRAP_MISALIGNED;
    case TrapCode::bad_address:
      return MACHINE_TRAP_BAD_ADDRESS;
  }
  return MACHINE_TRAP_UNREACHABLE;
}

}  // namespace

bool Vcpu::in_user_code(uint64_t pc) const {
  const Code *program = loaded_ ? loaded_->space->program() : nullptr;
  return program && program->contains(pc);
}

bool Vcpu::grow_stack(uint64_t address) {
  KernelContext *kernel = contexts_.find(current_);
  return (loaded_ && loaded_->stack.grow(address)) || (kernel && kernel->stack.grow(address)) ||
         helper_stack_.grow(address);
}

bool Vcpu::on_fault(int signal, Interrupted &at) {
  uint64_t pc = at.pc(), address = at.fault_address();
  bool memory = signal == SIGSEGV || signal == SIGBUS;
  if (memory && grow_stack(address))
    return true;

  bool on_user_stack = memory && loaded_ && loaded_->stack.contains(address);
  bool user = in_user_code(pc), kernel = kernel_.contains(pc);
  // The machine's own pushes for user code run out of stack like user code.
  if (on_user_stack && within(pc, wl_user_code, wl_user_code_end))
    user = true;
  if (!user && !kernel)
    return false;

  if (!memory) {
    uint8_t code = signal == SIGILL ? at.trap_code() : 0;
    if (code == 0)
      return false;
    if (user)
      return user_exception(cause_of(code), 0, false, at);
    kernel_exception(cause_of(code), 0, false, at);
    return true;
  }

  bool write = at.fault_was_write();
  KernelContext *context = contexts_.find(current_);
  if (on_user_stack || (context && context->stack.contains(address))) {
    if (user)
      return user_exception(MACHINE_TRAP_STACK_OVERFLOW, 0, true, at);
    kernel_exception(MACHINE_TRAP_STACK_OVERFLOW, 0, true, at);
    return true;
  }
  const char *base = user ? loaded_->space->base() : ram_.base();
  uint64_t offset = address - reinterpret_cast<uint64_t>(base);
  if (offset >= kReservationSize)
    return false;
  // The host has no memory for a page of guest RAM: nothing the guest could handle.
  if (signal == SIGBUS) {
    static constexpr std::string_view kMessage = "wasmlinux: the host has no memory left for guest RAM\n";
    die(kMessage);
  }
  machine_cause cause = offset < kMemorySize ? MACHINE_TRAP_PAGE_FAULT : MACHINE_TRAP_BAD_ADDRESS;
  auto guest_address = static_cast<uint32_t>(offset);
  if (user)
    return user_exception(cause, guest_address, write, at);
  kernel_exception(cause, guest_address, write, at);
  return true;
}

bool Vcpu::user_exception(machine_cause cause, uint32_t address, bool write, Interrupted &at) {
  auto *trap = reinterpret_cast<machine_trap *>(native_word(WL_TRAP));
  trap->address = address;
  trap->write = write;
  trap->code = static_cast<uint32_t>(at.pc() - loaded_->space->program()->text_start());
  return leave_user(cause, at);
}

/// Ends user code: its registers to its native stack, on with the kernel.
bool Vcpu::leave_user(machine_cause cause, Interrupted &at) {
  UserContext &user = *loaded_;
  uint64_t lowest = at.frame_address(wl_native_block.scratch.live);
  bool room =
      cause != MACHINE_TRAP_STACK_OVERFLOW && (lowest >= user.stack.bottom() || user.stack.grow(lowest));
  bool saved = room || (user.stack.open_reserve() && lowest >= user.stack.bottom());
  if (!room)
    cause = MACHINE_TRAP_STACK_OVERFLOW;
  if (saved) {
    auto *frame = at.save_frame(wl_resume_interrupt, wl_native_block.scratch);
    native_word(WL_USER_RSP) = reinterpret_cast<uint64_t>(frame);
    if (!room)
      user.overflow_rsp = native_word(WL_USER_RSP);
  } else {
    // Not even the reserve is left: what it was doing is lost, and a handler that
    // tries to go on with it finds a function that has ended.
    user.start_at(reinterpret_cast<uint64_t>(wl_user_exited), 0);
    native_word(WL_USER_RSP) = user.rsp;
  }
  wl_native_block.scratch.live = 0;
  reinterpret_cast<machine_trap *>(native_word(WL_TRAP))->cause = cause;
  at.continue_at(wl_user_leave, native_word(WL_KERNEL_RSP), cause);
  return true;
}

/// Makes kernel code call one of the kernel's entries, and go on afterwards.
bool Vcpu::enter_kernel(const char *entry, const uint32_t (&arguments)[4], Interrupted &at) {
  NativeStack &stack = contexts_.find(current_)->stack;
  uint64_t lowest = at.frame_address(wl_native_block.scratch.live);
  if (lowest < stack.bottom() && !stack.grow(lowest) && !(stack.open_reserve() && lowest >= stack.bottom()))
    return false;
  auto *frame = at.save_frame(wl_kernel_resume, wl_native_block.scratch);
  wl_native_block.scratch.live = 0;
  frame->stack_pointer = wl_native_block.kernel_sp;
  std::memcpy(frame->exception, arguments, sizeof frame->exception);
  wl_native_block.kernel_sp = (wl_native_block.kernel_sp - kKernelRedZone) & ~15u;
  at.continue_at(entry, reinterpret_cast<uint64_t>(frame), 0);
  return true;
}

void Vcpu::kernel_exception(machine_cause cause, uint32_t address, bool write, Interrupted &at) {
  auto code = static_cast<uint32_t>(at.pc() - kernel_.text_start());
  if (!enter_kernel(wl_kernel_take_exception, {cause, address, write, code}, at)) {
    static constexpr std::string_view kMessage =
        "wasmlinux: the kernel's native stack overflowed while it handled an overflow\n";
    die(kMessage);
  }
}

void Vcpu::on_kick(int tag, Interrupted &at) {
  if (tag == timer_tag)
    set_pending(MACHINE_IRQ_TIMER);
  if (stopping_)
    abandon(at);
  else if (tag == watchdog_tag)
    watchdog_tick(at);
  else if (block_.load()->pending)
    deliver(at);
}

void Vcpu::retry_later() {
  timers_->retry.in(retry_delay_);
  retry_delay_ = std::min(2 * retry_delay_, kLastRetry);
}

/// The machine stops: leave the guest where it is, but not the machine's own code,
/// which may hold locks.
void Vcpu::abandon(Interrupted &at) {
  if (in_user_code(at.pc()) || kernel_.contains(at.pc()))
    at.continue_at(wl_switched, machine_rsp_, 0);
  else
    retry_later();
}

void Vcpu::deliver(Interrupted &at) {
  uint64_t pc = at.pc();
  machine_vcpu &block = *block_.load();
  if (options_.trace.irq)
    Trace::line("irq: pending %x, interrupts %s, in %s code", block.pending, block.irq_enabled ? "on" : "off",
                in_user_code(pc)       ? "user"
                : kernel_.contains(pc) ? "kernel"
                                       : "machine");
  if (in_user_code(pc)) {
    retry_delay_ = kFirstRetry;
    leave_user(MACHINE_TRAP_INTERRUPT, at);
  } else if (within(pc, wl_user_restart, wl_user_restart_end)) {
    at.jump(wl_user_restart);
  } else if (within(pc, wl_clock_look, wl_clock_look_end)) {
    at.jump(wl_clock_look);
  } else if (!block.irq_enabled) {
    return;  // who enables them looks
  } else if (kernel_.contains(pc) && enter_kernel(wl_kernel_take_interrupt, {}, at)) {
    block.irq_enabled = 0;
    retry_delay_ = kFirstRetry;
  } else {
    retry_later();
  }
}

/// Strikes for each second of CPU time. Interrupts that nobody has taken since the
/// last time are counted; a kernel that could take them would have.
void Vcpu::watchdog_tick(Interrupted &at) {
  uint32_t generation = pending_generation_;
  if (block_.load()->pending == 0 || generation != watchdog_generation_) {
    watchdog_generation_ = generation;
    watchdog_ticks_ = 0;
    return;
  }
  if (++watchdog_ticks_ < options_.watchdog_seconds || !kernel_.contains(at.pc()))
    return;
  watchdog_ticks_ = 0;
  kernel_exception(MACHINE_TRAP_WATCHDOG, 0, false, at);
}

}  // namespace wasmlinux
