// SPDX-License-Identifier: Apache-2.0
/// For tests: wabt's interpreter, to know what is right.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wasmlinux {

/// The bits of a result, or none for a trap; all NaNs are one.
using Outcome = std::optional<uint64_t>;

/// Of a result of this type: a letter, i l f d for i32 i64 f32 f64.
Outcome canonical(uint64_t bits, char type);

class Interpreter {
public:
  /// A module that imports nothing and exports functions only, the first ones.
  explicit Interpreter(const std::vector<uint8_t> &bytes);
  ~Interpreter();

  Outcome call(const std::string &name, const std::string &params, char result,
               const std::vector<uint64_t> &arguments);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wasmlinux
