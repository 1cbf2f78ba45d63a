// SPDX-License-Identifier: Apache-2.0
/// The program that compiles: one module, one shared object, one process (and its
/// children). Started by the machine with limits on memory and time.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "machine/compiler/codegen.h"
#include "machine/compiler/compile.h"
#include "machine/module/module_reader.h"

namespace wasmlinux {
namespace {

constexpr const char *kUsage =
    "Usage: compile-worker --kind=user|kernel --memory=gs|kernel --fs-offset=N\n"
    "                      [--jobs=N] [--strict-signatures] [--fast] [--progress] [--verbose]\n"
    "                      INPUT.wasm -o OUTPUT.so\n"
    "Exit status: 0, 64 wrong usage, 65 bad module, 70 internal error, 75 out of memory, time or limits.\n";

struct Arguments {
  std::string input, output;
  CompileOptions options;
  bool verbose = false;
};

struct Usage {
  std::string problem;
};

long number(std::string_view text) {
  std::string copy(text);
  char *end;
  errno = 0;
  long value = std::strtol(copy.c_str(), &end, 0);
  if (copy.empty() || *end || errno)
    throw Usage{"not a number: " + copy};
  return value;
}

// The value of --name=value, if that is what the argument is.
std::optional<std::string_view> value_of(std::string_view argument, std::string_view name) {
  if (!argument.starts_with(name) || argument.size() == name.size() || argument[name.size()] != '=')
    return std::nullopt;
  return argument.substr(name.size() + 1);
}

template <typename T>
T choose(std::string_view value, std::string_view first, T one, std::string_view second, T two) {
  if (value == first)
    return one;
  if (value == second)
    return two;
  throw Usage{"neither " + std::string(first) + " nor " + std::string(second) + ": " + std::string(value)};
}

void print_progress(unsigned done, unsigned pieces) {
  std::fprintf(stderr, "progress %u %u\n", done, pieces);
}

Arguments parse(int argc, char **argv) {
  Arguments result;
  CompileOptions &options = result.options;
  bool has_kind = false, has_memory = false, has_offset = false;
  for (int i = 1; i < argc; i++) {
    std::string_view argument = argv[i];
    if (auto kind = value_of(argument, "--kind")) {
      options.kind = choose(*kind, "user", ImageKind::user, "kernel", ImageKind::kernel);
      has_kind = true;
    } else if (auto memory = value_of(argument, "--memory")) {
      options.memory = choose(*memory, "gs", MemoryBase::gs, "kernel", MemoryBase::kernel);
      has_memory = true;
    } else if (auto offset = value_of(argument, "--fs-offset")) {
      options.fs_offset = static_cast<int32_t>(number(*offset));
      has_offset = true;
    } else if (auto jobs = value_of(argument, "--jobs")) {
      long n = number(*jobs);
      if (n < 1 || n > 1024)
        throw Usage{"--jobs is a number from 1 to 1024"};
      options.jobs = static_cast<unsigned>(n);
    } else if (argument == "--strict-signatures") {
      options.strict_signatures = true;
    } else if (argument == "--fast") {
      options.fast = true;
    } else if (argument == "--progress") {
      options.progress = print_progress;
    } else if (argument == "--verbose") {
      result.verbose = true;
      options.note = [](const std::string &text) {
        std::fprintf(stderr, "compile-worker: %s\n", text.c_str());
      };
    } else if (argument == "-o" && i + 1 < argc) {
      result.output = argv[++i];
    } else if (argument.starts_with("-")) {
      throw Usage{"unknown option " + std::string(argument)};
    } else if (result.input.empty()) {
      result.input = argument;
    } else {
      throw Usage{"more than one input"};
    }
  }
  if (!has_kind || !has_memory || !has_offset || result.input.empty() || result.output.empty())
    throw Usage{"an option or file is missing"};
  return result;
}

std::vector<uint8_t> read_file(const std::string &path) {
  struct Descriptor {
    int fd;
    ~Descriptor() {
      if (fd >= 0)
        close(fd);
    }
  } file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0)
    throw CompileError(CompileError::Kind::bad_module, "can't open " + path + ": " + std::strerror(errno));
  std::vector<uint8_t> bytes;
  size_t size = 0;
  for (;;) {
    bytes.resize(size + (1 << 20));
    ssize_t got = read(file.fd, bytes.data() + size, 1 << 20);
    if (got < 0)
      throw CompileError(CompileError::Kind::bad_module, "can't read " + path + ": " + std::strerror(errno));
    size += static_cast<size_t>(got);
    if (got == 0)
      break;
  }
  bytes.resize(size);
  return bytes;
}

// LLVM recurses deeply in large functions.
void raise_stack_limit() {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0)
    return;
  rlim_t wanted = 256 << 20;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_STACK, &limit);
}

int fail(int status, const std::string &message) {
  std::fprintf(stderr, "compile-worker: %s\n", message.c_str());
  return status;
}

int run(const Arguments &arguments) {
  std::vector<uint8_t> bytes = read_file(arguments.input);
  auto start = std::chrono::steady_clock::now();
  auto module = read_module(bytes);
  if (!module)
    return fail(EX_DATAERR, module.error());
  auto read = std::chrono::steady_clock::now();
  initialize_llvm();
  compile_module(*module, arguments.options, arguments.output);
  if (arguments.verbose) {
    auto ms = [](auto time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); };
    std::fprintf(stderr, "compile-worker: %zu functions; read in %ld ms, compiled in %ld ms\n",
                 module->functions.size(), static_cast<long>(ms(read - start)),
                 static_cast<long>(ms(std::chrono::steady_clock::now() - read)));
  }
  return EX_OK;
}

int status_of(CompileError::Kind kind) {
  switch (kind) {
    case CompileError::Kind::bad_module:
      return EX_DATAERR;
    case CompileError::Kind::limits:
      return EX_TEMPFAIL;
    case CompileError::Kind::internal:
      return EX_SOFTWARE;
  }
  return EX_SOFTWARE;
}

}  // namespace
}  // namespace wasmlinux

int main(int argc, char **argv) {
  using namespace wasmlinux;
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0)
    return std::fputs(kUsage, stdout) < 0;
  try {
    Arguments arguments = parse(argc, argv);
    raise_stack_limit();
    return run(arguments);
  } catch (const Usage &usage) {
    return fail(EX_USAGE, usage.problem + "; see --help");
  } catch (const CompileError &error) {
    return fail(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc &) {
    return fail(EX_TEMPFAIL, "out of memory");
  } catch (const std::exception &error) {
    return fail(EX_SOFTWARE, error.what());
  }
}
