// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/strace.h"

#include <cstdio>
#include <cstring>
#include <string>

#include "machine/cpu/syscall_names.h"
#include "machine/cpu/trace.h"

namespace wasmlinux {

namespace {

// Errors are the last values below 2^32, include/linux/err.h: MAX_ERRNO.
constexpr uint32_t kFirstError = static_cast<uint32_t>(-4095);

std::string name_of(uint32_t number) {
  const char *name = syscall_name(number);
  return name ? name : "syscall_" + std::to_string(number);
}

std::string call_of(const UserContext &user) {
  const UserContext::Call &call = user.call;
  char arguments[6 * 12];
  std::snprintf(arguments, sizeof arguments, "0x%x, 0x%x, 0x%x, 0x%x, 0x%x, 0x%x", call.args[0], call.args[1],
                call.args[2], call.args[3], call.args[4], call.args[5]);
  return "[" + std::to_string(user.handle) + "] " + name_of(call.number) + "(" + arguments + ")";
}

}  // namespace

void trace_syscall_entry(UserContext &user, const machine_trap &trap) {
  user.call.active = true;
  user.call.number = trap.nr;
  std::memcpy(user.call.args, trap.args, sizeof user.call.args);
}

void trace_syscall_exit(UserContext &user, const machine_trap &trap) {
  if (!user.call.active)
    return;
  user.call.active = false;
  uint32_t result = trap.result;
  if (result >= kFirstError)
    Trace::line("%s = -1 %s", call_of(user).c_str(), strerrorname_np(static_cast<int>(-result)));
  else
    Trace::line("%s = 0x%x", call_of(user).c_str(), result);
}

void trace_syscall_abandoned(UserContext &user) {
  if (user.call.active)
    Trace::line("%s = ?", call_of(user).c_str());
}

}  // namespace wasmlinux
