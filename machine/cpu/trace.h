// SPDX-License-Identifier: Apache-2.0
/// What --strace and --trace show.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace wasmlinux {

struct Trace {
  bool syscall = false;  // system calls with arguments and results
  bool mmu = false;      // page faults, TLB fills and flushes
  bool irq = false;      // interrupts, the timer
  bool sched = false;    // kernel context switches
  bool code = false;     // programs loaded

  /// From the names of the command line; the error is a line for the user.
  static tl::expected<Trace, std::string> parse(const std::vector<std::string> &names);

  /// Writes a line to standard error.
  [[gnu::format(printf, 1, 2)]] static void line(const char *format, ...);
};

}  // namespace wasmlinux
