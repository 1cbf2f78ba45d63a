// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/host_signals.h"

#include <pthread.h>
#include <sys/signalfd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace wasmlinux::cli {
namespace {

constexpr int kCrashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

std::atomic<RawTerminal *> crash_terminal{nullptr};

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
  fd_ = UniqueFd(::signalfd(-1, &taken_, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_)
    throw std::system_error(errno, std::generic_category(), "signalfd");
}

SignalEvents::~SignalEvents() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int SignalEvents::next() {
  signalfd_siginfo info;
  return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
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
