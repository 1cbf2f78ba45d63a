// SPDX-License-Identifier: Apache-2.0
// Makes a program of what wasm-ld has linked: a module that Linux can load.
//
// 1. wasm-ld --shared-memory (needed for thread-local storage) makes data segments passive and
//    copies them, and zeroes bss, in a start function. Here they become active ones at the
//    addresses which that function names, so that execve() copies them from the page cache and
//    bss stays untouched memory. The thread-local template is one of them.
// 2. A call whose signature differs from the definition's in another file ends in a stub that
//    traps. The stubs become adapters that do what a C ABI would: missing arguments are 0,
//    surplus ones are dropped, likewise for results.
//
// usage: wasm-postlink FILE            in place
//        wasm-postlink --mismatches FILE
//            names, one a line, of functions that have such stubs: link again with --export=NAME
//            for each, so that they are there, and tell them:
//        wasm-postlink --adapt=NAME... FILE
//            these exports are for the adapters only and are removed
//        wasm-postlink --strip ... FILE
//            also removes names and debug information
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "postlink.h"

namespace postlink {
namespace {

Bytes read_file(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw Error(std::strerror(errno));
  Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad())
    throw Error("cannot be read");
  return bytes;
}

void write_file(const std::string &path, const Bytes &bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out)
    throw Error("cannot be written");
}

}  // namespace
}  // namespace postlink

int main(int argc, char **argv) {
  using namespace postlink;
  bool list = false;
  bool strip = false;
  std::set<std::string> adapt;
  std::optional<std::string> path;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    if (argument == "--mismatches")
      list = true;
    else if (argument == "--strip")
      strip = true;
    else if (argument.starts_with("--adapt="))
      adapt.insert(argument.substr(8));
    else if (!path && !argument.starts_with("--"))
      path = argument;
    else
      path.reset(), i = argc;
  }
  if (!path) {
    std::cerr << "usage: wasm-postlink [--mismatches | [--strip] [--adapt=NAME...]] FILE\n";
    return 2;
  }
  try {
    Module module(read_file(*path));
    if (list) {
      for (const std::string &name : mismatches(module))
        std::cout << name << '\n';
      return std::cout.flush() ? 0 : 1;
    }
    adapt_stubs(module, adapt);
    activate_data(module);
    if (strip)
      module.remove(kCustom);
    write_file(*path, module.file());
  } catch (const std::exception &error) {
    std::cerr << "wasm-postlink: " << *path << ": " << error.what() << '\n';
    return 1;
  }
}
