// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/memory_file.h"

#include <cerrno>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wasmlinux {

namespace {

[[noreturn]] void fail() {
  throw CompileError(CompileError::Kind::limits,
                     std::string("no room for an object: ") + std::strerror(errno));
}

}  // namespace

MemoryFile::MemoryFile() : fd_(memfd_create("wasmlinux-object", MFD_CLOEXEC)) {
  if (fd_ < 0)
    fail();
}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0)
    close(fd_);
}

void MemoryFile::write(const ObjectBytes &bytes) {
  for (size_t at = 0; at < bytes.size();) {
    ssize_t written = pwrite(fd_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (written < 0)
      fail();
    at += static_cast<size_t>(written);
  }
}

ObjectBytes MemoryFile::read() const {
  struct stat status;
  if (fstat(fd_, &status) != 0)
    fail();
  ObjectBytes bytes;
  bytes.resize(static_cast<size_t>(status.st_size));
  for (size_t at = 0; at < bytes.size();) {
    ssize_t got = pread(fd_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (got <= 0)
      fail();
    at += static_cast<size_t>(got);
  }
  return bytes;
}

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

}  // namespace wasmlinux
