// SPDX-License-Identifier: Apache-2.0
/// Code that a module needs beside its own functions: bulk operations on memory and
/// table, adapters of signatures, thunks of imports, the entries that the machine calls.
#pragma once

#include "machine/compiler/unit.h"

namespace wasmlinux {

/// Defines all of it in the unit.
void emit_support(Unit &unit);

/// What lies before the entry of a function that a reference can name: its
/// signature, and the way to the adapter of that.
void emit_prefix(Unit &unit, llvm::Function *function, const FunctionType &type);

// The parts, one file each.
void emit_bulk_memory(Unit &unit);
void emit_table_operations(Unit &unit);
void emit_adapters(Unit &unit);
void emit_entries(Unit &unit);

}  // namespace wasmlinux
