// SPDX-License-Identifier: Apache-2.0
/// Signals that the host sends to the command, as events instead of interruptions.
#pragma once

#include <signal.h>

#include <initializer_list>
#include <vector>

#include "machine/base/unique_fd.h"
#include "machine/devices/terminal.h"

namespace wasmlinux::cli {

/// Takes signals from now on, in all threads started later. Those that were ignored
/// stay ignored (nohup, background jobs).
class SignalEvents {
public:
  explicit SignalEvents(std::initializer_list<int> signals);
  ~SignalEvents();
  SignalEvents(const SignalEvents &) = delete;
  SignalEvents &operator=(const SignalEvents &) = delete;

  /// For poll().
  int fd() const { return fd_.get(); }
  /// The next one that has come, 0 for none.
  int next();

private:
  sigset_t taken_, before_;
  UniqueFd fd_;
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
