// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace wasmlinux {

void fill_random(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    ssize_t n = ::getrandom(buffer.data(), buffer.size(), 0);
    if (n < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "the host has no random numbers");
    if (n > 0)
      buffer = buffer.subspan(static_cast<size_t>(n));
  }
}

}  // namespace wasmlinux
