// SPDX-License-Identifier: Apache-2.0
#include "postlink.h"

namespace postlink {
namespace {

struct DataSegment {
  uint32_t flags;  // 0: active, 1: passive
  Bytes offset;    // of an active one: constant expression with its end
  Bytes bytes;
};

struct Initialisation {
  std::map<uint32_t, uint32_t> address;  // of a passive segment
  std::map<uint32_t, uint32_t> globals;  // what the start function sets: __tls_base
};

// wasm-ld's start function: for each segment either constants and memory.init, or memory.fill for
// bss, and global.set of a constant, framed by an atomic flag that lets one thread do it.
Initialisation read_start_function(const Bytes &body) {
  Initialisation result;
  std::vector<uint32_t> constants;
  Reader in(body);
  for (uint32_t groups = in.u32(); groups; groups--)
    in.u32(), in.byte();
  while (!in.done()) {
    switch (const uint8_t opcode = in.byte()) {
      case kBlock:
        in.byte();
        break;
      case kEnd:
      case kDrop:
      case kNop:
        break;
      case kBr:
        in.u32();
        break;
      case kBrTable:
        for (uint32_t count = in.u32() + 1; count; count--)
          in.u32();
        break;
      case kCall:
        in.u32();
        break;
      case kI32Const:
        constants.push_back(static_cast<uint32_t>(in.s64()));
        continue;
      case kI64Const:
        in.s64();
        continue;
      case kGlobalSet:
        if (constants.empty())
          throw Error("the start function is not as wasm-ld makes it");
        result.globals[in.u32()] = constants.back();
        constants.pop_back();
        continue;
      case kBulk:
        switch (in.u32()) {
          case 8: {  // memory.init
            const uint32_t segment = in.u32();
            in.byte();
            if (constants.size() < 3 || constants[constants.size() - 2] != 0)
              throw Error("the start function is not as wasm-ld makes it");
            result.address[segment] = constants[constants.size() - 3];
            break;
          }
          case 9:
            in.u32();
            break;  // data.drop
          case 11:
            in.byte();
            break;  // memory.fill
          default:
            throw Error("the start function is not as wasm-ld makes it");
        }
        break;
      case kAtomic:
        in.u32();
        in.u32();
        in.u32();
        break;
      default:
        (void)opcode;
        throw Error("the start function is not as wasm-ld makes it");
    }
    constants.clear();
  }
  return result;
}

std::vector<DataSegment> read_data(const Section &section) {
  Reader in(section.payload);
  std::vector<DataSegment> segments(in.u32());
  for (DataSegment &segment : segments) {
    segment.flags = in.u32();
    if (segment.flags > 1)
      throw Error("a data segment is of an unknown kind");
    if (segment.flags == 0) {
      const uint8_t *start = in.at();
      in.byte();
      in.s64();
      if (in.byte() != kEnd)
        throw Error("a data segment's address is not a constant");
      segment.offset.assign(start, in.at());
    }
    segment.bytes = in.bytes(in.u32());
  }
  return segments;
}

void write_data(Section &section, const std::vector<DataSegment> &segments) {
  section.payload.clear();
  put_u32(section.payload, static_cast<uint32_t>(segments.size()));
  for (const DataSegment &segment : segments) {
    put_u32(section.payload, segment.flags);
    put(section.payload, segment.offset);
    put_u32(section.payload, static_cast<uint32_t>(segment.bytes.size()));
    put(section.payload, segment.bytes);
  }
}

// What is left of the start function: globals get their values. Its size stays as it is: debug
// information names places in the code by their offset.
void shrink_start_function(Bytes &body, const std::map<uint32_t, uint32_t> &globals) {
  Bytes code = {0};  // no locals
  for (const auto &[index, value] : globals) {
    code.push_back(kI32Const);
    put_s32(code, static_cast<int32_t>(value));
    code.push_back(kGlobalSet);
    put_u32(code, index);
  }
  code.resize(body.size() - 1, kNop);
  code.push_back(kEnd);
  body = std::move(code);
}

}  // namespace

void activate_data(Module &module) {
  Section *start = module.find(kStart);
  Section *data = module.find(kData);
  if (!start || !data)
    return;
  const uint32_t function = Reader(start->payload).u32();
  if (function < module.imported_functions())
    throw Error("the start function is an import");
  std::vector<Bytes> bodies = module.bodies();
  Bytes &body = bodies.at(function - module.imported_functions());
  const Initialisation initialisation = read_start_function(body);

  std::vector<DataSegment> segments = read_data(*data);
  for (uint32_t i = 0; i < segments.size(); i++) {
    if (segments[i].flags == 0)
      continue;
    const auto address = initialisation.address.find(i);
    if (address == initialisation.address.end())
      throw Error("a data segment is not initialised by the start function");
    segments[i].flags = 0;
    segments[i].offset = {kI32Const};
    put_s32(segments[i].offset, static_cast<int32_t>(address->second));
    segments[i].offset.push_back(kEnd);
  }
  write_data(*data, segments);
  shrink_start_function(body, initialisation.globals);
  module.set_bodies(bodies);
  if (initialisation.globals.empty())
    module.remove(kStart);
}

}  // namespace postlink
