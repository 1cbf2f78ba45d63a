// SPDX-License-Identifier: Apache-2.0
/// The subcommands. Each is a source file of that name with one function that tells
/// the parser about it; what that returns runs it, if it is the one that was given.
#pragma once

#include <functional>
#include <memory>

#include <CLI/CLI.hpp>

namespace wasmlinux::cli {

struct Command {
  CLI::App *parser;
  std::function<int()> run;  // the exit status; throws Failure
  int usage_status;          // for a command line that can't be understood
};

Command run_command(CLI::App &app);
Command boot_command(CLI::App &app);
Command compile_command(CLI::App &app);
Command cache_command(CLI::App &app);

}  // namespace wasmlinux::cli
