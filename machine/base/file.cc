// SPDX-License-Identifier: Apache-2.0
#include "machine/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

namespace wasmlinux {

bool write_all(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return true;
}

std::optional<std::vector<uint8_t>> read_whole(int fd) {
  struct stat st;
  if (::fstat(fd, &st) != 0)
    return std::nullopt;
  std::vector<uint8_t> bytes(static_cast<size_t>(st.st_size) + 1);  // one more sees the end at once
  size_t have = 0;
  for (;;) {
    if (have == bytes.size())
      bytes.resize(bytes.size() * 2);
    ssize_t n = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return std::nullopt;
    if (n == 0)
      break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

UniqueFd memory_file(const char *name, std::span<const uint8_t> bytes) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || !write_all(fd.get(), bytes) ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
      ::lseek(fd.get(), 0, SEEK_SET) != 0)
    return UniqueFd();
  return fd;
}

MappedFile::MappedFile(int fd) {
  struct stat st;
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
    return;
  auto size = static_cast<size_t>(st.st_size);
  void *start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (start != MAP_FAILED)
    bytes_ = {static_cast<const uint8_t *>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty())
    ::munmap(const_cast<uint8_t *>(bytes_.data()), bytes_.size());
}

}  // namespace wasmlinux
