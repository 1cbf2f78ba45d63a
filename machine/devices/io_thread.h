// SPDX-License-Identifier: Apache-2.0
/// The thread that waits for the host, so that vCPUs don't have to.
#pragma once

#include <poll.h>

#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "machine/base/unique_fd.h"

namespace wasmlinux {

/// Something that waits for files of the host: streams, backends of virtio devices.
/// Both functions are called on the I/O thread only.
class IoClient {
public:
  virtual ~IoClient() = default;

  /// Adds what to wait for now. Nothing: asleep until the next ring().
  virtual void collect(std::vector<pollfd> &wanted) = 0;
  /// After each wait, with what collect() added: does what can be done without
  /// waiting.
  virtual void serve(std::span<const pollfd> ready) = 0;
};

/// Sleeps in poll() as long as nothing happens.
class IoThread {
public:
  IoThread();
  ~IoThread();
  IoThread(const IoThread &) = delete;
  IoThread &operator=(const IoThread &) = delete;

  /// A client must be removed before it goes; when remove() returns, it is not being
  /// called any more.
  void add(IoClient &client);
  void remove(IoClient &client);

  /// The doorbell: makes the thread ask its clients again. From any thread.
  void ring();

private:
  void run();

  UniqueFd bell_;
  std::mutex mutex_;  // held while clients are called, not while waiting
  std::vector<IoClient *> clients_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace wasmlinux
