// SPDX-License-Identifier: Apache-2.0
/// A timer of the host that signals one thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace wasmlinux {

class HostTimer {
public:
  /// Sends `signal` with the integer value `tag` to the calling thread. Throws
  /// std::system_error.
  HostTimer(clockid_t clock, int signal, int tag);
  ~HostTimer();
  HostTimer(const HostTimer &) = delete;
  HostTimer &operator=(const HostTimer &) = delete;

  // Async-signal-safe; nanoseconds, 0 stops it.
  void at(uint64_t absolute);
  void in(uint64_t nanoseconds);
  void every(uint64_t nanoseconds);

private:
  timer_t timer_;
};

}  // namespace wasmlinux
