// SPDX-License-Identifier: Apache-2.0
/// The host signals that make traps and interrupts. Handlers belong to the process;
/// they act on threads that are vCPUs and pass everything else on to whoever had
/// the signal before.
#pragma once

#include <memory>

namespace wasmlinux {

/// Sent by timers, and by other threads, to get a vCPU's attention.
int kick_signal();

/// Installs the handlers once for the process; throws std::system_error.
void install_host_signals();

/// A signal stack for the calling thread, its signal mask for a vCPU (faults and
/// kicks only), and both as before at the end.
class VcpuSignals {
public:
  VcpuSignals();
  ~VcpuSignals();
  VcpuSignals(const VcpuSignals &) = delete;
  VcpuSignals &operator=(const VcpuSignals &) = delete;

private:
  struct Saved;
  std::unique_ptr<Saved> saved_;
};

}  // namespace wasmlinux
