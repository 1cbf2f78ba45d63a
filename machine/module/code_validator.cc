// SPDX-License-Identifier: Apache-2.0
#include "machine/module/code_validator.h"

#include "machine/module/limits.h"

namespace wasmlinux {

namespace {

// wabt gives the logarithm as encoded, unchecked.
wabt::Address alignment(wabt::Address log2) { return log2 < 32 ? wabt::Address{1} << log2 : ~0u; }

}  // namespace

using Result = wabt::Result;

Result CodeValidator::fail(std::string message) {
  errors_.emplace_back(wabt::ErrorLevel::Error, location(), message);
  return Result::Error;
}

Result CodeValidator::within(uint64_t count, uint64_t limit, const char *what) {
  if (count <= limit)
    return Result::Ok;
  return fail("too many " + std::string(what) + " (" + std::to_string(count) + ", at most " +
              std::to_string(limit) + ")");
}

bool CodeValidator::OnError(const wabt::Error &error) {
  errors_.push_back(error);
  return true;
}

// ---- Bodies and constant expressions ----

Result CodeValidator::begin_body(Index function) {
  depth_ = 0;
  ended_ = false;
  return validator_.BeginFunctionBody(location(), function);
}

Result CodeValidator::EndFunctionBody(Index) {
  if (!ended_)
    return fail("function body does not end");
  return validator_.EndFunctionBody(location());
}

Result CodeValidator::begin_constant(Type type, const std::vector<Global> &globals) {
  in_constant_ = true;
  ended_ = false;
  depth_ = 0;
  globals_ = &globals;
  constants_.clear();
  return validator_.BeginInitExpr(location(), type);
}

Result CodeValidator::end_constant(Constant &out) {
  in_constant_ = false;
  ended_ = true;
  if (wabt::Failed(validator_.EndInitExpr()))
    return Result::Error;
  if (constants_.size() != 1)
    return fail("constant expression of an unknown kind");
  out = constants_.back();
  return Result::Ok;
}

// The extended constant expressions: add, sub, mul of i32 and i64.
void CodeValidator::fold(Opcode opcode) {
  if (constants_.size() < 2)
    return;
  uint64_t b = constants_.back().value;
  constants_.pop_back();
  uint64_t &a = constants_.back().value;
  switch (opcode) {
    case Opcode::I32Add:
      a = static_cast<uint32_t>(a + b);
      break;
    case Opcode::I32Sub:
      a = static_cast<uint32_t>(a - b);
      break;
    case Opcode::I32Mul:
      a = static_cast<uint32_t>(a * b);
      break;
    case Opcode::I64Add:
      a += b;
      break;
    case Opcode::I64Sub:
      a -= b;
      break;
    case Opcode::I64Mul:
      a *= b;
      break;
    default:
      constants_.clear();
  }
}

Result CodeValidator::OnOpcode(Opcode opcode) {
  if (ended_)
    return fail("instruction behind the end of a function");
  if (opcode.GetPrefix() == 0xfd)
    return fail("it uses SIMD (" + std::string(opcode.GetName()) + "), which this machine does not have yet");
  return Result::Ok;
}

// ---- Control ----

Result CodeValidator::enter() { return within(++depth_, limits::kNesting, "blocks in each other"); }

Result CodeValidator::OnBlockExpr(Type type) {
  if (wabt::Failed(enter()))
    return Result::Error;
  return validator_.OnBlock(location(), type);
}

Result CodeValidator::OnLoopExpr(Type type) {
  if (wabt::Failed(enter()))
    return Result::Error;
  return validator_.OnLoop(location(), type);
}

Result CodeValidator::OnIfExpr(Type type) {
  if (wabt::Failed(enter()))
    return Result::Error;
  return validator_.OnIf(location(), type);
}

Result CodeValidator::OnElseExpr() { return validator_.OnElse(location()); }

Result CodeValidator::OnEndExpr() {
  // The last one ends the function or constant itself, which has a callback of its own.
  if (depth_ == 0) {
    ended_ = true;
    return Result::Ok;
  }
  depth_--;
  return validator_.OnEnd(location());
}

Result CodeValidator::OnBrExpr(Index depth) { return validator_.OnBr(location(), var(depth)); }
Result CodeValidator::OnBrIfExpr(Index depth) { return validator_.OnBrIf(location(), var(depth)); }

Result CodeValidator::OnBrTableExpr(Index count, Index *depths, Index default_depth) {
  if (wabt::Failed(validator_.BeginBrTable(location())))
    return Result::Error;
  for (Index i = 0; i < count; i++)
    if (wabt::Failed(validator_.OnBrTableTarget(location(), var(depths[i]))))
      return Result::Error;
  if (wabt::Failed(validator_.OnBrTableTarget(location(), var(default_depth))))
    return Result::Error;
  return validator_.EndBrTable(location());
}

Result CodeValidator::OnReturnExpr() { return validator_.OnReturn(location()); }
Result CodeValidator::OnUnreachableExpr() { return validator_.OnUnreachable(location()); }
Result CodeValidator::OnNopExpr() { return validator_.OnNop(location()); }
Result CodeValidator::OnCallExpr(Index function) { return validator_.OnCall(location(), var(function)); }
Result CodeValidator::OnCallIndirectExpr(Index type, Index table) {
  return validator_.OnCallIndirect(location(), var(type), var(table));
}

// ---- Constants and numbers ----

Result CodeValidator::OnI32ConstExpr(uint32_t value) {
  if (in_constant_)
    constant(value);
  return validator_.OnConst(location(), Type::I32);
}

Result CodeValidator::OnI64ConstExpr(uint64_t value) {
  if (in_constant_)
    constant(value);
  return validator_.OnConst(location(), Type::I64);
}

Result CodeValidator::OnF32ConstExpr(uint32_t bits) {
  if (in_constant_)
    constant(bits);
  return validator_.OnConst(location(), Type::F32);
}

Result CodeValidator::OnF64ConstExpr(uint64_t bits) {
  if (in_constant_)
    constant(bits);
  return validator_.OnConst(location(), Type::F64);
}

Result CodeValidator::OnUnaryExpr(Opcode opcode) { return validator_.OnUnary(location(), opcode); }
Result CodeValidator::OnCompareExpr(Opcode opcode) { return validator_.OnCompare(location(), opcode); }
Result CodeValidator::OnConvertExpr(Opcode opcode) { return validator_.OnConvert(location(), opcode); }

Result CodeValidator::OnBinaryExpr(Opcode opcode) {
  if (in_constant_)
    fold(opcode);
  return validator_.OnBinary(location(), opcode);
}

// ---- Variables ----

Result CodeValidator::OnLocalGetExpr(Index local) { return validator_.OnLocalGet(location(), var(local)); }
Result CodeValidator::OnLocalSetExpr(Index local) { return validator_.OnLocalSet(location(), var(local)); }
Result CodeValidator::OnLocalTeeExpr(Index local) { return validator_.OnLocalTee(location(), var(local)); }
Result CodeValidator::OnGlobalSetExpr(Index global) {
  return validator_.OnGlobalSet(location(), var(global));
}

Result CodeValidator::OnGlobalGetExpr(Index global) {
  if (wabt::Failed(validator_.OnGlobalGet(location(), var(global))))
    return Result::Error;
  if (in_constant_)
    constants_.push_back((*globals_)[global].value);
  return Result::Ok;
}

Result CodeValidator::OnDropExpr() { return validator_.OnDrop(location()); }
Result CodeValidator::OnSelectExpr(Index count, Type *types) {
  return validator_.OnSelect(location(), count, types);
}

// ---- References and tables ----

Result CodeValidator::OnRefFuncExpr(Index function) {
  if (in_constant_)
    constants_.push_back({Constant::Kind::function, function});
  return validator_.OnRefFunc(location(), var(function));
}

Result CodeValidator::OnRefNullExpr(Type type) {
  if (in_constant_)
    constants_.push_back({Constant::Kind::null_reference, 0});
  return validator_.OnRefNull(location(), type);
}

Result CodeValidator::OnRefIsNullExpr() { return validator_.OnRefIsNull(location()); }
Result CodeValidator::OnTableGetExpr(Index table) { return validator_.OnTableGet(location(), var(table)); }
Result CodeValidator::OnTableSetExpr(Index table) { return validator_.OnTableSet(location(), var(table)); }
Result CodeValidator::OnTableGrowExpr(Index table) { return validator_.OnTableGrow(location(), var(table)); }
Result CodeValidator::OnTableSizeExpr(Index table) { return validator_.OnTableSize(location(), var(table)); }
Result CodeValidator::OnTableFillExpr(Index table) { return validator_.OnTableFill(location(), var(table)); }
Result CodeValidator::OnTableCopyExpr(Index destination, Index source) {
  return validator_.OnTableCopy(location(), var(destination), var(source));
}
Result CodeValidator::OnTableInitExpr(Index segment, Index table) {
  return validator_.OnTableInit(location(), var(segment), var(table));
}
Result CodeValidator::OnElemDropExpr(Index segment) {
  return validator_.OnElemDrop(location(), var(segment));
}

// ---- Memory ----

Result CodeValidator::OnLoadExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnLoad(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnStoreExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnStore(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnMemorySizeExpr(Index memory) {
  return validator_.OnMemorySize(location(), var(memory));
}
Result CodeValidator::OnMemoryGrowExpr(Index memory) {
  return validator_.OnMemoryGrow(location(), var(memory));
}
Result CodeValidator::OnMemoryFillExpr(Index memory) {
  return validator_.OnMemoryFill(location(), var(memory));
}
Result CodeValidator::OnMemoryCopyExpr(Index source, Index destination) {
  return validator_.OnMemoryCopy(location(), var(source), var(destination));
}
Result CodeValidator::OnMemoryInitExpr(Index segment, Index memory) {
  return validator_.OnMemoryInit(location(), var(segment), var(memory));
}
Result CodeValidator::OnDataDropExpr(Index segment) {
  return validator_.OnDataDrop(location(), var(segment));
}

// ---- Atomics ----

Result CodeValidator::OnAtomicLoadExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicLoad(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicStoreExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicStore(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicRmwExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicRmw(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicRmwCmpxchgExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicRmwCmpxchg(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicWaitExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicWait(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicNotifyExpr(Opcode opcode, Index memory, Address align, Address) {
  return validator_.OnAtomicNotify(location(), opcode, var(memory), alignment(align));
}
Result CodeValidator::OnAtomicFenceExpr(uint32_t model) {
  return validator_.OnAtomicFence(location(), model);
}

}  // namespace wasmlinux
