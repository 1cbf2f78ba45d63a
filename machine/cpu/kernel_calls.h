// SPDX-License-Identifier: Apache-2.0
/// machine_* functions of abi/machine.h for the CPU, the MMU and programs. Those of
/// devices are in machine/devices/device_calls.h.
#pragma once

#include <span>

#include "machine/cpu/kernel_call.h"

namespace wasmlinux {

std::span<const KernelCall> cpu_calls();

}  // namespace wasmlinux
