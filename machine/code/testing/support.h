// SPDX-License-Identifier: Apache-2.0
/// What the tests of this folder share.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "machine/base/unique_fd.h"

namespace wasmlinux::testing {

inline constexpr int32_t kImageFsOffset = 4242;  // as in image.S

/// A directory of the test's own.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    std::string name = ::testing::TempDir() + "wl-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;

  std::string operator/(const std::string &name) const { return path_ + "/" + name; }
  const std::string &path() const { return path_; }

private:
  std::string path_;
};

inline std::vector<uint8_t> contents(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<uint8_t> bytes_of(const std::string &text) { return {text.begin(), text.end()}; }

inline UniqueFd open_to_read(const std::string &path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// The code image of image.S, as bytes.
inline std::vector<uint8_t> image_bytes() { return contents(WL_TEST_IMAGE); }

inline size_t count_entries(const std::string &directory) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

}  // namespace wasmlinux::testing
