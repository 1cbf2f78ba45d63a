// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "machine/base/file.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {
namespace {

constexpr uint8_t kWasmMagic[] = {0, 'a', 's', 'm'};
constexpr uint8_t kModuleVersion[] = {1, 0, 0, 0};
constexpr size_t kWasmHeader = 8;

bool starts_with(std::span<const uint8_t> bytes, std::span<const uint8_t> prefix) {
  return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool starts_with(std::span<const uint8_t> bytes, std::string_view prefix) {
  return starts_with(bytes, std::span(reinterpret_cast<const uint8_t *>(prefix.data()), prefix.size()));
}

bool is_file(const std::string &path) {
  struct stat st;
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

bool is_wasm_file(const std::string &path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  uint8_t start[sizeof kWasmMagic];
  return fd && is_file(path) && ::read(fd.get(), start, sizeof start) == sizeof start &&
         starts_with(start, kWasmMagic);
}

/// Among programs of the host in $PATH only modules are meant.
std::optional<std::string> search(const std::string &name) {
  for (const std::string &candidate : {"./" + name, "./" + name + ".wasm"})
    if (is_file(candidate))
      return candidate;
  const char *path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    size_t end = std::min(rest.find(':'), rest.size());
    std::string directory(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (directory.empty())
      continue;
    for (const std::string &candidate : {directory + "/" + name, directory + "/" + name + ".wasm"})
      if (is_wasm_file(candidate))
        return candidate;
  }
  return std::nullopt;
}

/// Whether sections follow each other up to the end of the file.
bool is_complete(std::span<const uint8_t> bytes) {
  size_t at = kWasmHeader;
  while (at < bytes.size()) {
    uint64_t size = 0;
    unsigned shift = 0;
    ++at;  // the section's number
    for (;; shift += 7) {
      if (at == bytes.size() || shift > 28)
        return false;
      uint8_t byte = bytes[at++];
      size |= uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0)
        break;
    }
    if (size > bytes.size() - at)
      return false;
    at += size;
  }
  return true;
}

bool is_text(std::span<const uint8_t> bytes) {
  auto start = bytes.first(std::min<size_t>(bytes.size(), 512));
  return std::none_of(start.begin(), start.end(), [](uint8_t c) {
    return c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b;
  });
}

}  // namespace

std::string Program::name() const { return std::filesystem::path(path).filename(); }

std::string why_no_program(std::span<const uint8_t> bytes) {
  if (bytes.empty())
    return "is empty";
  if (starts_with(bytes,
                  "\x7f"
                  "ELF"))
    return "is a program for the host (ELF), not WebAssembly; compile its source with wasmlinux-cc";
  if (starts_with(bytes, "#!"))
    return "is a script; run its interpreter's module, and bring the script in with --file";
  if (!starts_with(bytes, std::span(kWasmMagic).first(std::min(sizeof kWasmMagic, bytes.size()))))
    return is_text(bytes)
               ? "is a text file, not a WebAssembly module; if it is a source, compile it with wasmlinux-cc"
               : "is not a WebAssembly module; programs are made with wasmlinux-cc";
  if (bytes.size() < kWasmHeader)
    return "is a truncated WebAssembly module; make or copy it again";
  if (!starts_with(bytes.subspan(4), kModuleVersion))
    return "is WebAssembly, but not a module of version 1 (perhaps a component); programs are made with "
           "wasmlinux-cc";
  if (!is_complete(bytes))
    return "is a truncated or damaged WebAssembly module; make or copy it again";
  if (bytes.size() == kWasmHeader)
    return "is an empty WebAssembly module";
  return {};
}

std::vector<uint8_t> read_host_file(const std::string &path, int status) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st;
  if (!fd || ::fstat(fd.get(), &st) != 0)
    throw Failure(errno == ENOENT && status == kNotExecutable ? kNotFound : status,
                  fmt::format("{}: {}", path, std::strerror(errno)));
  if (S_ISDIR(st.st_mode))
    throw Failure(status, path + ": is a directory");
  if (!S_ISREG(st.st_mode))
    throw Failure(status, path + ": is not a regular file");
  auto bytes = read_whole(fd.get());
  if (!bytes)
    throw Failure(status, fmt::format("{}: can't be read: {}", path, std::strerror(errno)));
  return std::move(*bytes);
}

Program find_program(const std::string &name) {
  Program program;
  program.path = name;
  if (name.empty())
    throw Failure(kNotFound, "the program's name is empty");
  if (name.find('/') == name.npos) {
    auto found = search(name);
    if (!found && std::filesystem::is_directory(name))
      throw Failure(kNotExecutable, name + ": is a directory");
    if (!found)
      throw Failure(kNotFound,
                    fmt::format("{0}: not found (neither {0} nor {0}.wasm, here or in $PATH)", name));
    program.path = *found;
  }
  program.bytes = read_host_file(program.path, kNotExecutable);
  if (std::string why = why_no_program(program.bytes); !why.empty())
    throw Failure(kNotExecutable, fmt::format("{} {}", program.path, why));
  return program;
}

}  // namespace wasmlinux::cli
