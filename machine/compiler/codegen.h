// SPDX-License-Identifier: Apache-2.0
/// A piece of a module to an ELF object in memory.
#pragma once

#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>

#include "machine/compiler/compile.h"
#include "machine/compiler/facts.h"
#include "machine/compiler/plan.h"

namespace wasmlinux {

using ObjectBytes = llvm::SmallVector<char, 0>;

/// Makes LLVM ready; once, before everything else here.
void initialize_llvm();

/// Translates, optimises and emits a piece, and has the verifier look at it.
/// Throws CompileError.
ObjectBytes compile_piece(const Module &module, const Facts &facts, const CompileOptions &options,
                          const Piece &piece);

/// Runs the code generator alone.
ObjectBytes emit_object(llvm::Module &module, bool fast);

}  // namespace wasmlinux
