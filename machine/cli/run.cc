// SPDX-License-Identifier: Apache-2.0
/// wasmlinux run: one program under an init of ours.
#include <fmt/format.h>
#include <unistd.h>

#include "machine/cli/commands.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/guest.h"
#include "machine/cli/machine_options.h"
#include "machine/cli/messages.h"
#include "machine/cli/session.h"

namespace wasmlinux::cli {
namespace {

/// A kernel that has lost its way is of no use to the one program: it says why, and
/// ends. Only errors are shown on the console until then.
constexpr const char *kCmdline = "panic=-1 oops=panic";
constexpr const char *kQuiet = " quiet";

/// The parser doesn't know what it leaves to us.
struct RunHelp : CLI::Formatter {
  std::string make_usage(const CLI::App *, std::string) const override {
    return "Usage: wasmlinux run [OPTIONS] PROGRAM [ARGUMENTS...]\n";
  }
};

struct RunFlags {
  MachineFlags machine;
  std::vector<std::string> environment, environment_files, files;
  std::string directory = "/root";
  CLI::App *parser = nullptr;

  int run() const;
};

int RunFlags::run() const {
  std::vector<std::string> words = parser->remaining();
  if (!words.empty() && words.front().starts_with('-'))
    throw Failure(kFailed, fmt::format("unknown option {}; see wasmlinux run --help", words.front()));
  if (words.empty())
    throw Failure(kFailed, "no program is given; see wasmlinux run --help");

  // All that can be wrong is looked at before anything is started.
  const Program program = find_program(words.front());
  const Installation installation = Installation::of_this_command();
  Machine::Options options = machine.options(installation);
  GuestRun guest;
  guest.terminal = machine.terminal();
  guest.error_is_stream = ::isatty(STDERR_FILENO) != 1;
  guest.directory = directory;
  if (!directory.starts_with('/'))
    throw Failure(kFailed, fmt::format("--workdir {}: give an absolute path in the guest", directory));
  guest.program = "/usr/local/bin/" + program.name();
  guest.arguments = words;
  guest.environment = Environment::of_guest(guest.terminal);
  for (const std::string &file : environment_files)
    guest.environment.add_file(file);
  for (const std::string &assignment : environment)
    guest.environment.add(assignment);
  std::vector<FileMapping> mappings;
  for (const std::string &file : files)
    mappings.push_back(FileMapping::parse(file));
  options.initrd = guest_files(installation.initramfs, mappings, program, guest);
  if (options.initrd.size() > options.ram_bytes / 2)
    throw Failure(kFailed,
                  fmt::format("the program and its files take {}M of memory; give the guest more with --ram",
                              (options.initrd.size() >> 20) + 1));

  Messages messages(machine.verbose);
  options.cmdline = kCmdline;
  if (!machine.verbose)
    options.cmdline += kQuiet;
  if (!machine.cmdline.empty())
    options.cmdline += " " + machine.cmdline;
  options.code.describe = [&](std::span<const uint8_t> module) {
    return std::equal(module.begin(), module.end(), program.bytes.begin(), program.bytes.end()) ? program.path
                                                                                                : "";
  };
  return run_session(std::move(options), {.terminal = guest.terminal}, messages);
}

}  // namespace

Command run_command(CLI::App &app) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App *run = app.add_subcommand("run", "run a program; its exit status is passed on");
  flags->parser = run;
  flags->machine.add_to(*run);
  run->add_option("--env", flags->environment, "a variable for the program; NAME alone: the host's value")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false);
  run->add_option("--env-file", flags->environment_files, "a file of such variables, one a line")
      ->type_name("FILE")
      ->allow_extra_args(false);
  run->add_option("--workdir", flags->directory, "the program's working directory, made if need be")
      ->type_name("DIR")
      ->capture_default_str();
  run->add_option("--file", flags->files, "bring in a copy of a file or directory")
      ->type_name("HOST:GUEST")
      ->allow_extra_args(false);
  run->prefix_command();  // options behind the program's name are its own
  run->formatter(std::make_shared<RunHelp>());
  run->footer(
      "PROGRAM is a WebAssembly module of the host, made with wasmlinux-cc: a path, or a name with or\n"
      "without .wasm, looked for here and in $PATH.\n"
      "Exit status: the program's; 128+N if signal N ended it; 127 if it is not found, 126 if it can't\n"
      "be executed; 125 if wasmlinux itself failed or the guest's kernel panicked.");
  return {run, [flags] { return flags->run(); }, kFailed};
}

}  // namespace wasmlinux::cli
