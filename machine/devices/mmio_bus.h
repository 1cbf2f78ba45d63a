// SPDX-License-Identifier: Apache-2.0
/// Where device registers are: the window MACHINE_DEVICE_* of abi/machine.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "abi/machine.h"
#include "machine/cpu/interrupts.h"

namespace wasmlinux {

class MmioBus;

/// A device with 4 KiB of registers. Registers are read and written on the vCPU's
/// thread, at once; what takes time is for the I/O thread: a device that has such
/// work is an IoClient too and rings its doorbell.
class MmioDevice {
public:
  virtual ~MmioDevice() = default;

  /// `size` is 1, 2 or 4, `offset` a multiple of it.
  virtual uint32_t read(uint32_t offset, uint32_t size) = 0;
  virtual void write(uint32_t offset, uint32_t size, uint32_t value) = 0;

protected:
  /// Sets the device's bit in MACHINE_DEVICE_STATUS and MACHINE_IRQ_DEVICE. From any
  /// thread, once the device is on a bus.
  void interrupt();

private:
  friend class MmioBus;
  MmioBus *bus_ = nullptr;
  uint32_t bit_ = 0;
};

class MmioBus {
public:
  static constexpr uint32_t kWindow = 4 << 10;
  static constexpr uint32_t kDevicesMax = 32;

  explicit MmioBus(InterruptSink &interrupts) : interrupts_(interrupts) {}

  /// Puts a device into the next window and returns its address. Throws
  /// std::length_error if there is none left. Before the guest runs.
  uint32_t add(std::unique_ptr<MmioDevice> device);

  /// As machine_mmio_*(). What is not there reads as 0 and ignores writes.
  uint32_t read(uint32_t address, uint32_t size);
  void write(uint32_t address, uint32_t size, uint32_t value);

private:
  friend class MmioDevice;
  MmioDevice *at(uint32_t address, uint32_t size);

  InterruptSink &interrupts_;
  std::vector<std::unique_ptr<MmioDevice>> devices_;
  std::atomic<uint32_t> status_{0};
};

}  // namespace wasmlinux
