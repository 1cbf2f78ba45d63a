// SPDX-License-Identifier: Apache-2.0
/// What the kernel calls of the devices: console, streams, registers, entropy, the
/// wall clock.
#pragma once

#include <span>

#include "machine/cpu/kernel_call.h"

namespace wasmlinux {

std::span<const KernelCall> device_calls();

}  // namespace wasmlinux
