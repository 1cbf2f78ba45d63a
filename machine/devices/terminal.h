// SPDX-License-Identifier: Apache-2.0
/// The host's terminal while the guest uses it.
#pragma once

#include <termios.h>

namespace wasmlinux {

/// In raw mode every byte goes to the guest, ^C too, and what the guest writes is
/// shown as it is. Restored at the latest when the object goes.
class RawTerminal {
public:
  /// A terminal, or anything else: then nothing happens. The descriptor stays its
  /// owner's and must outlive this.
  explicit RawTerminal(int fd);
  ~RawTerminal() { leave(); }
  RawTerminal(const RawTerminal &) = delete;
  RawTerminal &operator=(const RawTerminal &) = delete;

  /// Stops the process, as the host does, if it is in the background.
  void enter();
  /// As it was found. May be called from a signal handler.
  void leave();

  bool raw() const { return raw_; }
  /// Whether the host lets our process group use it now.
  bool in_foreground() const;

private:
  const int fd_;
  termios found_{};
  bool usable_ = false;
  volatile bool raw_ = false;
};

}  // namespace wasmlinux
