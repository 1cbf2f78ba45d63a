// SPDX-License-Identifier: Apache-2.0
#include "machine/module/code_reader.h"

#include <cstring>

#include "machine/module/limits.h"

namespace wasmlinux {

namespace {

ValueType value_type(uint8_t code) {
  switch (code) {
    case 0x7f:
      return ValueType::i32;
    case 0x7e:
      return ValueType::i64;
    case 0x7d:
      return ValueType::f32;
    case 0x7c:
      return ValueType::f64;
    case 0x7b:
      return ValueType::v128;
    case 0x70:
      return ValueType::funcref;
    case 0x6f:
      return ValueType::externref;
    default:
      throw BadCode("unknown value type");
  }
}

}  // namespace

CodeReader::CodeReader(const Module &module, uint32_t function) : module_(module) {
  std::span<const uint8_t> body = module.body(function);
  at_ = body.data();
  end_ = at_ + body.size();
  read_locals();
}

void CodeReader::read_locals() {
  for (uint32_t groups = u32(); groups > 0; groups--) {
    uint32_t count = u32();
    ValueType type = value_type(byte());
    if (count > limits::kLocals || locals_.size() + count > limits::kLocals)
      throw BadCode("too many locals");
    locals_.insert(locals_.end(), count, type);
  }
}

uint8_t CodeReader::byte() {
  if (at_ == end_)
    throw BadCode("function body ends within an instruction");
  return *at_++;
}

uint64_t CodeReader::unsigned_leb() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t b = byte();
    value |= uint64_t{b & 0x7fu} << shift;
    if (!(b & 0x80))
      return value;
  }
  throw BadCode("number is too long");
}

int64_t CodeReader::signed_leb() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    uint8_t b = byte();
    value |= uint64_t{b & 0x7fu} << shift;
    if (b & 0x80)
      continue;
    if (shift + 7 < 64 && (b & 0x40))
      value |= ~uint64_t{0} << (shift + 7);
    return static_cast<int64_t>(value);
  }
  throw BadCode("number is too long");
}

uint64_t CodeReader::fixed(unsigned bytes) {
  if (static_cast<size_t>(end_ - at_) < bytes)
    throw BadCode("function body ends within an instruction");
  uint64_t value = 0;
  std::memcpy(&value, at_, bytes);
  at_ += bytes;
  return value;
}

void CodeReader::next(Instruction &out) {
  uint8_t code = byte();
  out.op = static_cast<Op>(code);
  out.targets.clear();
  switch (out.op) {
    case Op::block:
    case Op::loop:
    case Op::if_:
      out.value = static_cast<uint64_t>(signed_leb());
      return;
    case Op::br:
    case Op::br_if:
    case Op::call:
    case Op::local_get:
    case Op::local_set:
    case Op::local_tee:
    case Op::global_get:
    case Op::global_set:
    case Op::table_get:
    case Op::table_set:
    case Op::ref_func:
      out.index = u32();
      return;
    case Op::br_table:
      for (uint32_t count = u32();; count--) {
        out.targets.push_back(u32());
        if (count == 0)
          return;
      }
    case Op::call_indirect:
      out.index = u32();
      out.index2 = u32();
      return;
    case Op::select_t:
      for (uint32_t count = u32(); count > 0; count--)
        out.index = static_cast<uint32_t>(value_type(byte()));
      return;
    case Op::ref_null:
      out.index = static_cast<uint32_t>(value_type(byte()));
      return;
    case Op::memory_size:
    case Op::memory_grow:
      out.index = u32();
      return;
    case Op::i32_const:
      out.value = static_cast<uint32_t>(signed_leb());
      return;
    case Op::i64_const:
      out.value = static_cast<uint64_t>(signed_leb());
      return;
    case Op::f32_const:
      out.value = fixed(4);
      return;
    case Op::f64_const:
      out.value = fixed(8);
      return;
    default:
      break;
  }
  if (out.op >= Op::i32_load && out.op <= Op::i64_store32) {
    out.index = u32();
    out.value = unsigned_leb();
  } else if (code >= 0xfc) {
    read_prefixed(code, out);
  }
}

void CodeReader::read_prefixed(uint8_t prefix, Instruction &out) {
  uint32_t code = u32();
  if (prefix == 0xfd)
    throw BadCode("it uses SIMD, which this machine does not have yet");
  if (code > 0xff || prefix == 0xff)
    throw BadCode("unknown instruction");
  out.op = static_cast<Op>(prefix << 8 | code);
  switch (out.op) {
    case Op::memory_init:
    case Op::memory_copy:
    case Op::table_init:
    case Op::table_copy:
      out.index = u32();
      out.index2 = u32();
      return;
    case Op::data_drop:
    case Op::memory_fill:
    case Op::elem_drop:
    case Op::table_grow:
    case Op::table_size:
    case Op::table_fill:
      out.index = u32();
      return;
    case Op::atomic_fence:
      byte();
      return;
    default:
      if (prefix == 0xfe) {
        out.index = u32();
        out.value = unsigned_leb();
      }
  }
}

BlockType block_type(const Module &module, const Instruction &instruction) {
  auto code = static_cast<int64_t>(instruction.value);
  if (code >= 0) {
    if (static_cast<uint64_t>(code) >= module.types.size())
      throw BadCode("unknown type of a block");
    const FunctionType &type = module.types[static_cast<size_t>(code)];
    return {type.params, type.results};
  }
  if (code == -0x40)
    return {};
  return {{}, {value_type(static_cast<uint8_t>(code & 0x7f))}};
}

}  // namespace wasmlinux
