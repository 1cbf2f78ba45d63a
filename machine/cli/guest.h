// SPDX-License-Identifier: Apache-2.0
/// What a guest finds when it starts: files, environment, the program to run.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "machine/cli/program.h"

namespace wasmlinux::cli {

/// Variables in order; a later one replaces an earlier one of the same name.
class Environment {
public:
  /// PATH, HOME and, for a terminal, TERM.
  static Environment of_guest(bool terminal);

  /// "K=V", or "K" for the host's value if it has one. Throws Failure.
  void add(const std::string &assignment);
  /// A file of such lines, with empty ones and # comments.
  void add_file(const std::string &path);

  const std::vector<std::pair<std::string, std::string>> &variables() const { return variables_; }

private:
  void set(const std::string &name, const std::string &value);
  std::vector<std::pair<std::string, std::string>> variables_;
};

/// What the first process is to do: see "What init runs" in docs/user-abi.md.
struct GuestRun {
  bool terminal = false;
  bool error_is_stream = false;  // terminal, but standard error goes elsewhere
  std::string directory;
  std::string program;  // in the guest
  Environment environment;
  std::vector<std::string> arguments;  // with the program's name

  /// As it stands in /etc/wasmlinux/run.
  std::string text() const;
};

/// "HOST:GUEST" of --file. Throws Failure.
struct FileMapping {
  std::string host, guest;
  static FileMapping parse(const std::string &text);
};

/// The initial file system: the product's, these files and directories, the program.
std::vector<std::byte> guest_files(const std::string &initramfs, const std::vector<FileMapping> &files,
                                   const Program &program, const GuestRun &run);

}  // namespace wasmlinux::cli
