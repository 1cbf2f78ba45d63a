// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/host_signals.h"

#include <poll.h>
#include <pthread.h>

#include <atomic>
#include <bit>
#include <cstdint>

namespace wasmlinux::cli {
namespace {

constexpr int kCrashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

std::atomic<RawTerminal *> crash_terminal{nullptr};
std::atomic<uint64_t> arrived{0};  // a bit for each signal that has come

void on_event(int number) { arrived |= uint64_t{1} << number; }

void on_crash(int number) {
  if (RawTerminal *terminal = crash_terminal.load())
    terminal->leave();
  // The machine's own handler may have called us: it must be gone too.
  ::signal(number, SIG_DFL);
  ::raise(number);
}

}  // namespace

SignalEvents::SignalEvents(std::initializer_list<int> signals) {
  sigemptyset(&taken_);
  for (int number : signals) {
    struct sigaction now;
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_IGN)
      sigaddset(&taken_, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  arrived = 0;
  set_action(on_event);
}

SignalEvents::~SignalEvents() {
  set_action(SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalEvents::set_action(void (*handler)(int)) const {
  for (int number = 1; number < 64; number++) {
    if (sigismember(&taken_, number) != 1)
      continue;
    struct sigaction action{};
    action.sa_handler = handler;
    ::sigaction(number, &action, nullptr);
  }
}

bool SignalEvents::wait(int fd, int timeout) {
  // A signalfd would wake this thread for every signal of the process, of which page
  // faults are most. So they are blocked everywhere but here.
  sigset_t waiting;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &waiting);
  for (int number = 1; number < 64; number++)
    if (sigismember(&taken_, number) == 1)
      sigdelset(&waiting, number);
  const timespec limit{timeout / 1000, timeout % 1000 * 1'000'000L};
  pollfd waited{fd, POLLIN, 0};
  return ::ppoll(&waited, 1, timeout < 0 ? nullptr : &limit, &waiting) > 0;
}

int SignalEvents::next() {
  const uint64_t all = arrived;
  if (all == 0)
    return 0;
  const int number = std::countr_zero(all);
  arrived &= ~(uint64_t{1} << number);
  return number;
}

RestoreOnCrash::RestoreOnCrash(RawTerminal &terminal) {
  crash_terminal = &terminal;
  for (int number : kCrashes) {
    struct sigaction action{};
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(number, &action, nullptr);
  }
}

RestoreOnCrash::~RestoreOnCrash() {
  for (int number : kCrashes)
    ::signal(number, SIG_DFL);
  crash_terminal = nullptr;
}

}  // namespace wasmlinux::cli
