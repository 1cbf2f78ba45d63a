// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/trace.h"

#include <cstdarg>
#include <cstdio>

#include <unistd.h>

namespace wasmlinux {

tl::expected<Trace, std::string> Trace::parse(const std::vector<std::string> &names) {
  static constexpr struct {
    const char *name;
    bool Trace::*flag;
  } kNames[] = {{"syscall", &Trace::syscall},
                {"mmu", &Trace::mmu},
                {"irq", &Trace::irq},
                {"sched", &Trace::sched},
                {"code", &Trace::code}};
  Trace trace;
  for (const std::string &name : names) {
    bool known = false;
    for (auto [candidate, flag] : kNames)
      if (name == candidate)
        known = trace.*flag = true;
    if (!known)
      return tl::unexpected("unknown trace category '" + name + "': use syscall, mmu, irq, sched or code");
  }
  return trace;
}

void Trace::line(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text - 1, format, arguments);
  va_end(arguments);
  if (length < 0)
    return;
  size_t size = static_cast<size_t>(length) < sizeof text - 1 ? static_cast<size_t>(length) : sizeof text - 2;
  text[size] = '\n';
  // One write a line, so that lines of several threads stay whole.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, size + 1);
}

}  // namespace wasmlinux
