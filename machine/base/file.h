// SPDX-License-Identifier: Apache-2.0
/// Whole files in and out, without surprises: interrupted and short transfers are
/// carried on. Functions that fail leave the reason in errno.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/base/unique_fd.h"

namespace wasmlinux {

bool write_all(int fd, std::span<const uint8_t> bytes);
inline bool write_all(int fd, const std::string &text) {
  return write_all(fd, {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

/// What the file holds from its beginning; its position stays.
std::optional<std::vector<uint8_t>> read_whole(int fd);

/// An anonymous file in memory with these bytes, read-only from now on.
UniqueFd memory_file(const char *name, std::span<const uint8_t> bytes);

/// A file mapped for reading. Empty files and failures are an empty span.
class MappedFile {
public:
  MappedFile() = default;
  explicit MappedFile(int fd);
  MappedFile(MappedFile &&other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile &operator=(MappedFile &&other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return bytes_; }

private:
  std::span<const uint8_t> bytes_;
};

}  // namespace wasmlinux
