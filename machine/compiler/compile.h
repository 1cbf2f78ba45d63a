// SPDX-License-Identifier: Apache-2.0
/// A module to a shared object of native code.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "machine/cpu/native_abi.h"
#include "machine/module/module.h"

namespace wasmlinux {

struct CompileOptions {
  ImageKind kind = ImageKind::user;
  MemoryBase memory = MemoryBase::gs;
  int32_t fs_offset = 0;           // of NativeBlock
  unsigned jobs = 1;               // processes at a time
  bool strict_signatures = false;  // an indirect call of another type traps
  bool fast = false;               // every function by the code generator of linear time
  /// Told what is odd but no error, from any process.
  std::function<void(const std::string &)> note;
  /// Told how many of the pieces are done, from the calling thread.
  std::function<void(unsigned done, unsigned pieces)> progress;
};

/// Why a module could not be compiled: one line, and whose fault it is.
class CompileError : public std::runtime_error {
public:
  enum class Kind { bad_module, limits, internal };
  CompileError(Kind kind, const std::string &message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

private:
  Kind kind_;
};

/// Writes the shared object to `output`, a file that is replaced when it is
/// complete. Throws CompileError. The same module and options give the same bytes,
/// whatever `jobs` is.
void compile_module(const Module &module, const CompileOptions &options, const std::string &output);

}  // namespace wasmlinux
