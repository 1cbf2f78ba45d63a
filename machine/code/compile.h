// SPDX-License-Identifier: Apache-2.0
/// Compiling one module while the caller waits.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "machine/code/cache.h"
#include "machine/code/code.h"
#include "machine/code/key.h"
#include "machine/code/worker_process.h"

namespace wasmlinux {

struct CompileOrder {
  std::string worker;  // path of the compile worker's program
  CompileSettings settings;
  WorkerLimits limits;
  std::function<void(unsigned percent)> progress;  // now and then; optional
};

/// A worker's shared object, checked. The message doesn't name the module.
tl::expected<std::vector<uint8_t>, CodeError> compile_module(std::span<const uint8_t> module,
                                                             const CompileOrder &order);

/// From the cache if it is there, else compiled and, if the cache takes it, kept.
tl::expected<std::vector<uint8_t>, CodeError> find_or_compile(std::span<const uint8_t> module,
                                                              const CompileOrder &order, CodeCache &cache,
                                                              const CodeCache::Log &log);

}  // namespace wasmlinux
