// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/device_calls.h"

#include <cerrno>
#include <stdexcept>
#include <string>

#include "machine/cpu/machine.h"
#include "machine/devices/devices.h"
#include "machine/devices/entropy.h"

namespace wasmlinux {
namespace {

Devices &devices() { return current_machine().devices(); }

/// Kernel memory for a transfer of at least one byte; empty if it is not there.
std::span<std::byte> buffer_at(uint32_t address, uint32_t size) {
  return current_machine().ram_at(address, size);
}

void console_write(uint32_t text, uint32_t size) {
  auto bytes = buffer_at(text, size);
  devices().console_write({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

int32_t stream_read(uint32_t stream, uint32_t buffer, uint32_t size) {
  auto bytes = buffer_at(buffer, size);
  if (bytes.empty())
    return size == 0 ? 0 : -EFAULT;
  return devices().streams().read(stream, bytes);
}

int32_t stream_write(uint32_t stream, uint32_t buffer, uint32_t size) {
  auto bytes = buffer_at(buffer, size);
  if (bytes.empty())
    return size == 0 ? 0 : -EFAULT;
  return devices().streams().write(stream, bytes);
}

uint32_t stream_poll(uint32_t stream) { return devices().streams().poll(stream); }

uint32_t window_size() { return devices().window_size(); }

uint32_t mmio_read(uint32_t address, uint32_t size) { return devices().mmio().read(address, size); }

void mmio_write(uint32_t address, uint32_t size, uint32_t value) {
  devices().mmio().write(address, size, value);
}

void entropy(uint32_t buffer, uint32_t size) {
  auto bytes = buffer_at(buffer, size);
  if (bytes.size() != size)
    throw std::logic_error("the kernel wants entropy in memory that is not there: " + std::to_string(buffer));
  fill_random(bytes);
}

}  // namespace

std::span<const KernelCall> device_calls() {
  static const KernelCall calls[] = {
      kernel_call<console_write>("console_write"),
      kernel_call<wallclock>("wallclock"),
      kernel_call<entropy>("entropy"),
      kernel_call<stream_read>("stream_read"),
      kernel_call<stream_write>("stream_write"),
      kernel_call<stream_poll>("stream_poll"),
      kernel_call<window_size>("window_size"),
      kernel_call<mmio_read>("mmio_read"),
      kernel_call<mmio_write>("mmio_write"),
  };
  return calls;
}

}  // namespace wasmlinux
