// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/facts.h"

#include <algorithm>

#include "machine/compiler/signature.h"
#include "machine/module/code_reader.h"

namespace wasmlinux {

namespace {

[[noreturn]] void refuse(const std::string &message) {
  throw CompileError(CompileError::Kind::bad_module, message);
}

uint32_t stack_pointer_offset(ImageKind kind) {
  return kind == ImageKind::user ? offsetof(NativeBlock, user_sp) : offsetof(NativeBlock, kernel_sp);
}

uint32_t tls_offset(ImageKind kind) {
  return kind == ImageKind::user ? offsetof(NativeBlock, user_tls) : offsetof(NativeBlock, kernel_tls);
}

void place_globals(const Module &module, const CompileOptions &options, Facts &facts) {
  facts.stack_pointer = module.find_global("__stack_pointer");
  facts.tls_base = module.find_global("__tls_base");
  for (uint32_t i = 0; i < module.globals.size(); i++) {
    const Global &global = module.globals[i];
    bool is_register = global.is_mutable && global.type == ValueType::i32;
    GlobalPlace place{GlobalPlace::Kind::constant, 0};
    if (is_register && facts.stack_pointer == i)
      place = {GlobalPlace::Kind::block, stack_pointer_offset(options.kind)};
    else if (is_register && facts.tls_base == i)
      place = {GlobalPlace::Kind::block, tls_offset(options.kind)};
    else if (global.is_mutable)
      place = {GlobalPlace::Kind::state, facts.state_globals++};
    facts.globals.push_back(place);
  }
  if (facts.state_globals > kStateGlobalsMax)
    refuse("it has " + std::to_string(facts.state_globals) + " mutable globals, at most " +
           std::to_string(kStateGlobalsMax) + " are possible");
}

void find_address_taken(const Module &module, Facts &facts) {
  facts.address_taken.resize(module.functions.size());
  auto take = [&](const Constant &c) {
    if (c.kind == Constant::Kind::function)
      facts.address_taken[c.value] = true;
  };
  for (const ElementSegment &segment : module.elements)
    std::for_each(segment.elements.begin(), segment.elements.end(), take);
  for (const Global &global : module.globals)
    take(global.value);
  for (const Export &e : module.exports)
    if (e.kind == ExternKind::function)
      facts.address_taken[e.index] = true;
}

void place_segments(const Module &module, Facts &facts) {
  if (module.data.size() + module.elements.size() > kStateFlagsMax)
    refuse("it has more than " + std::to_string(kStateFlagsMax) + " segments");
  uint64_t data = 0;
  for (const DataSegment &segment : module.data) {
    bool kept = segment.mode == SegmentMode::passive;
    facts.data_offset.push_back(kept ? std::optional(static_cast<uint32_t>(data)) : std::nullopt);
    if (kept)
      data += segment.size;
  }
  facts.data_size = static_cast<uint32_t>(data);
  for (const ElementSegment &segment : module.elements) {
    facts.refs_offset.push_back(facts.refs_size);
    if (segment.mode == SegmentMode::passive)
      facts.refs_size += static_cast<uint32_t>(segment.elements.size());
  }
}

const FunctionType &syscall_type() {
  static const FunctionType type{std::vector<ValueType>(7, ValueType::i32), {ValueType::i32}};
  return type;
}

}  // namespace

Facts find_facts(const Module &module, const CompileOptions &options) {
  Facts facts;
  place_globals(module, options, facts);
  find_address_taken(module, facts);
  place_segments(module, facts);
  for (uint32_t i = 0; i < module.imports.size(); i++)
    if (module.imports[i].module == "linux" && module.imports[i].name == "syscall" &&
        module.type_of(i) == syscall_type())
      facts.syscall = i;
  return facts;
}

uint32_t data_flag(uint32_t segment) { return kStateFlags + segment; }

uint32_t element_flag(const Module &module, uint32_t segment) {
  return kStateFlags + static_cast<uint32_t>(module.data.size()) + segment;
}

uint32_t data_start(const Module &module) {
  uint32_t lowest = ~0u;
  for (const DataSegment &segment : module.data)
    if (segment.mode == SegmentMode::active && segment.size)
      lowest = std::min(lowest, segment.address);
  if (module.start && !module.is_import(*module.start)) {
    // wasm-ld's start function copies passive segments with constant operands.
    CodeReader code(module, *module.start);
    Instruction in;
    uint32_t constants[3] = {~0u, ~0u, ~0u};
    while (!code.at_end()) {
      code.next(in);
      if (in.op == Op::memory_init && constants[0] != ~0u)
        lowest = std::min(lowest, constants[0]);
      constants[0] = constants[1];
      constants[1] = constants[2];
      constants[2] = in.op == Op::i32_const ? static_cast<uint32_t>(in.value) : ~0u;
    }
  }
  return lowest == ~0u ? 0 : lowest;
}

}  // namespace wasmlinux
