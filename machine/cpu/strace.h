// SPDX-License-Identifier: Apache-2.0
/// --strace: a line for each system call of user code, as the machine sees it.
#pragma once

#include <cstdint>

#include "abi/machine.h"
#include "machine/cpu/contexts.h"

namespace wasmlinux {

/// A call has trapped; remembered until its end.
void trace_syscall_entry(UserContext &user, const machine_trap &trap);
/// User code goes on: if it was in a call, tells it with its result.
void trace_syscall_exit(UserContext &user, const machine_trap &trap);
/// It will not go on: its last call, exit() most likely, has no result.
void trace_syscall_abandoned(UserContext &user);

}  // namespace wasmlinux
