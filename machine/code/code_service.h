// SPDX-License-Identifier: Apache-2.0
/// Modules to native code, as a service: cache, compile workers, their limits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "machine/code/code.h"

namespace wasmlinux {

class CodeService {
public:
  struct Options {
    std::string worker;                     // path of the compile worker's program
    std::vector<std::string> read_only;     // cache directories that come with the product
    std::string cache;                      // the user's, "" for none
    int32_t fs_offset;                      // of NativeBlock, see native_fs_offset()
    unsigned jobs = 0;                      // 0: one a host CPU
    uint64_t worker_memory = uint64_t{4} << 30;  // bytes
    unsigned worker_seconds = 300;          // CPU time of one worker
    bool verbose = false;
  };
  using Result = tl::expected<std::shared_ptr<const Code>, CodeError>;

  /// Progress and errors go to `log`, a line each; from any thread.
  CodeService(Options options, std::function<void(const std::string &)> log);
  ~CodeService();  // cancels what is under way, kills workers

  /// Finds or makes the native code of a user module. `done` is called exactly
  /// once, from a thread of the service, unless the request was cancelled.
  uint64_t request(std::vector<uint8_t> module, std::function<void(Result)> done);
  void cancel(uint64_t request);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wasmlinux
