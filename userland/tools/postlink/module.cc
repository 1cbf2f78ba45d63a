// SPDX-License-Identifier: Apache-2.0
#include "module.h"

#include <cstring>

namespace postlink {
namespace {

void read_limits(Reader &in) {
  const bool has_maximum = in.byte() & 1;
  in.u32();
  if (has_maximum)
    in.u32();
}

}  // namespace

Module::Module(const Bytes &file) {
  Reader in(file);
  static constexpr uint8_t kMagic[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  if (file.size() < sizeof kMagic || std::memcmp(in.take(sizeof kMagic), kMagic, sizeof kMagic) != 0)
    throw Error("not a WebAssembly module");
  while (!in.done()) {
    const uint8_t id = in.byte();
    sections_.push_back({id, in.bytes(in.u32())});
  }
  read_types();
  read_imports();
  read_functions();
  read_names();
}

void Module::read_types() {
  Section *section = find(kTypes);
  if (!section)
    return;
  Reader in(section->payload);
  for (uint32_t count = in.u32(); count; count--) {
    if (in.byte() != 0x60)
      throw Error("a type is not a function's");
    Signature &signature = types_.emplace_back();
    signature.params = in.bytes(in.u32());
    signature.results = in.bytes(in.u32());
  }
}

void Module::read_imports() {
  Section *section = find(kImports);
  if (!section)
    return;
  Reader in(section->payload);
  for (uint32_t count = in.u32(); count; count--) {
    in.name();
    in.name();
    switch (in.byte()) {
      case 0:
        function_types_.push_back(in.u32());
        imported_functions_++;
        break;
      case 1:
        in.byte();
        read_limits(in);
        break;
      case 2:
        read_limits(in);
        break;
      case 3:
        in.take(2);
        imported_globals_++;
        break;
      default:
        throw Error("an import is of an unknown kind");
    }
  }
}

void Module::read_functions() {
  Section *section = find(kFunctions);
  if (!section)
    return;
  Reader in(section->payload);
  for (uint32_t count = in.u32(); count; count--)
    function_types_.push_back(in.u32());
}

void Module::read_names() {
  for (const Section &section : sections_) {
    if (section.id != kCustom)
      continue;
    Reader in(section.payload);
    if (in.name() != "name")
      continue;
    while (!in.done()) {
      const uint8_t kind = in.byte();
      Reader part = in.sub(in.u32());
      if (kind != 1)
        continue;
      for (uint32_t count = part.u32(); count; count--) {
        const uint32_t index = part.u32();
        names_[index] = part.name();
      }
    }
  }
}

}  // namespace postlink
