// SPDX-License-Identifier: Apache-2.0
/// The data of a code image: CodeImage with everything it refers to, the module's
/// word of state, the bytes of its segments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/compiler/codegen.h"

namespace wasmlinux {

/// A function of the objects, in the order of their link.
struct NativeFunction {
  std::string symbol;
  uint32_t size;
};

/// The functions that an object defines, by their addresses.
std::vector<NativeFunction> functions_of(const ObjectBytes &object);

/// The object that goes with those of the pieces.
ObjectBytes make_image(const Module &module, const Facts &facts, const CompileOptions &options,
                       const std::vector<NativeFunction> &functions);

}  // namespace wasmlinux
