// SPDX-License-Identifier: Apache-2.0
/// How a module is cut into pieces that are compiled one by one, several at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/module/module.h"

namespace wasmlinux {

struct Piece {
  bool support = false;             // the code beside the module's functions
  bool fast = false;                // needs the code generator of linear time
  std::vector<uint32_t> functions;  // to compile, in order
};

/// The same for a module whatever the host: the pieces decide on the layout of the
/// object. `all_fast`: no function needs to be fast code.
std::vector<Piece> plan_pieces(const Module &module, bool all_fast);

/// How hard a function is for a compiler whose time is not linear.
struct Shape {
  uint64_t instructions = 0;
  uint64_t blocks = 0;
  uint64_t locals = 0;
  uint64_t longest_block = 0;  // instructions
};
Shape shape_of(const Module &module, uint32_t function);
bool needs_fast(const Shape &shape);

}  // namespace wasmlinux
