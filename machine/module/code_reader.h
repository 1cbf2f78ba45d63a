// SPDX-License-Identifier: Apache-2.0
/// The instructions of a validated function body, one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "machine/module/module.h"
#include "machine/module/opcode.h"

namespace wasmlinux {

/// A body that ends or encodes something unexpectedly. Can't happen after
/// validation, unless reader and validator disagree.
class BadCode : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct BlockType {
  std::vector<ValueType> params, results;
};

struct Instruction {
  Op op;
  // Indices as the instruction has them: of a local, global, function, segment, a
  // label's depth; a type (and table); a memory access' alignment; a value type.
  uint32_t index = 0;
  uint32_t index2 = 0;
  uint64_t value = 0;             // a constant's bits; a memory access' offset
  std::vector<uint32_t> targets;  // of br_table, the default last
};

class CodeReader {
public:
  CodeReader(const Module &module, uint32_t function);

  /// Types of the locals behind the parameters.
  const std::vector<ValueType> &locals() const { return locals_; }

  bool at_end() const { return at_ == end_; }
  /// Offset of the next instruction in the module's bytes.
  uint32_t offset() const { return static_cast<uint32_t>(at_ - module_.bytes.data()); }
  /// Reads the next instruction into `out`, whose memory is reused.
  void next(Instruction &out);

private:
  uint8_t byte();
  uint64_t unsigned_leb();
  int64_t signed_leb();
  uint64_t fixed(unsigned bytes);
  uint32_t u32() { return static_cast<uint32_t>(unsigned_leb()); }
  void read_locals();
  void read_prefixed(uint8_t prefix, Instruction &out);

  const Module &module_;
  const uint8_t *at_, *end_;
  std::vector<ValueType> locals_;
};

/// The type of a block, loop or if.
BlockType block_type(const Module &module, const Instruction &instruction);

}  // namespace wasmlinux
