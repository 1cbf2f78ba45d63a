// SPDX-License-Identifier: Apache-2.0
/// Adapters of signatures, thunks of imports, entries.
#include <set>

#include "machine/compiler/signature.h"
#include "machine/compiler/support.h"

namespace wasmlinux {

namespace {

constexpr const char *kClearScratch = "wl_clear_scratch";

uint32_t slots_of(const std::vector<ValueType> &types) {
  uint32_t slots = 0;
  for (ValueType t : types)
    slots += t == ValueType::v128 ? 2 : 1;
  return slots;
}

llvm::FunctionType *void_function(Unit &unit, std::vector<llvm::Type *> params = {}) {
  return llvm::FunctionType::get(unit.ir.getVoidTy(), params, false);
}

void emit_clear_scratch(Unit &unit) {
  unit.define(unit.function(kClearScratch, void_function(unit)));
  unit.store(unit.ir.getInt32(CallScratch::kSlots), unit.scratch_live(), 4);
  auto *zero = llvm::Constant::getNullValue(llvm::FixedVectorType::get(unit.ir.getInt64Ty(), 2));
  for (uint32_t slot = 0; slot < CallScratch::kSlots; slot += 2)
    unit.store(zero, unit.scratch_slot(slot), 8);
  unit.ir.CreateRetVoid();
}

// What call_indirect does if the entry's signature differs: native type with the
// entry's code and signature as last parameters.
void emit_mismatch(Unit &unit, const FunctionType &type) {
  auto &ir = unit.ir;
  llvm::FunctionType *native = unit.native_type(type);
  std::vector<llvm::Type *> params(native->param_begin(), native->param_end());
  params.push_back(ir.getPtrTy());
  params.push_back(ir.getInt64Ty());
  llvm::Function *f = unit.function(mismatch_symbol(signature_of(type)),
                                    llvm::FunctionType::get(native->getReturnType(), params, false));
  unit.define(f);
  llvm::Value *code = f->getArg(static_cast<unsigned>(type.params.size()));
  llvm::Value *signature = f->getArg(static_cast<unsigned>(type.params.size() + 1));
  unit.trap_if(ir.CreateICmpEQ(signature, ir.getInt64(0)), TrapCode::null_function);
  if (unit.options.strict_signatures || slots_of(type.params) > CallScratch::kSlots) {
    unit.trap(TrapCode::bad_signature);
    return;
  }

  ir.CreateCall(unit.function(kClearScratch, void_function(unit)));
  uint32_t slot = 0;
  for (size_t i = 0; i < type.params.size(); i++) {
    unit.store_slot(slot, f->getArg(static_cast<unsigned>(i)));
    slot += type.params[i] == ValueType::v128 ? 2 : 1;
  }
  ir.CreateCall(unit.function(kAdapt, void_function(unit, {ir.getPtrTy()})), {code});

  // Results that the callee does not have are 0.
  llvm::Value *live = unit.load(ir.getInt32Ty(), unit.scratch_live(), 4);
  std::vector<llvm::Value *> values;
  slot = 0;
  for (ValueType t : type.results) {
    llvm::Value *value = unit.load_slot(slot, t);
    slot += t == ValueType::v128 ? 2 : 1;
    llvm::Value *present = ir.CreateICmpUGE(live, ir.getInt32(slot));
    values.push_back(ir.CreateSelect(present, value, llvm::Constant::getNullValue(value->getType())));
  }
  unit.store(ir.getInt32(0), unit.scratch_live(), 4);
  unit.return_values(type, values);
}

// void(code): arguments from CallScratch, results there, see TableEntry.
void emit_adapter(Unit &unit, const FunctionType &type) {
  auto &ir = unit.ir;
  llvm::Function *f = unit.function(adapter_symbol(signature_of(type)), void_function(unit, {ir.getPtrTy()}));
  unit.define(f);
  if (slots_of(type.params) > CallScratch::kSlots) {
    unit.trap(TrapCode::bad_signature);
    return;
  }
  std::vector<llvm::Value *> arguments;
  uint32_t slot = 0;
  for (ValueType t : type.params) {
    arguments.push_back(unit.load_slot(slot, t));
    slot += t == ValueType::v128 ? 2 : 1;
  }
  unit.store(ir.getInt32(0), unit.scratch_live(), 4);
  llvm::Value *result = ir.CreateCall(unit.native_type(type), f->getArg(0), arguments);
  if (type.results.size() == 1) {
    unit.store(ir.getInt32(slots_of(type.results)), unit.scratch_live(), 4);
    unit.store_slot(0, result);
  }
  ir.CreateRetVoid();
}

// void(code): jumps to the adapter that the code's prefix names. The only function
// that reads memory through a code address, and known to the verifier for it.
void emit_adapt(Unit &unit) {
  auto &ir = unit.ir;
  llvm::FunctionType *type = void_function(unit, {ir.getPtrTy()});
  llvm::Function *f = unit.function(kAdapt, type);
  unit.define(f);
  llvm::Value *code = f->getArg(0);
  llvm::Value *distance = ir.CreateAlignedLoad(
      ir.getInt32Ty(), ir.CreateGEP(ir.getInt8Ty(), code, ir.getInt64(-4)), llvm::Align(4));
  llvm::Value *adapter = ir.CreateGEP(ir.getInt8Ty(), code, ir.CreateSExt(distance, ir.getInt64Ty()));
  ir.CreateCall(type, adapter, {code})->setTailCallKind(llvm::CallInst::TCK_Tail);
  ir.CreateRetVoid();
}

void emit_thunk(Unit &unit, uint32_t import) {
  const FunctionType &type = unit.wasm.type_of(import);
  llvm::Function *f = unit.wasm_function(import);
  unit.define(f);
  emit_prefix(unit, f, type);
  std::vector<llvm::Value *> arguments;
  for (llvm::Argument &argument : f->args())
    arguments.push_back(&argument);
  unit.return_values(type, unit.call(import, arguments));
}

[[noreturn]] void bad_entry(const std::string &name) {
  throw CompileError(CompileError::Kind::bad_module, "its export " + name + " has an unexpected type");
}

void emit_entry_start(Unit &unit) {
  auto &ir = unit.ir;
  bool user = unit.options.kind == ImageKind::user;
  const std::string name = user ? "_start" : "kernel_start";
  const Export *start = unit.wasm.find_export(ExternKind::function, name);
  if (!start)
    return;
  llvm::Function *f =
      unit.function(kEntryStart, user ? void_function(unit, {ir.getInt32Ty()}) : void_function(unit));
  unit.define(f);
  // The machine sets the stack pointer; this register begins as the module says.
  if (auto tls = unit.facts.tls_base; tls && unit.facts.globals[*tls].kind == GlobalPlace::Kind::block)
    unit.store(ir.getInt32(static_cast<uint32_t>(unit.wasm.globals[*tls].value.value)),
               unit.block(unit.facts.globals[*tls].offset), 4);
  if (unit.wasm.start)
    unit.call(*unit.wasm.start, {});
  const FunctionType &type = unit.wasm.type_of(start->index);
  std::vector<llvm::Value *> arguments;
  if (user && type.params == std::vector{ValueType::i32})
    arguments.push_back(f->getArg(0));
  else if (!type.params.empty())
    bad_entry(name);
  unit.call(start->index, arguments);
  ir.CreateRetVoid();
}

void emit_user_entries(Unit &unit) {
  auto &ir = unit.ir;
  llvm::Type *i32 = ir.getInt32Ty();
  llvm::Function *thread = unit.function(kEntryThread, void_function(unit, {i32}));
  unit.define(thread);
  if (unit.wasm.memory) {
    llvm::Value *sp = thread->getArg(0);
    llvm::Value *code = unit.load(i32, unit.memory(sp, 0)), *argument = unit.load(i32, unit.memory(sp, 4));
    unit.call_indirect({{ValueType::i32}, {ValueType::i32}}, code, {argument});
    ir.CreateRetVoid();
  } else {
    unit.trap(TrapCode::unreachable);
  }

  llvm::Function *call = unit.function(kEntryCall, void_function(unit, {i32, i32, i32, i32}));
  unit.define(call);
  unit.call_indirect({{ValueType::i32, ValueType::i32, ValueType::i32}, {}}, call->getArg(0),
                     {call->getArg(1), call->getArg(2), call->getArg(3)});
  ir.CreateRetVoid();
}

// i32(address, expected, nanoseconds): memory.atomic.wait32 as Linux' futex_time64.
void emit_futex_wait(Unit &unit) {
  auto &ir = unit.ir;
  llvm::Type *i32 = ir.getInt32Ty(), *i64 = ir.getInt64Ty();
  llvm::Function *f = unit.function(kFutexWait, llvm::FunctionType::get(i32, {i32, i32, i64}, false));
  unit.define(f);
  llvm::Value *cell = f->getArg(0), *expected = f->getArg(1), *timeout = f->getArg(2);
  constexpr uint32_t kFutex = 422, kWaitPrivate = 128;
  llvm::Value *zero = ir.getInt32(0);
  auto futex = [&](llvm::Value *time) {
    llvm::Value *error = unit.call(*unit.facts.syscall, {ir.getInt32(kFutex), cell, ir.getInt32(kWaitPrivate),
                                                         expected, time, zero, zero})[0];
    constexpr int kAgain = -11, kTimedOut = -110;
    llvm::Value *result =
        ir.CreateSelect(ir.CreateICmpEQ(error, ir.getInt32(static_cast<uint32_t>(kTimedOut))), ir.getInt32(2),
                        ir.getInt32(0));
    return ir.CreateSelect(ir.CreateICmpEQ(error, ir.getInt32(static_cast<uint32_t>(kAgain))), ir.getInt32(1),
                           result);
  };
  llvm::BasicBlock *forever = unit.new_block(), *limited = unit.new_block();
  ir.CreateCondBr(ir.CreateICmpSLT(timeout, ir.getInt64(0)), forever, limited);
  ir.SetInsertPoint(forever);
  ir.CreateRet(futex(zero));

  ir.SetInsertPoint(limited);
  if (!unit.facts.stack_pointer ||
      unit.facts.globals[*unit.facts.stack_pointer].kind != GlobalPlace::Kind::block) {
    unit.trap(TrapCode::unreachable);  // there is no place for a timespec
    return;
  }
  // A timespec on the program's stack, below its red zone.
  llvm::Value *register_sp = unit.block(unit.facts.globals[*unit.facts.stack_pointer].offset);
  llvm::Value *sp = unit.load(i32, register_sp, 4);
  llvm::Value *time = ir.CreateAnd(ir.CreateSub(sp, ir.getInt32(128 + 16)), ir.getInt32(~15u));
  unit.store(time, register_sp, 4);
  llvm::Value *billion = ir.getInt64(1'000'000'000);
  unit.store(ir.CreateUDiv(timeout, billion), unit.memory(time, 0));
  unit.store(ir.CreateURem(timeout, billion), unit.memory(time, 8));
  llvm::Value *result = futex(time);
  unit.store(sp, register_sp, 4);
  ir.CreateRet(result);
}

}  // namespace

void emit_prefix(Unit &unit, llvm::Function *function, const FunctionType &type) {
  auto &ir = unit.ir;
  uint64_t signature = signature_of(type);
  llvm::Function *adapter = unit.function(adapter_symbol(signature), void_function(unit, {ir.getPtrTy()}));
  llvm::Constant *distance = llvm::ConstantExpr::getTrunc(
      llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(adapter, ir.getInt64Ty()),
                                 llvm::ConstantExpr::getPtrToInt(function, ir.getInt64Ty())),
      ir.getInt32Ty());
  function->setPrefixData(llvm::ConstantStruct::getAnon({ir.getInt64(signature), ir.getInt32(0), distance}));
}

void emit_adapters(Unit &unit) {
  emit_clear_scratch(unit);
  emit_adapt(unit);
  std::set<uint64_t> done;
  auto both = [&](const FunctionType &type) {
    if (!done.insert(signature_of(type)).second)
      return;
    emit_mismatch(unit, type);
    emit_adapter(unit, type);
  };
  for (const FunctionType &type : unit.wasm.types)
    both(type);
  // Those of the entries.
  both({{ValueType::i32}, {ValueType::i32}});
  both({{ValueType::i32, ValueType::i32, ValueType::i32}, {}});
  for (uint32_t i = 0; i < unit.wasm.imports.size(); i++)
    if (unit.facts.address_taken[i])
      emit_thunk(unit, i);
}

void emit_entries(Unit &unit) {
  emit_entry_start(unit);
  if (unit.options.kind != ImageKind::user)
    return;
  emit_user_entries(unit);
  if (unit.facts.syscall)
    emit_futex_wait(unit);
}

void emit_support(Unit &unit) {
  if (unit.wasm.memory)
    emit_bulk_memory(unit);
  emit_table_operations(unit);
  emit_adapters(unit);
  emit_entries(unit);
}

}  // namespace wasmlinux
