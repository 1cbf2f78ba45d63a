// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/unit.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/MDBuilder.h>

#include "machine/compiler/host.h"
#include "machine/compiler/signature.h"

namespace wasmlinux {

std::string function_symbol(uint32_t index) { return "f" + std::to_string(index); }
std::string adapter_symbol(uint64_t signature) { return "a" + llvm::utohexstr(signature, true); }
std::string mismatch_symbol(uint64_t signature) { return "m" + llvm::utohexstr(signature, true); }

Unit::Unit(const Module &module, const Facts &facts, const CompileOptions &options)
    : wasm(module), facts(facts), options(options), llvm_module("wasm", context), ir(context) {}

// ---- Types ----

llvm::Type *Unit::type(ValueType type) {
  switch (type) {
    case ValueType::i32:
      return ir.getInt32Ty();
    case ValueType::i64:
      return ir.getInt64Ty();
    case ValueType::f32:
      return ir.getFloatTy();
    case ValueType::f64:
      return ir.getDoubleTy();
    case ValueType::v128:
      return llvm::FixedVectorType::get(ir.getInt64Ty(), 2);
    // A reference to a function is its distance from wl_refs, 0 for null.
    case ValueType::funcref:
    case ValueType::externref:
      return ir.getInt64Ty();
  }
  throw CompileError(CompileError::Kind::internal, "unknown value type");
}

llvm::FunctionType *Unit::native_type(const FunctionType &wasm_type) {
  std::vector<llvm::Type *> params;
  for (ValueType t : wasm_type.params)
    params.push_back(type(t));
  llvm::Type *result = wasm_type.results.size() == 1 ? type(wasm_type.results[0]) : ir.getVoidTy();
  return llvm::FunctionType::get(result, params, false);
}

// ---- Functions ----

llvm::Function *Unit::function(const std::string &symbol, llvm::FunctionType *type) {
  if (llvm::Function *known = llvm_module.getFunction(symbol))
    return known;
  llvm::Function *f = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, llvm_module);
  f->setVisibility(llvm::GlobalValue::HiddenVisibility);
  f->setDSOLocal(true);
  f->addFnAttr(llvm::Attribute::NoUnwind);
  return f;
}

llvm::Function *Unit::wasm_function(uint32_t index) {
  return function(function_symbol(index), native_type(wasm.type_of(index)));
}

void Unit::define(llvm::Function *function) {
  host::prepare(*function);
  function->setSection(kTextSection);
  ir.SetInsertPoint(llvm::BasicBlock::Create(context, "", function));
}

llvm::GlobalVariable *Unit::symbol(const char *name) {
  if (llvm::GlobalVariable *known = llvm_module.getNamedGlobal(name))
    return known;
  auto *variable = new llvm::GlobalVariable(llvm_module, ir.getInt64Ty(), false,
                                            llvm::GlobalValue::ExternalLinkage, nullptr, name);
  variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
  variable->setDSOLocal(true);
  return variable;
}

std::vector<llvm::Value *> Unit::call(uint32_t index, llvm::ArrayRef<llvm::Value *> arguments) {
  const FunctionType &type = wasm.type_of(index);
  llvm::Value *callee = wasm.is_import(index)
                            ? static_cast<llvm::Value *>(ir.CreateAlignedLoad(
                                  ir.getPtrTy(), state(kStateImports + index * 8), llvm::Align(8)))
                            : wasm_function(index);
  return results(type, ir.CreateCall(native_type(type), callee, arguments));
}

std::vector<llvm::Value *> Unit::results(const FunctionType &type, llvm::CallInst *call) {
  call->setDoesNotThrow();
  if (type.results.empty())
    return {};
  if (type.results.size() == 1)
    return {call};
  std::vector<llvm::Value *> values;
  uint32_t slot = 0;
  for (ValueType t : type.results) {
    values.push_back(load_slot(slot, t));
    slot += t == ValueType::v128 ? 2 : 1;
  }
  store(ir.getInt32(0), scratch_live(), 4);
  return values;
}

void Unit::return_values(const FunctionType &type, llvm::ArrayRef<llvm::Value *> values) {
  if (type.results.empty()) {
    ir.CreateRetVoid();
    return;
  }
  if (type.results.size() == 1) {
    ir.CreateRet(values[0]);
    return;
  }
  uint32_t slots = 0;
  for (ValueType t : type.results)
    slots += t == ValueType::v128 ? 2 : 1;
  // First, so that an interrupt in between saves them.
  store(ir.getInt32(slots), scratch_live(), 4);
  uint32_t slot = 0;
  for (size_t i = 0; i < values.size(); i++) {
    store_slot(slot, values[i]);
    slot += type.results[i] == ValueType::v128 ? 2 : 1;
  }
  ir.CreateRetVoid();
}

