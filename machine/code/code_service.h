// SPDX-License-Identifier: Apache-2.0
/// Modules to native code, as a service: cache, compile workers, their limits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/code/code.h"

namespace wasmlinux {

/// A compilation that takes its time.
struct CodeProgress {
  std::string what;  // as Options::describe says
  unsigned percent;
  bool finished;  // the last one about it
};

class CodeService {
public:
  struct Options {
    std::string worker;                          // path of the compile worker's program
    std::vector<std::string> read_only;          // cache directories that come with the product
    std::string cache;                           // the user's, "" for none
    int32_t fs_offset;                           // of NativeBlock, see native_fs_offset()
    unsigned jobs = 0;                           // 0: one a host CPU
    uint64_t worker_memory = uint64_t{4} << 30;  // bytes
    unsigned worker_cpu_seconds = 300;           // of each process of a worker
    unsigned worker_seconds = 900;               // by the clock
    bool verbose = false;
    bool strict_signatures = false;  // an indirect call of another type is a trap

    // From a thread of the service, both optional:
    /// What to call a module in messages.
    std::function<std::string(std::span<const uint8_t> module)> describe;
    /// About compilations that take over a second, a few times a second. Without it
    /// they are told to `log` as they begin and end.
    std::function<void(const CodeProgress &)> progress;
  };
  using Result = tl::expected<std::shared_ptr<const Code>, CodeError>;

  /// What is wrong with the cache and, without Options::progress, slow compilations
  /// go to `log`, a line each; from a thread of the service. A failed request tells
  /// its own reason.
  CodeService(Options options, std::function<void(const std::string &)> log);
  ~CodeService();  // cancels what is under way, kills workers

  /// Finds or makes the native code of a user module. `done` is called exactly
  /// once, from a thread of the service, unless the request was cancelled.
  uint64_t request(std::vector<uint8_t> module, std::function<void(Result)> done);
  /// When it returns, `done` has been called or will never be.
  void cancel(uint64_t request);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wasmlinux
