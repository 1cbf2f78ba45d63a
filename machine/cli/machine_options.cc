// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/machine_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"
#include "machine/cli/sizes.h"
#include "machine/code/cache.h"
#include "machine/cpu/native_block.h"

namespace wasmlinux::cli {

void MachineFlags::add_to(CLI::App &command) {
  command.add_option("--ram", ram, "the guest's memory")->type_name("SIZE")->capture_default_str();
  command.add_option("--cmdline", cmdline, "added to the kernel's command line")->type_name("TEXT");
  command
      .add_option("--kernel", kernel, "another kernel: native code made by `wasmlinux compile --kind kernel`")
      ->type_name("FILE");
  command.add_flag("--strace", strace, "show system calls; short for --trace=syscall");
  command.add_option("--trace", trace, "show what happens: syscall, mmu, irq, sched, code")
      ->type_name("WHAT,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  auto *with = command.add_flag("--tty", tty, "standard input and output are the guest's terminal");
  command.add_flag("--no-tty", no_tty, "standard input and output are byte streams")->excludes(with);
  command.add_flag("--verbose", verbose, "show the kernel's messages and more");
}

Machine::Options MachineFlags::options(const Installation &installation) const {
  Machine::Options options;
  options.ram_bytes = parse_ram(ram);
  options.kernel_image = kernel.empty() ? installation.kernel : kernel;
  if (!std::filesystem::exists(options.kernel_image))
    throw Failure(kFailed, kernel.empty() ? fmt::format("there is no kernel at {}; build or install it",
                                                        options.kernel_image)
                                          : fmt::format("--kernel {}: there is no such file", kernel));
  std::vector<std::string> names = trace;
  if (strace)
    names.emplace_back("syscall");
  auto parsed = Trace::parse(names);
  if (!parsed)
    throw Failure(kFailed, parsed.error());
  options.trace = *parsed;
  options.code.worker = installation.worker;
  options.code.read_only = {installation.code};
  options.code.cache = CodeCache::default_directory();
  options.code.fs_offset = native_fs_offset();
  return options;
}

bool MachineFlags::terminal() const {
  const bool is = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  if (tty && !is)
    throw Failure(kFailed, "--tty: standard input and output must be a terminal");
  return is && !no_tty;
}

}  // namespace wasmlinux::cli
