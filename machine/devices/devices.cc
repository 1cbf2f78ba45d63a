// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/devices.h"

#include <sys/ioctl.h>

#include <ctime>

namespace wasmlinux {

Devices::Devices(const Options &options, InterruptSink &interrupts)
    : options_(options), interrupts_(interrupts), streams_(options_.files, io_, interrupts),
      mmio_(interrupts) {}

void Devices::console_write(std::string_view text) const {
  if (options_.console)
    options_.console(text);
}

uint32_t Devices::window_size() const {
  if (!has_terminal())
    return 0;
  winsize size{};
  if (::ioctl(options_.files.terminal_out, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    size = {24, 80, 0, 0};  // as a serial line without a size is taken for a VT100
  return uint32_t{size.ws_row} << 16 | size.ws_col;
}

uint64_t wallclock() {
  timespec t;
  ::clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace wasmlinux
