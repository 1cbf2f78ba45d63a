// SPDX-License-Identifier: Apache-2.0
/// What the command itself says, on standard error.
#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wasmlinux::cli {

/// Ends a command with one line for the user.
struct Failure : std::runtime_error {
  Failure(int status, const std::string &message) : std::runtime_error(message), status(status) {}
  const int status;
};

/// From any thread. A line at a time, whatever else is shown; in raw mode the
/// terminal needs a carriage return with each newline.
class Messages {
public:
  explicit Messages(bool verbose = false) : verbose_(verbose) {}
  ~Messages() { progress({}); }

  /// "wasmlinux: line".
  void say(std::string_view line);
  /// Only with --verbose.
  void tell(std::string_view line) {
    if (verbose_)
      say(line);
  }
  /// A line that the next one replaces, if this is a terminal; "" removes it.
  void progress(std::string_view line);
  /// Text as it is, a kernel's messages for example.
  void text(std::string_view text);

  void set_raw(bool raw) {
    std::lock_guard lock(mutex_);
    raw_ = raw;
  }
  bool verbose() const { return verbose_; }
  /// Whether progress() shows anything.
  static bool has_display();

private:
  void write(std::string text);

  std::mutex mutex_;
  const bool verbose_;
  bool raw_ = false;
  bool progress_shown_ = false;
};

}  // namespace wasmlinux::cli
