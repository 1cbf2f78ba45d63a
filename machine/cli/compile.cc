// SPDX-License-Identifier: Apache-2.0
/// wasmlinux compile: native code ahead of time.
#include "machine/code/compile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "machine/base/file.h"
#include "machine/cli/commands.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/installation.h"
#include "machine/cli/messages.h"
#include "machine/cli/program.h"
#include "machine/cpu/native_block.h"

namespace wasmlinux::cli {
namespace {

constexpr int kCompileFailed = 1;
constexpr unsigned kKernelSeconds = 3600;
constexpr unsigned kProgramSeconds = 300;
constexpr uint64_t kKernelMemory = uint64_t{16} << 30;
constexpr uint64_t kProgramMemory = uint64_t{4} << 30;

struct CompileFlags {
  std::string input, output, cache_directory, kind = "user";
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  bool strict = false;

  int run() const;

private:
  void write_output(const std::vector<uint8_t> &object) const;
};

/// Beside it and renamed: who uses an older one keeps it, and nobody sees half of it.
void CompileFlags::write_output(const std::vector<uint8_t> &object) const {
  const std::string temporary = output + ".new";
  UniqueFd out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!out || !write_all(out.get(), object) || ::rename(temporary.c_str(), output.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    throw Failure(kCompileFailed, fmt::format("{}: can't be written: {}", output, std::strerror(error)));
  }
}

int CompileFlags::run() const {
  auto module = read_host_file(input, kCompileFailed);
  if (std::string why = why_no_program(module); !why.empty())
    throw Failure(kCompileFailed, fmt::format("{} {}", input, why));
  const Installation installation = Installation::of_this_command();
  const bool kernel = kind == "kernel";

  Messages messages;
  CompileOrder order;
  order.worker = installation.worker;
  order.settings.worker_id = worker_id(installation.worker);
  order.settings.kind = kernel ? ImageKind::kernel : ImageKind::user;
  order.settings.memory = kernel ? MemoryBase::kernel : MemoryBase::gs;
  order.settings.fs_offset = native_fs_offset();
  order.settings.strict_signatures = strict;
  order.limits = kernel ? WorkerLimits{kKernelMemory, kKernelSeconds, 3 * kKernelSeconds, jobs}
                        : WorkerLimits{kProgramMemory, kProgramSeconds, 3 * kProgramSeconds, jobs};
  order.progress = [&](unsigned percent) {
    messages.progress(fmt::format("compiling {}... {}%", input, percent));
  };
  if (order.settings.worker_id.empty())
    throw Failure(kCompileFailed, "there is no compiler at " + installation.worker);

  auto log = [&](const std::string &line) { messages.say(line); };
  CodeCache own(CodeCache::default_directory(), {installation.code}, log);
  auto object = find_or_compile(module, order, own, [&](const std::string &line) {
    if (output.empty() && cache_directory.empty())  // nothing else would come of it
      throw Failure(kCompileFailed, line);
  });
  messages.progress({});
  if (!object)
    throw Failure(kCompileFailed, fmt::format("{}: {}", input, object.error().message));
  if (!output.empty())
    write_output(*object);
  if (!cache_directory.empty()) {
    CodeCache shared(cache_directory, {}, log, CodeCache::Access::shared);
    if (auto kept = shared.store(code_key(module, order.settings), *object); !kept)
      throw Failure(kCompileFailed, kept.error());
  }
  return 0;
}

}  // namespace

Command compile_command(CLI::App &app) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App *compile = app.add_subcommand("compile", "make native code of a module, into the cache or a file");
  compile->add_option("FILE", flags->input, "a WebAssembly module")->required()->type_name("");
  compile->add_option("-o,--output", flags->output, "write it to this file")->type_name("FILE");
  compile
      ->add_option("--cache-dir", flags->cache_directory,
                   "add it to this directory, to install with a product")
      ->type_name("DIR");
  compile->add_option("--kind", flags->kind, "what the module is")
      ->check(CLI::IsMember({"user", "kernel"}))
      ->capture_default_str();
  compile->add_option("--jobs", flags->jobs, "work on so many parts at a time")->check(CLI::Range(1U, 1024U));
  compile->add_flag("--strict-signatures", flags->strict, "an indirect call of another type is a trap");
  return {compile, [flags] { return flags->run(); }, kCompileFailed};
}

}  // namespace wasmlinux::cli
