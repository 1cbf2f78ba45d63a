// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/host_signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <mutex>
#include <system_error>

#include "machine/cpu/host_cpu.h"
#include "machine/cpu/vcpu.h"

namespace wasmlinux {

namespace {

constexpr int kFaults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
constexpr size_t kSignalStack = 64 << 10;

std::array<struct sigaction, 65> previous;

/// What would have happened without us.
void pass_on(int signal, siginfo_t *info, void *context) {
  const struct sigaction &before = previous[static_cast<size_t>(signal)];
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    // The default action, when the instruction is executed again.
    sigaction(signal, &before, nullptr);
  }
}

void on_fault(int signal, siginfo_t *info, void *context) {
  int saved_errno = errno;
  Vcpu *vcpu = current_vcpu();
  Interrupted at(info, context);
  if (!vcpu || !vcpu->on_fault(signal, at))
    pass_on(signal, info, context);
  errno = saved_errno;
}

void on_kick(int signal, siginfo_t *info, void *context) {
  int saved_errno = errno;
  if (Vcpu *vcpu = current_vcpu()) {
    Interrupted at(info, context);
    vcpu->on_kick(info->si_code == SI_TIMER ? info->si_value.sival_int : Vcpu::kick_tag, at);
  } else if (previous[static_cast<size_t>(signal)].sa_handler != SIG_DFL) {
    pass_on(signal, info, context);
  }
  errno = saved_errno;
}

void install(int signal, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action{};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  // A kick during a fault, or the reverse, would nest on the signal stack.
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, kick_signal());
  if (sigaction(signal, &action, &previous[static_cast<size_t>(signal)]) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot install a signal handler");
}

}  // namespace

int kick_signal() { return SIGRTMIN + 5; }

void install_host_signals() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (int signal : kFaults)
      install(signal, on_fault);
    install(kick_signal(), on_kick);
  });
}

struct VcpuSignals::Saved {
  stack_t stack;
  sigset_t mask;
  std::unique_ptr<char[]> memory;
};

VcpuSignals::VcpuSignals() : saved_(std::make_unique<Saved>()) {
  saved_->memory = std::make_unique<char[]>(kSignalStack);
  stack_t stack{};
  stack.ss_sp = saved_->memory.get();
  stack.ss_size = kSignalStack;
  sigaltstack(&stack, &saved_->stack);

  sigset_t mask;
  sigfillset(&mask);
  for (int signal : kFaults)
    sigdelset(&mask, signal);
  sigdelset(&mask, kick_signal());
  pthread_sigmask(SIG_SETMASK, &mask, &saved_->mask);
}

VcpuSignals::~VcpuSignals() {
  pthread_sigmask(SIG_SETMASK, &saved_->mask, nullptr);
  sigaltstack(&saved_->stack, nullptr);
}

}  // namespace wasmlinux
