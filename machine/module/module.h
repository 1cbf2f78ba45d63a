// SPDX-License-Identifier: Apache-2.0
/// A WebAssembly module that has been read and validated. What it says refers to
/// the bytes it was read from, which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wasmlinux {

/// Numbered as in signatures, see machine/cpu/native_abi.h.
enum class ValueType : uint8_t { i32 = 1, i64, f32, f64, v128, funcref, externref };

struct FunctionType {
  std::vector<ValueType> params;
  std::vector<ValueType> results;

  bool operator==(const FunctionType &) const = default;
};

/// The value of a constant expression.
struct Constant {
  enum class Kind : uint8_t { bits, null_reference, function } kind = Kind::bits;
  uint64_t value = 0;  // bits of a number; index of a function
};

struct ImportedFunction {
  std::string module, name;
};

struct Function {
  uint32_t type = 0;
  uint32_t body_offset = 0;  // in the module's bytes: local declarations and code
  uint32_t body_size = 0;    // 0: imported
  std::string name;          // from the name section
};

struct Limits {
  uint32_t min = 0;
  std::optional<uint32_t> max;
};

struct Global {
  ValueType type;
  bool is_mutable;
  Constant value;
  std::string name;
};

enum class ExternKind : uint8_t { function, table, memory, global };

struct Export {
  std::string name;
  ExternKind kind;
  uint32_t index;
};

enum class SegmentMode : uint8_t { active, passive, declared };

struct ElementSegment {
  SegmentMode mode = SegmentMode::active;
  uint32_t offset = 0;             // of an active one
  std::vector<Constant> elements;  // functions and null references
};

struct DataSegment {
  SegmentMode mode = SegmentMode::active;
  uint32_t address = 0;  // of an active one
  uint32_t file_offset = 0;
  uint32_t size = 0;
};

struct Module {
  std::span<const uint8_t> bytes;
  std::vector<FunctionType> types;
  std::vector<ImportedFunction> imports;  // the first functions
  std::vector<Function> functions;
  std::optional<Limits> memory;  // in pages of 64 KiB
  std::optional<Limits> table;
  std::vector<Global> globals;
  std::vector<Export> exports;
  std::optional<uint32_t> start;
  std::vector<ElementSegment> elements;
  std::vector<DataSegment> data;

  bool is_import(uint32_t function) const { return function < imports.size(); }
  const FunctionType &type_of(uint32_t function) const { return types[functions[function].type]; }
  std::span<const uint8_t> body(uint32_t function) const {
    return bytes.subspan(functions[function].body_offset, functions[function].body_size);
  }
  /// An export of this kind, or null.
  const Export *find_export(ExternKind kind, std::string_view name) const;
  /// The index of a global that is exported or, failing that, named like this.
  std::optional<uint32_t> find_global(std::string_view name) const;
};

}  // namespace wasmlinux
