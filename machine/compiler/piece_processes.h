// SPDX-License-Identifier: Apache-2.0
/// Work in child processes, so that what LLVM does to one of them costs only that.
#pragma once

#include <cstddef>
#include <functional>

namespace wasmlinux {

/// Calls work(0) ... work(count - 1), each in one of up to `jobs` child processes.
/// Throws the CompileError that one of them threw, or one that tells how it died;
/// the others are ended then. `progress` is called with the number of those done.
void run_in_processes(size_t count, unsigned jobs, const std::function<void(size_t)> &work,
                      const std::function<void(unsigned, unsigned)> &progress);

}  // namespace wasmlinux
