// SPDX-License-Identifier: Apache-2.0
/// For tests: modules as text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wasmlinux {

/// The bytes of a module written as text, with its names. Throws std::runtime_error.
std::vector<uint8_t> wat(std::string_view text);

}  // namespace wasmlinux
