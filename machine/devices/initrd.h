// SPDX-License-Identifier: Apache-2.0
/// The initial file system: cpio archives in the "newc" format, one behind the
/// other, as Linux unpacks them (Documentation/driver-api/early-userspace/
/// buffer-format.rst). Later ones add to earlier ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wasmlinux {

/// Makes an archive. Paths are those of the guest, with or without a leading slash;
/// directories above them are added where nothing has added them before. All
/// functions throw std::invalid_argument with a line for the user if the format or
/// Linux can't take what they are given.
class Initrd {
public:
  /// A finished archive, perhaps compressed, to begin with.
  void archive(std::span<const std::byte> bytes);

  void directory(std::string_view path, uint32_t mode = 0755);
  void file(std::string_view path, uint32_t mode, std::span<const std::byte> bytes);
  void file(std::string_view path, uint32_t mode, std::string_view text) {
    file(path, mode, std::as_bytes(std::span(text)));
  }
  void symlink(std::string_view path, std::string_view target);

  /// What has been added, complete. Nothing can be added afterwards.
  std::vector<std::byte> finish() &&;

private:
  std::string clean(std::string_view path) const;
  void parents(const std::string &path);
  void entry(const std::string &name, uint32_t mode, std::span<const std::byte> bytes);
  void note_directories(std::span<const std::byte> archive);
  void align();

  std::vector<std::byte> bytes_;
  std::set<std::string, std::less<>> directories_;
  uint32_t next_inode_ = 1;
};

}  // namespace wasmlinux
