// SPDX-License-Identifier: Apache-2.0
/// All devices of one machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "machine/devices/io_thread.h"
#include "machine/devices/mmio_bus.h"
#include "machine/devices/streams.h"

namespace wasmlinux {

class Devices {
public:
  struct Options {
    Streams::Files files;  // with a terminal if terminal_in and terminal_out are there
    /// Messages of the kernel, as they come: from the vCPU's thread.
    std::function<void(std::string_view)> console;
  };

  Devices(const Options &options, InterruptSink &interrupts);

  bool has_terminal() const { return options_.files.terminal_in >= 0 && options_.files.terminal_out >= 0; }

  Streams &streams() { return streams_; }
  MmioBus &mmio() { return mmio_; }
  IoThread &io() { return io_; }

  void console_write(std::string_view text) const;

  /// rows << 16 | columns; 0 without a terminal.
  uint32_t window_size() const;
  /// From any thread: the window has another size now.
  void window_changed() { interrupts_.raise(MACHINE_IRQ_WINDOW); }

  /// Waits until the guest's output is with the host. abandon(), from any thread,
  /// ends the wait.
  void drain() { streams_.drain(); }
  void abandon() { streams_.abandon(); }

private:
  const Options options_;
  InterruptSink &interrupts_;
  IoThread io_;  // before those who use it
  Streams streams_;
  MmioBus mmio_;
};

/// Nanoseconds since 1970, of the host.
uint64_t wallclock();

}  // namespace wasmlinux
