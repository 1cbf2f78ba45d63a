// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <sstream>

#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"
#include "machine/devices/initrd.h"

namespace wasmlinux::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char *kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char *kHome = "/root";
constexpr const char *kRunFile = "/etc/wasmlinux/run";

uint32_t mode_of(const fs::path &path) {
  return static_cast<uint32_t>(fs::status(path).permissions()) & 0777;
}

std::span<const std::byte> bytes_of(const std::vector<uint8_t> &bytes) {
  return std::as_bytes(std::span(bytes));
}

/// A file, or a directory with all that is in it. Links in it stay links.
void add_tree(Initrd &initrd, const fs::path &host, const std::string &guest, bool top) {
  const fs::file_status status = top ? fs::status(host) : fs::symlink_status(host);
  switch (status.type()) {
    case fs::file_type::not_found:
      throw Failure(kFailed, fmt::format("--file {}: no such file or directory", host.string()));
    case fs::file_type::regular:
      initrd.file(guest, mode_of(host), bytes_of(read_host_file(host, kFailed)));
      return;
    case fs::file_type::symlink:
      initrd.symlink(guest, fs::read_symlink(host).string());
      return;
    case fs::file_type::directory: {
      initrd.directory(guest, mode_of(host));
      std::vector<fs::path> entries(fs::directory_iterator(host), fs::directory_iterator{});
      std::sort(entries.begin(), entries.end());
      for (const fs::path &entry : entries)
        add_tree(initrd, entry, guest + "/" + entry.filename().string(), false);
      return;
    }
    default:
      throw Failure(kFailed,
                    fmt::format("--file {}: only files, directories and symbolic links can be brought in",
                                host.string()));
  }
}

}  // namespace

Environment Environment::of_guest(bool terminal) {
  Environment environment;
  environment.set("PATH", kPath);
  environment.set("HOME", kHome);
  if (terminal) {
    const char *term = std::getenv("TERM");
    environment.set("TERM", term != nullptr && *term != '\0' ? term : "vt100");
  }
  return environment;
}

void Environment::set(const std::string &name, const std::string &value) {
  auto found =
      std::find_if(variables_.begin(), variables_.end(), [&](const auto &v) { return v.first == name; });
  if (found != variables_.end())
    found->second = value;
  else
    variables_.emplace_back(name, value);
}

void Environment::add(const std::string &assignment) {
  const size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  if (name.empty())
    throw Failure(kFailed,
                  fmt::format("environment '{}': give NAME=VALUE, or NAME for the host's value", assignment));
  if (equals != assignment.npos)
    set(name, assignment.substr(equals + 1));
  else if (const char *value = std::getenv(name.c_str()))
    set(name, value);
}

void Environment::add_file(const std::string &path) {
  auto bytes = read_host_file(path, kFailed);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    if (line.find('\0') != line.npos)
      throw Failure(kFailed, path + ": has zero bytes in it; it should be text");
    if (!line.empty() && line[0] != '#')
      add(line);
  }
}

std::string GuestRun::text() const {
  std::string out;
  auto record = [&](std::string_view key, std::string_view value) {
    out.append(key).append(1, '=').append(value).append(1, '\0');
  };
  record("tty", terminal ? "1" : "0");
  if (terminal && error_is_stream)
    record("stderr", "stream");
  record("workdir", directory);
  record("program", program);
  for (const auto &[name, value] : environment.variables())
    record("env", name + "=" + value);
  for (const std::string &argument : arguments)
    record("arg", argument);
  return out;
}

FileMapping FileMapping::parse(const std::string &text) {
  const size_t colon = text.rfind(":/");
  if (colon == text.npos || colon == 0)
    throw Failure(kFailed,
                  fmt::format("--file {}: give HOST:GUEST, with an absolute path in the guest", text));
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::vector<std::byte> guest_files(const std::string &initramfs, const std::vector<FileMapping> &files,
                                   const Program &program, const GuestRun &run) {
  try {
    Initrd initrd;
    initrd.archive(bytes_of(read_host_file(initramfs, kFailed)));
    initrd.directory(kHome, 0700);
    if (run.directory != kHome && run.directory != "/")
      initrd.directory(run.directory);
    for (const FileMapping &file : files)
      add_tree(initrd, file.host, file.guest, true);
    initrd.file(run.program, 0755, bytes_of(program.bytes));
    initrd.file(kRunFile, 0644, run.text());
    return std::move(initrd).finish();
  } catch (const std::invalid_argument &error) {
    throw Failure(kFailed, error.what());
  } catch (const fs::filesystem_error &error) {
    throw Failure(kFailed, error.what());
  }
}

}  // namespace wasmlinux::cli
