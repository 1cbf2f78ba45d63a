// SPDX-License-Identifier: Apache-2.0
/// wasmlinux cache: a look at the native code kept between runs.
#include "machine/code/cache.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "machine/cli/commands.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {
namespace {

constexpr int kCacheFailed = 1;

std::string directory() {
  std::string directory = CodeCache::default_directory();
  if (directory.empty())
    throw Failure(kCacheFailed, "there is no cache: neither XDG_CACHE_HOME nor HOME is set");
  return directory;
}

CodeCache cache() {
  return CodeCache(directory(), {}, [](const std::string &line) { throw Failure(kCacheFailed, line); });
}

int list() {
  uint64_t total = 0;
  const auto entries = cache().list();
  for (const CodeCache::Entry &entry : entries) {
    char used[32] = "";
    tm local;
    time_t time = entry.used;
    if (::localtime_r(&time, &local) != nullptr)
      std::strftime(used, sizeof used, "%Y-%m-%d %H:%M", &local);
    fmt::print("{}  {:>9}K  {}\n", entry.name.substr(0, 16), (entry.size + 1023) / 1024, used);
    total += entry.size;
  }
  fmt::print("{} programs, {}K in {}\n", entries.size(), (total + 1023) / 1024, directory());
  return 0;
}

int clear() {
  fmt::print("{} programs removed\n", cache().clear());
  return 0;
}

}  // namespace

Command cache_command(CLI::App &app) {
  CLI::App *parser = app.add_subcommand("cache", "native code kept between runs");
  parser->add_subcommand("ls", "what is kept, how large, last used when");
  CLI::App *remove = parser->add_subcommand("clear", "remove it all");
  parser->require_subcommand(1);
  return {parser, [remove] { return remove->parsed() ? clear() : list(); }, kCacheFailed};
}

}  // namespace wasmlinux::cli
