// SPDX-License-Identifier: Apache-2.0
/// Locals, globals, references, tables and segments.
#include "machine/compiler/translator.h"

namespace wasmlinux {

bool Translator::variable(const Instruction &in) {
  switch (in.op) {
    case Op::local_get: {
      llvm::AllocaInst *local = locals_.at(in.index);
      push(ir_.CreateLoad(local->getAllocatedType(), local));
      return true;
    }
    case Op::local_set:
      ir_.CreateStore(pop(), locals_.at(in.index));
      return true;
    case Op::local_tee:
      push(pop());
      ir_.CreateStore(stack_.back(), locals_.at(in.index));
      return true;
    case Op::global_get:
      global_get(in.index);
      return true;
    case Op::global_set:
      global_set(in.index);
      return true;
    case Op::drop:
      pop();
      return true;
    case Op::select:
    case Op::select_t: {
      llvm::Value *flag = condition();
      llvm::Value *otherwise = pop();
      push(ir_.CreateSelect(flag, pop(), otherwise));
      return true;
    }
    default:
      return false;
  }
}

llvm::Value *Translator::constant(const Global &global) {
  if (global.value.kind == Constant::Kind::function)
    return function_reference(static_cast<uint32_t>(global.value.value));
  llvm::Type *type = unit_.type(global.type);
  if (global.value.kind == Constant::Kind::null_reference)
    return llvm::Constant::getNullValue(type);
  if (type->isFloatTy())
    return llvm::ConstantFP::get(type,
                                 llvm::APFloat(llvm::APFloat::IEEEsingle(),
                                               llvm::APInt(32, static_cast<uint32_t>(global.value.value))));
  if (type->isDoubleTy())
    return llvm::ConstantFP::get(
        type, llvm::APFloat(llvm::APFloat::IEEEdouble(), llvm::APInt(64, global.value.value)));
  return llvm::ConstantInt::get(type, global.value.value);
}

void Translator::global_get(uint32_t index) {
  const GlobalPlace &place = unit_.facts.globals.at(index);
  const Global &global = unit_.wasm.globals[index];
  switch (place.kind) {
    case GlobalPlace::Kind::constant:
      push(constant(global));
      return;
    case GlobalPlace::Kind::block:
      push(unit_.load(ir_.getInt32Ty(), unit_.block(place.offset), 4));
      return;
    case GlobalPlace::Kind::state:
      push(unit_.load(unit_.type(global.type), unit_.state(kStateGlobals + place.offset * 16), 4));
      return;
  }
}

void Translator::global_set(uint32_t index) {
  const GlobalPlace &place = unit_.facts.globals.at(index);
  llvm::Value *value = pop();
  if (place.kind == GlobalPlace::Kind::block)
    unit_.store(value, unit_.block(place.offset), 4);
  else
    unit_.store(value, unit_.state(kStateGlobals + place.offset * 16), 4);
}

// ---- Bulk memory ----

bool Translator::bulk(const Instruction &in) {
  llvm::Type *i32 = ir_.getInt32Ty();
  auto helper = [&](const char *name, std::vector<llvm::Value *> arguments) {
    std::vector<llvm::Type *> types(arguments.size(), i32);
    ir_.CreateCall(unit_.function(name, llvm::FunctionType::get(ir_.getVoidTy(), types, false)), arguments);
  };
  // A dropped segment has no bytes left.
  auto length = [&](uint32_t size, uint32_t flag) -> llvm::Value * {
    llvm::Value *dropped = unit_.load(ir_.getInt8Ty(), unit_.state(flag));
    return ir_.CreateSelect(ir_.CreateICmpEQ(dropped, ir_.getInt8(0)), ir_.getInt32(size), ir_.getInt32(0));
  };
  switch (in.op) {
    case Op::memory_copy:
      helper(kMemoryCopy, pop(3));
      return true;
    case Op::memory_fill:
      helper(kMemoryFill, pop(3));
      return true;
    case Op::memory_init: {
      const DataSegment &segment = unit_.wasm.data.at(in.index);
      std::vector<llvm::Value *> arguments = pop(3);
      // An active segment has been dropped when the program started.
      bool kept = segment.mode == SegmentMode::passive;
      arguments.push_back(kept ? length(segment.size, data_flag(in.index)) : ir_.getInt32(0));
      arguments.push_back(ir_.getInt32(kept ? *unit_.facts.data_offset[in.index] : 0));
      helper(kMemoryInit, arguments);
      return true;
    }
    case Op::data_drop:
      unit_.store(ir_.getInt8(1), unit_.state(data_flag(in.index)));
      return true;
    case Op::table_copy:
      helper(kTableCopy, pop(3));
      return true;
    case Op::table_init: {
      const ElementSegment &segment = unit_.wasm.elements.at(in.index);
      std::vector<llvm::Value *> arguments = pop(3);
      bool kept = segment.mode == SegmentMode::passive;
      arguments.push_back(
          kept ? length(static_cast<uint32_t>(segment.elements.size()), element_flag(unit_.wasm, in.index))
               : ir_.getInt32(0));
      arguments.push_back(ir_.getInt32(unit_.facts.refs_offset[in.index]));
      helper(kTableInit, arguments);
      return true;
    }
    case Op::elem_drop:
      unit_.store(ir_.getInt8(1), unit_.state(element_flag(unit_.wasm, in.index)));
      return true;
    default:
      return false;
  }
}

// ---- References and the table ----

llvm::Value *Translator::function_reference(uint32_t function) {
  llvm::Type *i64 = ir_.getInt64Ty();
  return ir_.CreateSub(ir_.CreatePtrToInt(unit_.wasm_function(function), i64),
                       ir_.CreatePtrToInt(unit_.symbol(kRefsSymbol), i64));
}

bool Translator::table(const Instruction &in) {
  llvm::Type *i32 = ir_.getInt32Ty(), *i64 = ir_.getInt64Ty();
  switch (in.op) {
    case Op::ref_null:
      push(ir_.getInt64(0));
      return true;
    case Op::ref_is_null:
      push_flag(ir_.CreateICmpEQ(pop(), ir_.getInt64(0)));
      return true;
    case Op::ref_func:
      push(function_reference(in.index));
      return true;
    case Op::table_size:
      push(unit_.load(i32, unit_.beside_memory(kTableSizeDisplacement), 4));
      return true;
    case Op::table_grow: {
      // The machine commits a table's memory when it loads a program: it can't grow.
      llvm::Value *count = pop();
      pop();
      llvm::Value *size = unit_.load(i32, unit_.beside_memory(kTableSizeDisplacement), 4);
      push(ir_.CreateSelect(ir_.CreateICmpEQ(count, ir_.getInt32(0)), size, ir_.getInt32(~0u)));
      return true;
    }
    case Op::table_get:
      push(ir_.CreateCall(unit_.function(kTableGet, llvm::FunctionType::get(i64, {i32}, false)), {pop()}));
      return true;
    case Op::table_set: {
      llvm::Value *reference = pop();
      llvm::Value *index = pop();
      ir_.CreateCall(
          unit_.function(kTableFill, llvm::FunctionType::get(ir_.getVoidTy(), {i32, i64, i32}, false)),
          {index, reference, ir_.getInt32(1)});
      return true;
    }
    case Op::table_fill:
      ir_.CreateCall(
          unit_.function(kTableFill, llvm::FunctionType::get(ir_.getVoidTy(), {i32, i64, i32}, false)),
          pop(3));
      return true;
    default:
      return false;
  }
}

}  // namespace wasmlinux
