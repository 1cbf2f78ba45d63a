// SPDX-License-Identifier: Apache-2.0
/// Native code kept between runs: a directory of shared objects by key.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "machine/base/unique_fd.h"
#include "machine/code/key.h"

namespace wasmlinux {

/// An entry is a shared object with a trailer: its key and a checksum, looked at
/// whenever it is used. Entries appear whole, by rename; any number of processes
/// may use a directory at the same time.
class CodeCache {
public:
  using Log = std::function<void(const std::string &)>;
  enum class Access {
    own,     // nobody else can read it
    shared,  // everybody can: what comes with the product
  };

  /// `directory`: read and written, made if it isn't there; "" for none.
  /// `read_only`: looked at first. What is wrong with an entry or with a directory
  /// is told to `log`, one line each.
  CodeCache(std::string directory, std::vector<std::string> read_only, Log log, Access access = Access::own);

  /// An entry, open for reading and loadable; empty if there is none that is whole.
  UniqueFd find(const CodeKey &key);

  /// Keeps an object and opens it. The error is one line for the user.
  tl::expected<UniqueFd, std::string> store(const CodeKey &key, std::span<const uint8_t> object);

  /// The shared object in the bytes of an entry.
  static std::span<const uint8_t> object_of(std::span<const uint8_t> entry);

  /// $XDG_CACHE_HOME/wasmlinux, ~/.cache/wasmlinux; "" if there is no home.
  static std::string default_directory();

  struct Entry {
    std::string name;  // key in hex
    uint64_t size;
    int64_t used;  // seconds since 1970
  };
  /// What is in the directory, by name.
  std::vector<Entry> list() const;
  /// Removes all entries; how many there were.
  size_t clear();

private:
  enum class Found { missing, corrupt, whole };
  Found open_entry(const std::string &directory, const CodeKey &key, UniqueFd &out) const;
  tl::expected<void, std::string> make_directory();
  void remove_stale() const;

  std::string directory_;
  std::vector<std::string> read_only_;
  Log log_;
  Access access_;
};

}  // namespace wasmlinux