std::vector<llvm::Value *> Unit::call_indirect(const FunctionType &type, llvm::Value *index,
                                               llvm::ArrayRef<llvm::Value *> arguments) {
  llvm::Value *size =
      ir.CreateAlignedLoad(ir.getInt32Ty(), beside_memory(kTableSizeDisplacement), llvm::Align(4));
  trap_if(ir.CreateICmpUGE(index, size), TrapCode::bad_table_index);

  llvm::Value *entry = ir.CreateShl(ir.CreateZExt(index, ir.getInt64Ty()), 4, "", /*NUW=*/true, /*NSW=*/true);
  llvm::Value *code = ir.CreateAlignedLoad(
      ir.getPtrTy(), beside_memory(kTableDisplacement + offsetof(TableEntry, code), entry), llvm::Align(8));
  llvm::Value *signature = ir.CreateAlignedLoad(
      ir.getInt64Ty(), beside_memory(kTableDisplacement + offsetof(TableEntry, signature), entry),
      llvm::Align(8));

  uint64_t expected = signature_of(type);
  llvm::BasicBlock *same = new_block(), *differs = new_block(), *done = new_block();
  ir.CreateCondBr(ir.CreateICmpEQ(signature, ir.getInt64(expected)), same, differs,
                  llvm::MDBuilder(context).createLikelyBranchWeights());

  llvm::FunctionType *native = native_type(type);
  ir.SetInsertPoint(same);
  std::vector<llvm::Value *> fast = results(type, ir.CreateCall(native, code, arguments));
  llvm::BasicBlock *same_end = ir.GetInsertBlock();
  ir.CreateBr(done);

  // Out of line: empty entries, other signatures.
  ir.SetInsertPoint(differs);
  std::vector<llvm::Type *> params(native->param_begin(), native->param_end());
  params.push_back(ir.getPtrTy());
  params.push_back(ir.getInt64Ty());
  std::vector<llvm::Value *> all(arguments.begin(), arguments.end());
  all.push_back(code);
  all.push_back(signature);
  llvm::Function *stub =
      function(mismatch_symbol(expected), llvm::FunctionType::get(native->getReturnType(), params, false));
  stub->addFnAttr(llvm::Attribute::Cold);
  std::vector<llvm::Value *> slow = results(type, ir.CreateCall(stub, all));
  llvm::BasicBlock *differs_end = ir.GetInsertBlock();
  ir.CreateBr(done);

  ir.SetInsertPoint(done);
  std::vector<llvm::Value *> merged;
  for (size_t i = 0; i < fast.size(); i++) {
    llvm::PHINode *phi = ir.CreatePHI(fast[i]->getType(), 2);
    phi->addIncoming(fast[i], same_end);
    phi->addIncoming(slow[i], differs_end);
    merged.push_back(phi);
  }
  return merged;
}

// ---- State ----

llvm::Value *Unit::memory(llvm::Value *index, uint64_t offset) {
  llvm::Value *displacement = ir.CreateZExt(index, ir.getInt64Ty());
  if (offset)
    displacement = ir.CreateAdd(displacement, ir.getInt64(offset), "", /*NUW=*/true, /*NSW=*/true);
  return host::memory_address(ir, options.memory, displacement);
}

llvm::Value *Unit::beside_memory(int64_t displacement, llvm::Value *index) {
  llvm::Value *at = llvm::ConstantInt::getSigned(ir.getInt64Ty(), displacement);
  if (index)
    at = ir.CreateAdd(index, at);
  return host::memory_address(ir, options.memory, at);
}

llvm::Value *Unit::state(uint32_t offset) {
  llvm::LoadInst *slot = ir.CreateAlignedLoad(ir.getInt64Ty(), symbol(kStateSymbol), llvm::Align(8));
  // Set once, when the code is loaded.
  slot->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context, {}));
  return beside_memory(offset, slot);
}

llvm::Value *Unit::block(uint32_t offset) { return host::block_address(ir, options.fs_offset, offset); }

llvm::Value *Unit::scratch_live() {
  return block(offsetof(NativeBlock, scratch) + offsetof(CallScratch, live));
}

llvm::Value *Unit::scratch_slot(uint32_t slot) {
  return block(offsetof(NativeBlock, scratch) + offsetof(CallScratch, slot) + slot * 8);
}

void Unit::store_slot(uint32_t slot, llvm::Value *value) {
  llvm::Type *type = value->getType();
  if (type->isFloatTy())
    value = ir.CreateBitCast(value, ir.getInt32Ty());
  if (value->getType()->isIntegerTy(32))
    value = ir.CreateZExt(value, ir.getInt64Ty());
  store(value, scratch_slot(slot), 8);
}

llvm::Value *Unit::load_slot(uint32_t slot, ValueType t) {
  return load(type(t), scratch_slot(slot), t == ValueType::i32 || t == ValueType::f32 ? 4 : 8);
}

llvm::Value *Unit::load(llvm::Type *type, llvm::Value *address, unsigned align) {
  return ir.CreateAlignedLoad(type, address, llvm::Align(align), /*isVolatile=*/true);
}

void Unit::store(llvm::Value *value, llvm::Value *address, unsigned align) {
  ir.CreateAlignedStore(value, address, llvm::Align(align), /*isVolatile=*/true);
}

// ---- Traps ----

llvm::BasicBlock *Unit::new_block(const char *name) {
  return llvm::BasicBlock::Create(context, name, current());
}

llvm::BasicBlock *Unit::trap_block(TrapCode code) {
  if (traps_of_ != current()) {
    traps_of_ = current();
    trap_blocks_ = {};
  }
  llvm::BasicBlock *&block = trap_blocks_[static_cast<size_t>(code)];
  if (!block) {
    llvm::IRBuilder<>::InsertPointGuard guard(ir);
    block = new_block();
    ir.SetInsertPoint(block);
    host::trap(ir, code, false);
  }
  return block;
}

void Unit::trap_if(llvm::Value *condition, TrapCode code) {
  llvm::BasicBlock *go_on = new_block();
  ir.CreateCondBr(condition, trap_block(code), go_on, llvm::MDBuilder(context).createUnlikelyBranchWeights());
  ir.SetInsertPoint(go_on);
}

void Unit::trap(TrapCode code) { host::trap(ir, code, true); }

}  // namespace wasmlinux
