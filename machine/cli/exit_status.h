// SPDX-License-Identifier: Apache-2.0
/// What `wasmlinux run` leaves with, where it is not the program's own status. As
/// container runtimes do.
#pragma once

namespace wasmlinux::cli {

inline constexpr int kFailed = 125;  // the machine, its kernel, or the command line
inline constexpr int kNotExecutable = 126;
inline constexpr int kNotFound = 127;
inline constexpr int kBySignal = 128;  // + the signal's number

}  // namespace wasmlinux::cli
