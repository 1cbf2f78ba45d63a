// SPDX-License-Identifier: Apache-2.0
/// A compile worker at work: a process with limits that can't outlive us.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "machine/base/unique_fd.h"
#include "machine/code/code.h"
#include "machine/code/key.h"

namespace wasmlinux {

/// What a worker may use.
struct WorkerLimits {
  uint64_t memory;       // bytes of address space
  unsigned cpu_seconds;  // of each of its processes
  unsigned seconds;      // by the clock
  unsigned jobs;         // at a time
};

/// How it ended.
struct WorkerEnd {
  enum class Kind { success, bad_module, failure };
  Kind kind;
  std::string message;  // one line, unless success
};

class WorkerProcess {
public:
  /// Starts compiling the module behind `module_fd` to `directory`/code.so. The
  /// worker gets no other open file of ours, and temporary files of its own belong
  /// into `directory`. To be called on a thread that lives as long as the worker
  /// may: the host kills it with that thread.
  static tl::expected<WorkerProcess, std::string> start(const std::string &program,
                                                        const CompileSettings &settings,
                                                        const WorkerLimits &limits, int module_fd,
                                                        const std::string &directory);
  WorkerProcess(WorkerProcess &&other) noexcept;
  WorkerProcess &operator=(WorkerProcess &&) = delete;
  ~WorkerProcess();  // kills it and its children, if it still runs

  // To poll() for reading: what the worker says, and its end.
  int messages_fd() const { return messages_.get(); }
  int end_fd() const { return process_.get(); }

  /// Takes in what it has said so far. Never blocks.
  void read_messages();
  unsigned progress_percent() const { return percent_; }
  const std::string &output() const { return output_; }
  /// When to kill() it, in nanoseconds of CLOCK_MONOTONIC.
  uint64_t deadline() const { return deadline_; }

  /// It hangs: the end will be a failure.
  void kill_hanging();
  /// Reaps it, once end_fd() is readable.
  WorkerEnd finish();

private:
  WorkerProcess() = default;
  void take_line(std::string line);
  void kill_group() const;

  pid_t pid_ = -1;
  UniqueFd process_;   // pidfd
  UniqueFd messages_;  // its standard error
  std::string partial_line_;
  std::string last_line_;
  std::string output_;
  unsigned percent_ = 0;
  uint64_t deadline_ = 0;
  unsigned cpu_seconds_ = 0, seconds_ = 0;
  bool hanging_ = false;
};

/// CLOCK_MONOTONIC in nanoseconds.
uint64_t monotonic_now();

}  // namespace wasmlinux
