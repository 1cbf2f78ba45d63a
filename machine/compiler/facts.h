// SPDX-License-Identifier: Apache-2.0
/// What all pieces of a module must agree on: the same for each of them, found once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "machine/compiler/compile.h"
#include "machine/module/module.h"

namespace wasmlinux {

/// Where a global lives.
struct GlobalPlace {
  enum class Kind { constant, block, state } kind;
  uint32_t offset = 0;  // block: of the word in NativeBlock; state: its number in kStateGlobals
};

struct Facts {
  std::vector<GlobalPlace> globals;
  uint32_t state_globals = 0;
  std::optional<uint32_t> stack_pointer;  // global
  std::optional<uint32_t> tls_base;       // global
  std::vector<bool> address_taken;        // functions that a reference can name
  std::optional<uint32_t> syscall;        // function: linux.syscall

  /// Offset of a passive data segment in wl_data.
  std::vector<std::optional<uint32_t>> data_offset;
  uint32_t data_size = 0;
  /// Offset of an element segment in wl_refs, in references.
  std::vector<uint32_t> refs_offset;
  uint32_t refs_size = 0;
};

/// Throws CompileError if the module has more than a slot of state can hold.
Facts find_facts(const Module &module, const CompileOptions &options);

/// Offset of the flag of a segment that may be dropped, in the module's state.
uint32_t data_flag(uint32_t segment);
uint32_t element_flag(const Module &module, uint32_t segment);

/// The lowest address of static data: of active segments, or of those that the
/// start function copies. 0 if unknown.
uint32_t data_start(const Module &module);

}  // namespace wasmlinux
