// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/terminal.h"

#include <unistd.h>

#include <cerrno>

namespace wasmlinux {

RawTerminal::RawTerminal(int fd) : fd_(fd) { usable_ = fd >= 0 && ::tcgetattr(fd, &found_) == 0; }

void RawTerminal::enter() {
  if (!usable_ || raw_)
    return;
  termios wanted = found_;
  ::cfmakeraw(&wanted);
  // Set before: who is stopped or killed half-way restores once too often, not once
  // too little.
  raw_ = true;
  while (::tcsetattr(fd_, TCSANOW, &wanted) != 0) {
    if (errno != EINTR) {
      raw_ = false;
      return;
    }
  }
}

void RawTerminal::leave() {
  if (!raw_)
    return;
  const int error = errno;
  while (::tcsetattr(fd_, TCSANOW, &found_) != 0 && errno == EINTR) {
  }
  raw_ = false;
  errno = error;
}

bool RawTerminal::in_foreground() const { return usable_ && ::tcgetpgrp(fd_) == ::getpgrp(); }

}  // namespace wasmlinux
