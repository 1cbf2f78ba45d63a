// SPDX-License-Identifier: Apache-2.0
/// The state of a program below its memory: function table, imports, globals,
/// dropped-segment flags, laid out as machine/cpu/native_abi.h says.
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "machine/code/code.h"
#include "machine/mmu/reservation.h"

namespace wasmlinux {

/// The native address of an imported function, 0 if there is none of that name
/// and signature.
using ImportResolver = uint64_t (*)(std::string_view module, std::string_view name, uint64_t signature);

/// Commits and fills a program's state. Returns the bytes committed for the table.
tl::expected<uint32_t, CodeError> load_program_state(Reservation &reservation, const Code &code,
                                                     ImportResolver import);
/// Commits a copy of another address space's state. Throws std::system_error.
void copy_program_state(Reservation &to, const Reservation &from, uint32_t table_bytes);
/// Takes it away again, so that the reservation can serve another program.
bool release_program_state(Reservation &reservation, uint32_t table_bytes) noexcept;

}  // namespace wasmlinux
