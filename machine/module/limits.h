// SPDX-License-Identifier: Apache-2.0
/// How large the parts of a module may be. Those without a reason of ours are the
/// limits that browsers agreed on (WebAssembly JavaScript interface, "Limits").
#pragma once

#include <cstdint>

namespace wasmlinux::limits {

inline constexpr uint32_t kModuleSize = 1u << 30;
inline constexpr uint32_t kTypes = 1'000'000;
inline constexpr uint32_t kFunctions = 1'000'000;
inline constexpr uint32_t kExports = 1'000'000;
inline constexpr uint32_t kGlobals = 1'000'000;
inline constexpr uint32_t kDataSegments = 100'000;
inline constexpr uint32_t kElementSegments = 100'000;
inline constexpr uint32_t kElements = 10'000'000;
inline constexpr uint32_t kFunctionSize = 7'654'321;
inline constexpr uint32_t kLocals = 50'000;
inline constexpr uint32_t kParams = 1'000;
inline constexpr uint32_t kNesting = 20'000;  // blocks in blocks
// CallScratch::kSlots of machine/cpu/native_abi.h, two slots a vector.
inline constexpr uint32_t kResults = 64;

}  // namespace wasmlinux::limits
