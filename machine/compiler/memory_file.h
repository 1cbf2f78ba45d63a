// SPDX-License-Identifier: Apache-2.0
/// A file without a name, shared with child processes.
#pragma once

#include <string>

#include "machine/compiler/codegen.h"

namespace wasmlinux {

class MemoryFile {
public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(MemoryFile &&other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  MemoryFile &operator=(MemoryFile &&) = delete;

  void write(const ObjectBytes &bytes);
  ObjectBytes read() const;
  /// A path by which this process can open it.
  std::string path() const;

private:
  int fd_;
};

}  // namespace wasmlinux
