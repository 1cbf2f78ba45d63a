// SPDX-License-Identifier: Apache-2.0
/// What user programs can import: module "linux" of abi/machine.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmlinux {

/// The native address, 0 if there is no such import of that type.
uint64_t resolve_user_import(std::string_view module, std::string_view name, uint64_t signature);

}  // namespace wasmlinux
