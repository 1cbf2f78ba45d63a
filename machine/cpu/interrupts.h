// SPDX-License-Identifier: Apache-2.0
/// How devices and services get a vCPU's attention.
#pragma once

#include <cstdint>

namespace wasmlinux {

class InterruptSink {
public:
  virtual ~InterruptSink() = default;

  /// Sets interrupt lines (MACHINE_IRQ_* of abi/machine.h) on vCPU 0 and makes it
  /// look at them soon. From any thread; not from a signal handler.
  virtual void raise(uint32_t lines) = 0;
};

}  // namespace wasmlinux
