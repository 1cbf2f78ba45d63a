// SPDX-License-Identifier: Apache-2.0
/// A piece of a module on its way to an object: the LLVM module, what functions of
/// it need, and where generated code finds its state. Each has its own LLVMContext.
#pragma once

#include <optional>
#include <string>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "machine/compiler/compile.h"
#include "machine/compiler/facts.h"
#include "machine/module/module.h"

namespace wasmlinux {

/// Where functions lie, so that the linker gives us their bounds (a C identifier).
inline constexpr const char *kTextSection = "wl_text";

class Unit {
public:
  Unit(const Module &module, const Facts &facts, const CompileOptions &options);

  const Module &wasm;
  const Facts &facts;
  const CompileOptions &options;

  llvm::LLVMContext context;
  llvm::Module llvm_module;
  llvm::IRBuilder<> ir;

  // ---- Types ----
  llvm::Type *type(ValueType type);
  /// Of a function, as native_abi.h's calling convention says.
  llvm::FunctionType *native_type(const FunctionType &type);

  // ---- Functions ----
  /// Declares or finds a function by its symbol.
  llvm::Function *function(const std::string &symbol, llvm::FunctionType *type);
  /// The native function of a wasm function with a body, or the thunk of an import.
  llvm::Function *wasm_function(uint32_t index);
  /// Starts a definition: attributes, section, an entry block that `ir` points to.
  void define(llvm::Function *function);
  /// Calls a wasm function, imported or not; its results.
  std::vector<llvm::Value *> call(uint32_t index, llvm::ArrayRef<llvm::Value *> arguments);
  /// The results of a call of this type: its value, or what it left in CallScratch.
  std::vector<llvm::Value *> results(const FunctionType &type, llvm::CallInst *call);
  /// Returns them from the current function.
  void return_values(const FunctionType &type, llvm::ArrayRef<llvm::Value *> values);
  /// An indirect call through table entry `index`, with all its checks.
  std::vector<llvm::Value *> call_indirect(const FunctionType &type, llvm::Value *index,
                                           llvm::ArrayRef<llvm::Value *> arguments);

  // ---- State ----
  /// Linear memory at a zero-extended 32-bit index plus an offset.
  llvm::Value *memory(llvm::Value *index, uint64_t offset);
  /// `displacement` bytes from the base of memory, a negative constant plus a 64-bit value.
  llvm::Value *beside_memory(int64_t displacement, llvm::Value *index = nullptr);
  /// In the module's slot of state.
  llvm::Value *state(uint32_t offset);
  /// A word of NativeBlock.
  llvm::Value *block(uint32_t offset);
  llvm::Value *scratch_live();
  llvm::Value *scratch_slot(uint32_t slot);
  void store_slot(uint32_t slot, llvm::Value *value);
  llvm::Value *load_slot(uint32_t slot, ValueType type);
  llvm::Value *load(llvm::Type *type, llvm::Value *address, unsigned align = 1);
  void store(llvm::Value *value, llvm::Value *address, unsigned align = 1);

  // ---- Traps ----
  /// Traps if the condition is true; goes on in a new block.
  void trap_if(llvm::Value *condition, TrapCode code);
  /// Traps always; ends the block. Kept apart from others, so that its place tells what happened.
  void trap(TrapCode code);

  llvm::BasicBlock *new_block(const char *name = "");
  llvm::Function *current() { return ir.GetInsertBlock()->getParent(); }
  llvm::GlobalVariable *symbol(const char *name);

private:
  llvm::BasicBlock *trap_block(TrapCode code);

  llvm::Function *traps_of_ = nullptr;
  std::array<llvm::BasicBlock *, 16> trap_blocks_{};
};

/// Symbols of the support code and the image.
inline constexpr const char *kMemoryCopy = "wl_memory_copy";
inline constexpr const char *kMemoryFill = "wl_memory_fill";
inline constexpr const char *kMemoryInit = "wl_memory_init";
inline constexpr const char *kTableGet = "wl_table_get";
inline constexpr const char *kTableCopy = "wl_table_copy";
inline constexpr const char *kTableFill = "wl_table_fill";
inline constexpr const char *kTableInit = "wl_table_init";
inline constexpr const char *kFutexWait = "wl_futex_wait";
inline constexpr const char *kAdapt = "wl_adapt";
inline constexpr const char *kEntryStart = "wl_entry_start";
inline constexpr const char *kEntryThread = "wl_entry_thread";
inline constexpr const char *kEntryCall = "wl_entry_call";
inline constexpr const char *kImageSymbol = "wl_image";
inline constexpr const char *kStateSymbol = "wl_state";
inline constexpr const char *kDataSymbol = "wl_data";  // bytes of data segments
inline constexpr const char *kRefsSymbol = "wl_refs";  // function references count from here

std::string function_symbol(uint32_t index);
std::string adapter_symbol(uint64_t signature);
std::string mismatch_symbol(uint64_t signature);

}  // namespace wasmlinux
