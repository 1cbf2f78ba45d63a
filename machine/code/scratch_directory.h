// SPDX-License-Identifier: Apache-2.0
/// A private directory for the files of one compile job.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "machine/base/unique_fd.h"

namespace wasmlinux {

/// Removed with everything in it when the object goes. Its owner holds a lock on
/// it, so what a killed process left behind is known by its missing lock: the next
/// one to make a directory removes it.
class ScratchDirectory {
public:
  /// In the first of `places` that will have it. The error says what the host said.
  static tl::expected<ScratchDirectory, std::string> make(const std::vector<std::string> &places);
  /// Memory first, then the disk: what is written here is read once and thrown away.
  static std::vector<std::string> default_places();

  ScratchDirectory(ScratchDirectory &&) = default;
  ScratchDirectory &operator=(ScratchDirectory &&) = delete;
  ~ScratchDirectory();

  const std::string &path() const { return path_; }

private:
  ScratchDirectory(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd lock_;
};

}  // namespace wasmlinux
