// SPDX-License-Identifier: Apache-2.0
/// What generated code looks like on a host CPU. One file each: host_x86_64.cc.
#pragma once

#include <memory>

#include <llvm/IR/IRBuilder.h>
#include <llvm/Target/TargetMachine.h>

#include "machine/compiler/compile.h"

namespace wasmlinux::host {

/// A code generator; `fast` is the one whose time grows linearly.
std::unique_ptr<llvm::TargetMachine> target_machine(bool fast);

/// Makes a function follow the rules for generated code (docs/compiler.md).
void prepare(llvm::Function &function);

/// The address `displacement` bytes from the base of linear memory, a 64-bit value.
llvm::Value *memory_address(llvm::IRBuilder<> &ir, MemoryBase base, llvm::Value *displacement);

/// The address of a byte of the vCPU's NativeBlock.
llvm::Value *block_address(llvm::IRBuilder<> &ir, int32_t fs_offset, uint32_t offset);

/// Ends a block with a trap.
void trap(llvm::IRBuilder<> &ir, TrapCode code, bool keep_apart);

}  // namespace wasmlinux::host
