// SPDX-License-Identifier: Apache-2.0
/// Reads and validates a module's bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "machine/module/module.h"

namespace wasmlinux {

/// The module, or one line that says what is wrong with it. Everything in the
/// module is valid WebAssembly of the features clang 19 uses, and within the
/// limits of machine/module/limits.h.
tl::expected<Module, std::string> read_module(std::span<const uint8_t> bytes);

}  // namespace wasmlinux
