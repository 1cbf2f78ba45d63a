// SPDX-License-Identifier: Apache-2.0
/// wasmlinux boot: a kernel and an initial file system as they are, for those who
/// work on them.
#include "machine/cli/commands.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/machine_options.h"
#include "machine/cli/messages.h"
#include "machine/cli/program.h"
#include "machine/cli/session.h"

namespace wasmlinux::cli {
namespace {

struct BootFlags {
  MachineFlags machine;
  std::string initrd;

  int run() const {
    const Installation installation = Installation::of_this_command();
    Machine::Options options = machine.options(installation);
    options.cmdline = machine.cmdline;
    const bool terminal = machine.terminal();
    if (!initrd.empty()) {
      const auto file = read_host_file(initrd, kFailed);
      const auto bytes = std::as_bytes(std::span(file));
      options.initrd.assign(bytes.begin(), bytes.end());
    }
    Messages messages(machine.verbose);
    return run_session(std::move(options), {.terminal = terminal, .show_console = true}, messages);
  }
};

}  // namespace

Command boot_command(CLI::App &app) {
  auto flags = std::make_shared<BootFlags>();
  CLI::App *boot = app.add_subcommand("boot", "boot a kernel, with its messages on standard output");
  flags->machine.add_to(*boot);
  boot->add_option("--initrd", flags->initrd, "initial file system, a cpio archive")->type_name("FILE");
  boot->footer(
      "Exit status: what the guest gave at power off; 125 if its kernel panicked or wasmlinux failed.");
  return {boot, [flags] { return flags->run(); }, kFailed};
}

}  // namespace wasmlinux::cli
