// SPDX-License-Identifier: Apache-2.0
/// Random bytes of the host.
#pragma once

#include <cstddef>
#include <span>

namespace wasmlinux {

/// Fills the buffer. Throws std::system_error if the host has none to give.
void fill_random(std::span<std::byte> buffer);

}  // namespace wasmlinux
