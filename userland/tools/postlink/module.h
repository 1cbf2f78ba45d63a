// SPDX-License-Identifier: Apache-2.0
/// A WebAssembly module as far as the last pass of linking needs it: sections as bytes, types of
/// functions, names, and a reader and writers for the binary format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postlink {

using Bytes = std::vector<uint8_t>;

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum SectionId : uint8_t {
  kCustom = 0,
  kTypes = 1,
  kImports = 2,
  kFunctions = 3,
  kGlobals = 6,
  kExports = 7,
  kStart = 8,
  kCode = 10,
  kData = 11,
};

enum Opcode : uint8_t {
  kUnreachable = 0x00,
  kNop = 0x01,
  kBlock = 0x02,
  kEnd = 0x0b,
  kBr = 0x0c,
  kBrTable = 0x0e,
  kCall = 0x10,
  kDrop = 0x1a,
  kLocalGet = 0x20,
  kGlobalSet = 0x24,
  kI32Const = 0x41,
  kI64Const = 0x42,
  kF32Const = 0x43,
  kF64Const = 0x44,
  kI32WrapI64 = 0xa7,
  kI64ExtendI32U = 0xad,
  kI32ReinterpretF32 = 0xbc,
  kI64ReinterpretF64 = 0xbd,
  kF32ReinterpretI32 = 0xbe,
  kF64ReinterpretI64 = 0xbf,
  kBulk = 0xfc,
  kAtomic = 0xfe,
};

enum ValueType : uint8_t { kI32 = 0x7f, kI64 = 0x7e, kF32 = 0x7d, kF64 = 0x7c };

constexpr uint8_t kFunctionKind = 0;

// ---- Reading and writing ----------------------------------------------------------------

class Reader {
public:
  Reader(const uint8_t *begin, const uint8_t *end) : at_(begin), end_(end) {}
  explicit Reader(const Bytes &bytes) : Reader(bytes.data(), bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }
  const uint8_t *at() const { return at_; }

  uint8_t byte() { return *take(1); }
  uint32_t u32() { return static_cast<uint32_t>(leb(false)); }
  int64_t s64() { return static_cast<int64_t>(leb(true)); }
  std::string name() {
    const uint32_t size = u32();
    return {reinterpret_cast<const char *>(take(size)), size};
  }
  Bytes bytes(uint32_t size) {
    const uint8_t *start = take(size);
    return {start, start + size};
  }
  Reader sub(uint32_t size) {
    const uint8_t *start = take(size);
    return {start, start + size};
  }
  const uint8_t *take(size_t size) {
    if (size > static_cast<size_t>(end_ - at_))
      throw Error("the module is truncated");
    const uint8_t *start = at_;
    at_ += size;
    return start;
  }

private:
  uint64_t leb(bool is_signed) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t part = byte();
      value |= uint64_t{part & 0x7fu} << shift;
      if (part & 0x80)
        continue;
      if (is_signed && (part & 0x40) && shift + 7 < 64)
        value |= ~uint64_t{0} << (shift + 7);
      return value;
    }
    throw Error("a number is too long");
  }

  const uint8_t *at_;
  const uint8_t *end_;
};

inline void put_u32(Bytes &out, uint32_t value) {
  do {
    const uint8_t part = value & 0x7f;
    value >>= 7;
    out.push_back(value ? part | 0x80 : part);
  } while (value);
}

inline void put_s32(Bytes &out, int32_t value) {
  for (;;) {
    const uint8_t part = value & 0x7f;
    value >>= 7;
    const bool last = (value == 0 && !(part & 0x40)) || (value == -1 && (part & 0x40));
    out.push_back(last ? part : part | 0x80);
    if (last)
      return;
  }
}

inline void put(Bytes &out, const Bytes &bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

inline void put_name(Bytes &out, std::string_view name) {
  put_u32(out, static_cast<uint32_t>(name.size()));
  out.insert(out.end(), name.begin(), name.end());
}

// ---- A module, as far as it matters here ---------------------------------------------------

struct Section {
  uint8_t id;
  Bytes payload;
};

struct Signature {
  Bytes params, results;
};

class Module {
public:
  explicit Module(const Bytes &file);

  Bytes file() const {
    Bytes out = {0, 'a', 's', 'm', 1, 0, 0, 0};
    for (const Section &section : sections_) {
      out.push_back(section.id);
      put_u32(out, static_cast<uint32_t>(section.payload.size()));
      put(out, section.payload);
    }
    return out;
  }

  Section *find(uint8_t id) {
    for (Section &section : sections_)
      if (section.id == id)
        return &section;
    return nullptr;
  }
  Section &get(uint8_t id, const char *what) {
    if (Section *section = find(id))
      return *section;
    throw Error(std::string("the module has no ") + what);
  }
  void remove(uint8_t id) {
    std::erase_if(sections_, [id](const Section &section) { return section.id == id; });
  }

  const Signature &signature(uint32_t function) const { return types_.at(function_types_.at(function)); }
  uint32_t imported_functions() const { return imported_functions_; }
  uint32_t imported_globals() const { return imported_globals_; }
  const std::map<uint32_t, std::string> &function_names() const { return names_; }

  std::vector<Bytes> bodies() {
    Section &code = get(kCode, "code");
    Reader in(code.payload);
    std::vector<Bytes> bodies(in.u32());
    for (Bytes &body : bodies)
      body = in.bytes(in.u32());
    return bodies;
  }
  void set_bodies(const std::vector<Bytes> &bodies) {
    Bytes payload;
    put_u32(payload, static_cast<uint32_t>(bodies.size()));
    for (const Bytes &body : bodies) {
      put_u32(payload, static_cast<uint32_t>(body.size()));
      put(payload, body);
    }
    get(kCode, "code").payload = std::move(payload);
  }

private:
  void read_types();
  void read_imports();
  void read_functions();
  void read_names();

  std::vector<Section> sections_;
  std::vector<Signature> types_;
  std::vector<uint32_t> function_types_;
  std::map<uint32_t, std::string> names_;
  uint32_t imported_functions_ = 0;
  uint32_t imported_globals_ = 0;
};

}  // namespace postlink
