// SPDX-License-Identifier: Apache-2.0
/// Names of native code: what a module was, who compiled it, and how.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "machine/cpu/native_abi.h"

namespace wasmlinux {

/// SHA-256 of everything that native code depends on.
struct CodeKey {
  std::array<uint8_t, 32> bytes{};

  std::string hex() const;
  auto operator<=>(const CodeKey &) const = default;
};

/// How modules are compiled.
struct CompileSettings {
  std::string worker_id;  // see worker_id()
  ImageKind kind = ImageKind::user;
  MemoryBase memory = MemoryBase::gs;
  int32_t fs_offset = 0;
  bool strict_signatures = false;
};

CodeKey code_key(std::span<const uint8_t> module, const CompileSettings &settings);

/// What tells one build of the compile worker from another: its build id, or a
/// hash of it if it has none. Empty if it can't be read.
std::string worker_id(const std::string &path);

}  // namespace wasmlinux
