// SPDX-License-Identifier: Apache-2.0
/// An open file of the host that somebody else may share, used without waiting.
#pragma once

#include <cstddef>
#include <span>

#include <sys/types.h>

#include "machine/base/unique_fd.h"

namespace wasmlinux {

/// O_NONBLOCK belongs to the open file, which standard input and output share with
/// the shell and its other programs: setting it would break them. So a pipe or a
/// terminal is opened a second time where the host allows that.
class HostFile {
public:
  enum class Mode {
    closed,
    prompt,       // files, /dev/null: reading and writing waits for nobody
    nonblocking,  // pipes, terminals, sockets: -EAGAIN instead of waiting
    blocking,     // any other: may wait, even when poll() said it would not
  };

  /// The descriptor stays its owner's and must outlive this; -1 for none.
  explicit HostFile(int fd);

  Mode mode() const { return mode_; }
  /// For poll().
  int fd() const { return own_ ? own_.get() : fd_; }
  bool is_terminal() const { return terminal_; }

  /// As the system calls, but with a negative errno, without EINTR and SIGPIPE.
  ssize_t read(std::span<std::byte> buffer) const;
  ssize_t write(std::span<const std::byte> buffer) const;

  /// Whether read() (write()) would not wait now.
  bool readable() const { return ready(true); }
  bool writable() const { return ready(false); }

private:
  bool ready(bool read) const;

  int fd_;
  UniqueFd own_;
  Mode mode_ = Mode::closed;
  bool socket_ = false;
  bool terminal_ = false;
};

}  // namespace wasmlinux
