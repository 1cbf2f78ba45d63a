// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/plan.h"

#include <algorithm>

#include "machine/module/code_reader.h"

namespace wasmlinux {

Shape shape_of(const Module &module, uint32_t function) {
  CodeReader code(module, function);
  Shape shape;
  shape.locals = code.locals().size() + module.type_of(function).params.size();
  uint64_t run = 0;
  Instruction in;
  while (!code.at_end()) {
    code.next(in);
    shape.instructions++;
    run++;
    shape.longest_block = std::max(shape.longest_block, run);
    switch (in.op) {
      case Op::block:
      case Op::loop:
      case Op::if_:
      case Op::else_:
      case Op::end:
      case Op::br:
      case Op::br_if:
      case Op::br_table:
      case Op::return_:
      case Op::unreachable:
        shape.blocks += 1 + in.targets.size();
        run = 0;
        break;
      default:
        break;
    }
  }
  return shape;
}

// Where LLVM -O2 begins to take seconds for one function; docs/compiler.md has the
// measurements.
bool needs_fast(const Shape &shape) {
  return shape.longest_block > 12'000 || shape.instructions > 150'000 ||
         shape.blocks * shape.locals > 1'000'000;
}

std::vector<Piece> plan_pieces(const Module &module, bool all_fast) {
  uint64_t total = 0;
  for (const Function &f : module.functions)
    total += f.body_size;
  // Many pieces for many CPUs, but each costs a few milliseconds of its own.
  uint64_t target = std::clamp<uint64_t>(total / 16, 8 << 10, 96 << 10);

  std::vector<Piece> pieces(1);
  pieces[0].support = true;
  pieces[0].fast = all_fast;
  Piece open;
  uint64_t size = 0;
  auto close = [&] {
    open.fast |= all_fast;
    if (!open.functions.empty())
      pieces.push_back(std::move(open));
    open = {};
    size = 0;
  };
  for (uint32_t i = static_cast<uint32_t>(module.imports.size()); i < module.functions.size(); i++) {
    constexpr uint32_t kAlwaysHarmless = 8 << 10;
    uint32_t bytes = module.functions[i].body_size;
    if (bytes > kAlwaysHarmless && needs_fast(shape_of(module, i))) {
      close();
      open.fast = true;
      open.functions.push_back(i);
      close();
      continue;
    }
    open.functions.push_back(i);
    size += bytes;
    if (size >= target)
      close();
  }
  close();
  return pieces;
}

}  // namespace wasmlinux
