// SPDX-License-Identifier: Apache-2.0
/// A look at a shared object before the host's loader gets it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace wasmlinux {

/// What the loader will map, as addresses relative to where it puts the object.
struct ObjectSegment {
  uint64_t start;
  uint64_t size;
  bool writable;
  bool executable;
};

/// Reads the segments of an ELF shared object of this host's kind. Refuses one
/// that would do more than lie there when loaded: needs other objects, has
/// relocations or code that runs at load. The message says what is wrong with it.
tl::expected<std::vector<ObjectSegment>, std::string> inspect_object(std::span<const uint8_t> file);

}  // namespace wasmlinux
