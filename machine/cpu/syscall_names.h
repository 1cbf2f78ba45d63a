// SPDX-License-Identifier: Apache-2.0
/// Names of Linux' system calls, for --strace.
#pragma once

#include <cstdint>

namespace wasmlinux {

/// Null if there is no call of this number.
const char *syscall_name(uint32_t number);

}  // namespace wasmlinux
