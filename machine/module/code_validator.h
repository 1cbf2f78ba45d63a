// SPDX-License-Identifier: Apache-2.0
/// Hands every instruction that wabt's reader decodes to wabt's validator, and
/// evaluates constant expressions. The base of ModuleBuilder.
#pragma once

#include <string>
#include <vector>

#include <wabt/binary-reader-nop.h>
#include <wabt/shared-validator.h>

#include "machine/module/module.h"

namespace wasmlinux {

class CodeValidator : public wabt::BinaryReaderNop {
protected:
  using Result = wabt::Result;
  using Index = wabt::Index;
  using Type = wabt::Type;
  using Opcode = wabt::Opcode;
  using Address = wabt::Address;

  CodeValidator(const wabt::Features &features, size_t module_size)
      : module_size_(module_size), validator_(&errors_, wabt::ValidateOptions(features)) {}

  wabt::Location location() const { return wabt::Location(state ? state->offset : module_size_ + 1); }
  wabt::Var var(Index index) const { return wabt::Var(index, location()); }
  Result fail(std::string message);
  Result within(uint64_t count, uint64_t limit, const char *what);

  Result begin_body(Index function);
  Result begin_constant(Type type, const std::vector<Global> &globals);
  Result end_constant(Constant &out);

  bool OnError(const wabt::Error &error) override;

  size_t module_size_;
  wabt::Errors errors_;
  wabt::SharedValidator validator_;

private:
  Result OnOpcode(Opcode opcode) override;
  Result OnAtomicLoadExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnAtomicStoreExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnAtomicRmwExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnAtomicRmwCmpxchgExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnAtomicWaitExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnAtomicFenceExpr(uint32_t model) override;
  Result OnAtomicNotifyExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnBinaryExpr(Opcode) override;
  Result OnBlockExpr(Type) override;
  Result OnBrExpr(Index depth) override;
  Result OnBrIfExpr(Index depth) override;
  Result OnBrTableExpr(Index count, Index *depths, Index default_depth) override;
  Result OnCallExpr(Index function) override;
  Result OnCallIndirectExpr(Index type, Index table) override;
  Result OnCompareExpr(Opcode) override;
  Result OnConvertExpr(Opcode) override;
  Result OnDropExpr() override;
  Result OnElseExpr() override;
  Result OnEndExpr() override;
  Result OnF32ConstExpr(uint32_t bits) override;
  Result OnF64ConstExpr(uint64_t bits) override;
  Result OnGlobalGetExpr(Index global) override;
  Result OnGlobalSetExpr(Index global) override;
  Result OnI32ConstExpr(uint32_t value) override;
  Result OnI64ConstExpr(uint64_t value) override;
  Result OnIfExpr(Type) override;
  Result OnLoadExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnLocalGetExpr(Index local) override;
  Result OnLocalSetExpr(Index local) override;
  Result OnLocalTeeExpr(Index local) override;
  Result OnLoopExpr(Type) override;
  Result OnMemoryCopyExpr(Index source, Index destination) override;
  Result OnDataDropExpr(Index segment) override;
  Result OnMemoryFillExpr(Index memory) override;
  Result OnMemoryGrowExpr(Index memory) override;
  Result OnMemoryInitExpr(Index segment, Index memory) override;
  Result OnMemorySizeExpr(Index memory) override;
  Result OnTableCopyExpr(Index destination, Index source) override;
  Result OnElemDropExpr(Index segment) override;
  Result OnTableInitExpr(Index segment, Index table) override;
  Result OnTableGetExpr(Index table) override;
  Result OnTableSetExpr(Index table) override;
  Result OnTableGrowExpr(Index table) override;
  Result OnTableSizeExpr(Index table) override;
  Result OnTableFillExpr(Index table) override;
  Result OnRefFuncExpr(Index function) override;
  Result OnRefNullExpr(Type) override;
  Result OnRefIsNullExpr() override;
  Result OnNopExpr() override;
  Result OnReturnExpr() override;
  Result OnSelectExpr(Index count, Type *types) override;
  Result OnStoreExpr(Opcode, Index memory, Address align, Address offset) override;
  Result OnUnaryExpr(Opcode) override;
  Result OnUnreachableExpr() override;
  Result EndFunctionBody(Index function) override;

  Result enter();
  void constant(uint64_t bits) { constants_.push_back({Constant::Kind::bits, bits}); }
  void fold(Opcode opcode);

  size_t depth_ = 0;   // of blocks in the body that is being read
  bool ended_ = true;  // no body is being read
  bool in_constant_ = false;
  const std::vector<Global> *globals_ = nullptr;  // for global.get in a constant expression
  std::vector<Constant> constants_;               // the operands of a constant expression
};

}  // namespace wasmlinux
