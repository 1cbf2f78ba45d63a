// SPDX-License-Identifier: Apache-2.0
/// The byte streams between the guest and files of the host: the terminal, and
/// standard input, output and error. See "Streams" in abi/machine.h.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "abi/machine.h"
#include "machine/cpu/interrupts.h"
#include "machine/devices/host_file.h"
#include "machine/devices/io_thread.h"

namespace wasmlinux {

/// Nothing is read from the host before the guest asks: what it leaves is there for
/// the next program. The guest's reads and writes go straight to the host where
/// those can't wait; the I/O thread watches files for the moment when they can go
/// on, and does the transfers that might wait, one buffer at a time.
class Streams final : public IoClient {
public:
  /// Descriptors of the host, by stream; -1: closed. They stay their owner's.
  struct Files {
    int terminal_in = -1, terminal_out = -1;
    int input = -1, output = -1, error = -1;
  };
  /// How much a stream holds for a reader or writer that might wait.
  static constexpr size_t kBuffer = 64 << 10;

  Streams(const Files &files, IoThread &io, InterruptSink &interrupts);
  ~Streams() override;

  // As machine_stream_*(). From the vCPU's thread.
  int32_t read(uint32_t stream, std::span<std::byte> buffer);
  int32_t write(uint32_t stream, std::span<const std::byte> buffer);
  uint32_t poll(uint32_t stream);

  /// Waits until all that the guest has written is with the host, or lost because
  /// its reader is gone.
  void drain();
  /// From any thread: no more waiting for slow readers.
  void abandon();

  void collect(std::vector<pollfd> &wanted) override;
  void serve(std::span<const pollfd> ready) override;

private:
  /// One direction of a stream.
  struct Half {
    explicit Half(int fd) : file(fd) {}
    const HostFile file;

    // Under mutex_:
    bool watched = false;           // raise the interrupt when the guest can go on
    size_t wanted = 0;              // bytes that a reader asked the I/O thread for
    std::vector<std::byte> buffer;  // read and not yet taken, or taken and not yet written
    int32_t end = 1;                // if <= 0: what the next transfer returns, once
  };

  enum HalfIndex : size_t { kTerminalIn, kTerminalOut, kInput, kOutput, kError, kHalves };
  static bool reads(HalfIndex index) { return index == kTerminalIn || index == kInput; }
  Half *reader(uint32_t stream);
  Half *writer(uint32_t stream);

  void watch(Half &half);
  bool has_room(const Half &half) const;
  void fill(Half &half, std::unique_lock<std::mutex> &lock);
  void empty(Half &half, std::unique_lock<std::mutex> &lock);

  IoThread &io_;
  InterruptSink &interrupts_;
  std::vector<HalfIndex> collected_;  // the I/O thread's: whom it waits for

  std::mutex mutex_;
  std::array<Half, kHalves> halves_;
  Half *writing_ = nullptr;  // whose buffer is not empty: one at a time, to keep the order
  std::condition_variable written_;
  bool abandoned_ = false;
};

}  // namespace wasmlinux
