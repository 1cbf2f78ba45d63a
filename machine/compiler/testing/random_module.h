// SPDX-License-Identifier: Apache-2.0
/// For tests: valid modules of random code, whose results depend on nothing that
/// WebAssembly leaves open (the bits of a NaN).
#pragma once

#include <cstdint>
#include <string>

namespace wasmlinux {

/// The text of a module that exports run(i32, i64, f32, f64) -> i64: what functions
/// that call each other make of the arguments, memory and globals. It ends always,
/// perhaps in a trap.
std::string random_module(uint64_t seed);

}  // namespace wasmlinux
