// SPDX-License-Identifier: Apache-2.0
/// What `run` and `boot` have in common: the options that describe a machine.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "machine/cli/installation.h"
#include "machine/cpu/machine.h"

namespace wasmlinux::cli {

struct MachineFlags {
  std::string ram = "256M";
  std::string cmdline;
  std::string kernel;
  std::vector<std::string> trace;
  bool strace = false;
  bool tty = false, no_tty = false;
  bool verbose = false;

  void add_to(CLI::App &command);

  /// Throws Failure if something is out of range or not there.
  Machine::Options options(const Installation &installation) const;
  /// What --tty, --no-tty or else the files themselves say. Throws Failure.
  bool terminal() const;
};

}  // namespace wasmlinux::cli
