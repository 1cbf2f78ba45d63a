// SPDX-License-Identifier: Apache-2.0
/// --strace: a line for each system call of user code, as the machine sees it.
#pragma once

#include <cstdint>

#include "abi/machine.h"
#include "machine/cpu/contexts.h"

namespace wasmlinux {

/// A call has trapped; remembered until its end.
void trace_syscall_entry(UserContext &user, const machine_trap &trap);
/// User code goes on: if it was in a call, tells it with its result. `number` names
/// the thread.
void trace_syscall_exit(UserContext &user, uint32_t number, const machine_trap &trap);

}  // namespace wasmlinux
