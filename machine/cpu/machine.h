// SPDX-License-Identifier: Apache-2.0
/// A machine: RAM, devices, a CPU, from power on to halt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "abi/machine.h"
#include "machine/code/code_service.h"
#include "machine/cpu/interrupts.h"
#include "machine/cpu/kernel_call.h"
#include "machine/cpu/trace.h"
#include "machine/devices/devices.h"

namespace wasmlinux {

class Mmu;
class GuestRam;
class Programs;
class Vcpu;

class Machine final : public InterruptSink {
public:
  struct Options {
    uint64_t ram_bytes = uint64_t{256} << 20;  // a multiple of 64 KiB, 32 MiB .. MACHINE_RAM_MAX
    std::string cmdline;                       // of the kernel, at most 2047 bytes
    std::string kernel_image;                  // path of vmlinux.code.so
    std::vector<std::byte> initrd;
    Devices::Options devices;
    CodeService::Options code;
    Trace trace;
    bool verbose = false;
    bool fast_base = true;                         // false: as on a host without FSGSBASE
    uint64_t stack_bytes = 0;                      // limit on native stacks; 0: half of RAM
    unsigned watchdog_seconds = 10;                // of CPU time with interrupts pending
    std::function<void(const std::string &)> log;  // a line for the user; from any thread
  };

  /// How it ended.
  struct Exit {
    enum class Reason { power_off, restart, panic, failure };
    Reason reason;
    uint32_t status;      // power_off: what the guest asked for
    std::string message;  // failure: one line
  };

  /// Makes the machine, loads the kernel. Throws std::exception with a message for
  /// the user.
  explicit Machine(Options options);
  ~Machine() override;
  Machine(const Machine &) = delete;
  Machine &operator=(const Machine &) = delete;

  /// Boots, and comes back when the guest has halted and its output is written.
  /// Once only; the CPU is a thread of its own meanwhile.
  Exit run();

  /// From any thread. An orderly shutdown, by the guest.
  void request_power_off();
  /// From any thread: run() returns soon, as a failure with this message, whatever
  /// the guest does.
  void stop(std::string message);

  void raise(uint32_t lines) override;

  // For kernel calls, on the vCPU's thread.
  const Options &options() const { return options_; }
  void log(const std::string &line) const { options_.log(line); }
  Devices &devices() { return *devices_; }
  Vcpu &vcpu() { return *vcpu_; }
  Programs &programs() { return *programs_; }
  GuestRam &ram() { return *ram_; }
  const Code &kernel() const { return *kernel_; }
  /// Kernel memory as the host sees it; empty if any of it is not mapped.
  std::span<std::byte> ram_at(uint32_t address, uint32_t size);
  /// machine_boot(): what the kernel must know.
  void boot(uint32_t version, uint32_t page_shift, machine_boot_info &info);
  /// Ends the guest from within a kernel call.
  [[noreturn]] void halt(Exit exit);

private:
  void load_kernel();
  void finish(Exit exit);

  Options options_;
  std::unique_ptr<GuestRam> ram_;
  std::shared_ptr<const Code> kernel_;
  std::unique_ptr<Devices> devices_;
  std::unique_ptr<Vcpu> vcpu_;
  std::unique_ptr<Programs> programs_;
  uint32_t initrd_start_ = 0;

  std::mutex mutex_;  // guards exit_: the first of halt() and stop() counts
  std::optional<Exit> exit_;
};

}  // namespace wasmlinux
