// SPDX-License-Identifier: Apache-2.0
/// The 64-bit signatures of function types, as machine/cpu/native_abi.h defines them.
#pragma once

#include <cstdint>

#include "machine/module/module.h"

namespace wasmlinux {

uint64_t signature_of(const FunctionType &type);

}  // namespace wasmlinux
