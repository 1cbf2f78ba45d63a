// SPDX-License-Identifier: Apache-2.0
/// The file of the host that is to be run in the guest.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wasmlinux::cli {

struct Program {
  std::string path;  // on the host
  std::vector<uint8_t> bytes;

  /// The name it gets in the guest, without a directory.
  std::string name() const;
};

/// Finds and reads a program: a path if there is a '/' in it, else NAME or NAME.wasm
/// in the current directory or in $PATH. Throws Failure with the status that shells
/// use if there is none, or if it can't be a program.
Program find_program(const std::string &name);

/// Why these bytes are no program, with advice; empty if they look like one.
std::string why_no_program(std::span<const uint8_t> bytes);

/// A whole file of the host. Throws Failure(status) if that can't be read.
std::vector<uint8_t> read_host_file(const std::string &path, int status);

}  // namespace wasmlinux::cli
