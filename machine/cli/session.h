// SPDX-License-Identifier: Apache-2.0
/// One machine from power on to halt, in the hands of a terminal and its user.
#pragma once

#include <string>

#include "machine/cli/messages.h"
#include "machine/cpu/machine.h"

namespace wasmlinux::cli {

struct SessionOptions {
  bool terminal = false;      // standard input and output become the guest's terminal
  bool show_console = false;  // the kernel's messages go to standard output as they come
};

/// Runs it and returns the command's exit status. Streams, console, log and progress
/// of `options` are filled in here. Throws Failure if the machine can't be made.
int run_session(Machine::Options options, const SessionOptions &session, Messages &messages);

}  // namespace wasmlinux::cli
