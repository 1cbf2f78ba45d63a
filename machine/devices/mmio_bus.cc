// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/mmio_bus.h"

#include <stdexcept>

namespace wasmlinux {

void MmioDevice::interrupt() {
  // Release: what the device has written is there when the guest sees the bit.
  bus_->status_.fetch_or(bit_, std::memory_order_release);
  bus_->interrupts_.raise(MACHINE_IRQ_DEVICE);
}

uint32_t MmioBus::add(std::unique_ptr<MmioDevice> device) {
  if (devices_.size() == kDevicesMax)
    throw std::length_error("no more than 32 devices fit the bus");
  device->bus_ = this;
  device->bit_ = uint32_t{1} << devices_.size();
  devices_.push_back(std::move(device));
  return MACHINE_DEVICE_START + static_cast<uint32_t>(devices_.size()) * kWindow;
}

MmioDevice *MmioBus::at(uint32_t address, uint32_t size) {
  const bool good_size = size == 1 || size == 2 || size == 4;
  if (!good_size || address % size != 0 || address < MACHINE_DEVICE_START + kWindow)
    return nullptr;
  const uint32_t index = (address - MACHINE_DEVICE_START) / kWindow - 1;
  return index < devices_.size() ? devices_[index].get() : nullptr;
}

uint32_t MmioBus::read(uint32_t address, uint32_t size) {
  if (address == MACHINE_DEVICE_STATUS && size == 4)
    return status_.exchange(0, std::memory_order_acquire);
  MmioDevice *device = at(address, size);
  return device != nullptr ? device->read(address % kWindow, size) : 0;
}

void MmioBus::write(uint32_t address, uint32_t size, uint32_t value) {
  if (MmioDevice *device = at(address, size))
    device->write(address % kWindow, size, value);
}

}  // namespace wasmlinux
