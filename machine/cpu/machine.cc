// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/machine.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>

#include "machine/base/unique_fd.h"
#include "machine/cpu/host_cpu.h"
#include "machine/cpu/kernel_calls.h"
#include "machine/cpu/native_block.h"
#include "machine/cpu/programs.h"
#include "machine/cpu/vcpu.h"
#include "machine/devices/device_calls.h"
#include "machine/mmu/guest_ram.h"
#include "machine/mmu/program_state.h"

namespace wasmlinux {

namespace {

constexpr uint64_t kRamUnit = 64 << 10;
constexpr uint64_t kRamMin = 32 << 20;

thread_local Machine *this_machine = nullptr;

// ---- Kernel calls that are about the machine as a whole ----

void boot(uint32_t version, uint32_t page_shift, uint32_t info) {
  auto bytes = current_machine().ram_at(info, sizeof(machine_boot_info));
  if (bytes.empty())
    throw std::logic_error("the kernel gives no memory for machine_boot_info");
  current_machine().boot(version, page_shift, *reinterpret_cast<machine_boot_info *>(bytes.data()));
}

void halt(uint32_t reason, uint32_t status) {
  using Reason = Machine::Exit::Reason;
  Reason why = reason == MACHINE_HALT_POWER_OFF ? Reason::power_off
               : reason == MACHINE_HALT_RESTART ? Reason::restart
                                                : Reason::panic;
  current_machine().halt({why, status, {}});
}

std::span<const KernelCall> machine_calls() {
  static const KernelCall calls[] = {kernel_call<boot>("boot"), kernel_call<halt>("halt")};
  return calls;
}

uint64_t resolve_kernel_import(std::string_view module, std::string_view name, uint64_t signature) {
  if (module != "machine")
    return 0;
  for (auto calls : {machine_calls(), cpu_calls(), device_calls()})
    for (const KernelCall &call : calls)
      if (call.name == name && call.signature == signature)
        return reinterpret_cast<uint64_t>(call.function);
  return 0;
}

}  // namespace

Machine &current_machine() { return *this_machine; }

void detail::look_at_interrupts() { current_vcpu()->look_at_interrupts(); }

void detail::end_machine_by_exception() {
  std::string what = "unknown exception";
  try {
    throw;
  } catch (const std::exception &error) {
    what = error.what();
  } catch (...) {
  }
  current_machine().halt({Machine::Exit::Reason::failure, 0, std::move(what)});
}

Machine::Machine(Options options) : options_(std::move(options)) {
  if (options_.ram_bytes % kRamUnit != 0 || options_.ram_bytes < kRamMin ||
      options_.ram_bytes > MACHINE_RAM_MAX)
    throw std::invalid_argument("RAM must be between 32M and 2816M, in steps of 64K");
  if (options_.cmdline.size() >= sizeof machine_boot_info{}.cmdline)
    throw std::invalid_argument("the kernel's command line is too long: 2047 bytes at most");
  if (!options_.stack_bytes)
    options_.stack_bytes = std::max<uint64_t>(options_.ram_bytes / 2, 64 << 20);
  options_.code.fs_offset = native_fs_offset();
  options_.fast_base = options_.fast_base && MemoryBaseRegister::host_is_fast();
  if (!options_.fast_base && options_.verbose)
    log("this host does not let programs set GS (FSGSBASE): switches between processes take a system call "
        "more");
  load_kernel();
  devices_ = std::make_unique<Devices>(options_.devices, *this);
  vcpu_ = std::make_unique<Vcpu>(
      *ram_, *kernel_,
      Vcpu::Options{options_.stack_bytes, options_.watchdog_seconds, options_.fast_base, options_.trace});
  programs_ = std::make_unique<Programs>(options_.code, *this, options_.trace.code, options_.log);
}

Machine::~Machine() = default;

void Machine::load_kernel() {
  UniqueFd file(open(options_.kernel_image.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    throw std::system_error(errno, std::generic_category(),
                            "cannot open the kernel " + options_.kernel_image);
  auto loaded = Code::load(file.get(), options_.kernel_image, native_fs_offset());
  if (!loaded)
    throw std::runtime_error(loaded.error().message);
  kernel_ = std::move(*loaded);
  const CodeImage &image = kernel_->image();
  if (image.kind != ImageKind::kernel || !image.entry_start)
    throw std::runtime_error(options_.kernel_image + ": not a kernel");

  ram_ = std::make_unique<GuestRam>(options_.ram_bytes,
                                    image.memory_base == MemoryBase::kernel ? kKernelBase : 0);
  auto bad_place = [&](uint64_t start, uint64_t size) {
    return start < MACHINE_NULL_GUARD || start + size > options_.ram_bytes;
  };
  if (uint64_t{image.memory_min} * kRamUnit > options_.ram_bytes)
    throw std::runtime_error("RAM is too small for this kernel");
  if (auto state = load_program_state(ram_->reservation(), *kernel_, resolve_kernel_import); !state)
    throw std::runtime_error(options_.kernel_image + ": " + state.error().message);
  for (const ImageData &data : kernel_->array(image.data)) {
    if (bad_place(data.address, data.size))
      throw std::runtime_error(options_.kernel_image + ": data outside RAM");
    std::memcpy(ram_->base() + data.address, kernel_->at(data.bytes), data.size);
  }

  uint64_t initrd = (options_.initrd.size() + kRamUnit - 1) / kRamUnit * kRamUnit;
  if (initrd) {
    uint64_t start = options_.ram_bytes - std::min(initrd, options_.ram_bytes);
    if (start < uint64_t{image.memory_min} * kRamUnit)
      throw std::runtime_error("RAM is too small for the initial file system; give more with --ram");
    initrd_start_ = static_cast<uint32_t>(start);
    std::memcpy(ram_->base() + start, options_.initrd.data(), options_.initrd.size());
  }
}

void Machine::boot(uint32_t version, uint32_t page_shift, machine_boot_info &info) {
  if (version != MACHINE_ABI_VERSION)
    throw std::runtime_error("the kernel speaks version " + std::to_string(version) +
                             " of machine.h, the machine " + std::to_string(MACHINE_ABI_VERSION));
  if (page_shift != 12 && page_shift != 14 && page_shift != 16)
    throw std::runtime_error("the kernel's page size is not one of 4, 16, 64 KiB");
  programs_->mmu = std::make_unique<Mmu>(*ram_, page_shift);
  std::memset(&info, 0, sizeof info);
  info.version = MACHINE_ABI_VERSION;
  info.ram_size = static_cast<uint32_t>(options_.ram_bytes);
  info.initrd_start = initrd_start_;
  info.initrd_size = static_cast<uint32_t>(options_.initrd.size());
  info.nr_vcpus = 1;
  info.flags = devices_->has_terminal() ? MACHINE_BOOT_TTY : 0;
  std::memcpy(info.cmdline, options_.cmdline.data(), options_.cmdline.size());
}

Machine::Exit Machine::run() {
  std::thread cpu([this] {
    this_machine = this;
    try {
      vcpu_->run();
    } catch (const std::exception &error) {
      finish({Exit::Reason::failure, 0, error.what()});
    }
    this_machine = nullptr;
  });
  cpu.join();
  devices_->drain();
  std::lock_guard lock(mutex_);
  return *exit_;
}

void Machine::finish(Exit exit) {
  std::lock_guard lock(mutex_);
  if (!exit_)
    exit_ = std::move(exit);
}

void Machine::halt(Exit exit) {
  finish(std::move(exit));
  vcpu_->leave();
}

void Machine::stop(std::string message) {
  finish({Exit::Reason::failure, 0, std::move(message)});
  vcpu_->stop();
}

void Machine::request_power_off() { raise(MACHINE_IRQ_POWER); }

void Machine::raise(uint32_t lines) { vcpu_->raise(lines); }

std::span<std::byte> Machine::ram_at(uint32_t address, uint32_t size) { return ram_->at(address, size); }

}  // namespace wasmlinux
