// SPDX-License-Identifier: Apache-2.0
/// Signals that the host sends to the command, as events instead of interruptions.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "machine/devices/terminal.h"

namespace wasmlinux::cli {

/// Takes signals from now on, in all threads started later. Those that were ignored
/// stay ignored (nohup, background jobs). One at a time.
class SignalEvents {
public:
  explicit SignalEvents(std::initializer_list<int> signals);
  ~SignalEvents();
  SignalEvents(const SignalEvents &) = delete;
  SignalEvents &operator=(const SignalEvents &) = delete;

  /// Waits until `fd` is readable, a signal has come, or so many milliseconds have
  /// passed (-1: for ever). Whether `fd` is readable.
  bool wait(int fd, int timeout);
  /// The next one that has come, 0 for none.
  int next();

private:
  void set_action(void (*handler)(int)) const;

  sigset_t taken_, before_;
};

/// While it lives, a crash of this process restores the terminal before it goes on
/// as it would have. One at a time.
class RestoreOnCrash {
public:
  explicit RestoreOnCrash(RawTerminal &terminal);
  ~RestoreOnCrash();
  RestoreOnCrash(const RestoreOnCrash &) = delete;
  RestoreOnCrash &operator=(const RestoreOnCrash &) = delete;
};

}  // namespace wasmlinux::cli
