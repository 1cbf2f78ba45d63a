// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/messages.h"

#include <unistd.h>

#include "machine/base/file.h"

namespace wasmlinux::cli {
namespace {

constexpr std::string_view kEraseLine = "\r\033[K";

}  // namespace

/// One write, so that lines of several processes don't mix.
void Messages::write(std::string text) {
  if (raw_) {
    std::string converted;
    for (char c : text) {
      if (c == '\n')
        converted += '\r';
      converted += c;
    }
    text = std::move(converted);
  }
  if (progress_shown_) {
    text.insert(0, kEraseLine);
    progress_shown_ = false;
  }
  write_all(STDERR_FILENO, text);  // there is nowhere to complain
}

void Messages::say(std::string_view line) {
  std::lock_guard lock(mutex_);
  write("wasmlinux: " + std::string(line) + "\n");
}

void Messages::text(std::string_view text) {
  std::lock_guard lock(mutex_);
  write(std::string(text));
}

bool Messages::has_display() { return ::isatty(STDERR_FILENO) == 1; }

void Messages::progress(std::string_view line) {
  std::lock_guard lock(mutex_);
  if (!has_display() || (line.empty() && !progress_shown_))
    return;
  write(line.empty() ? "" : "wasmlinux: " + std::string(line));
  progress_shown_ = !line.empty();
}

}  // namespace wasmlinux::cli
