// SPDX-License-Identifier: Apache-2.0
/// table.get, set, fill, copy, init. A reference to a function is the distance of its
/// code from wl_refs; its signature lies before the code.
#include "machine/compiler/support.h"

namespace wasmlinux {

namespace {

class Table {
public:
  explicit Table(Unit &unit) : unit_(unit), ir_(unit.ir) {}

  llvm::Value *size() {
    return ir_.CreateZExt(unit_.load(ir_.getInt32Ty(), unit_.beside_memory(kTableSizeDisplacement), 4),
                          ir_.getInt64Ty());
  }

  void check(llvm::Value *start, llvm::Value *count, llvm::Value *limit) {
    unit_.trap_if(ir_.CreateICmpUGT(ir_.CreateAdd(start, count), limit), TrapCode::bad_table_index);
  }

  llvm::Value *field(llvm::Value *index, size_t offset) {
    return unit_.beside_memory(kTableDisplacement + static_cast<int64_t>(offset), ir_.CreateShl(index, 4));
  }

  void store(llvm::Value *index, llvm::Value *code, llvm::Value *signature) {
    unit_.store(code, field(index, offsetof(TableEntry, code)), 8);
    unit_.store(signature, field(index, offsetof(TableEntry, signature)), 8);
  }

  /// The entry that a reference stands for.
  std::pair<llvm::Value *, llvm::Value *> entry(llvm::Value *reference) {
    llvm::BasicBlock *before = ir_.GetInsertBlock(), *some = unit_.new_block(), *done = unit_.new_block();
    ir_.CreateCondBr(ir_.CreateICmpEQ(reference, ir_.getInt64(0)), done, some);
    ir_.SetInsertPoint(some);
    llvm::Value *code = ir_.CreateGEP(ir_.getInt8Ty(), refs(), reference);
    llvm::Value *signature = ir_.CreateAlignedLoad(
        ir_.getInt64Ty(), ir_.CreateGEP(ir_.getInt8Ty(), code, ir_.getInt64(-16)), llvm::Align(8));
    llvm::Value *address = ir_.CreatePtrToInt(code, ir_.getInt64Ty());
    ir_.CreateBr(done);
    ir_.SetInsertPoint(done);
    auto merge = [&](llvm::Value *value) {
      llvm::PHINode *phi = ir_.CreatePHI(ir_.getInt64Ty(), 2);
      phi->addIncoming(ir_.getInt64(0), before);
      phi->addIncoming(value, some);
      return phi;
    };
    return {merge(address), merge(signature)};
  }

  llvm::Value *refs() { return unit_.symbol(kRefsSymbol); }

  /// for (i = 0; i < count; i++) body(i)
  template <typename Body> void loop(llvm::Value *count, Body body) {
    llvm::BasicBlock *before = ir_.GetInsertBlock(), *head = unit_.new_block(), *inside = unit_.new_block(),
                     *done = unit_.new_block();
    ir_.CreateBr(head);
    ir_.SetInsertPoint(head);
    llvm::PHINode *i = ir_.CreatePHI(ir_.getInt64Ty(), 2);
    i->addIncoming(ir_.getInt64(0), before);
    ir_.CreateCondBr(ir_.CreateICmpULT(i, count), inside, done);
    ir_.SetInsertPoint(inside);
    body(i);
    i->addIncoming(ir_.CreateAdd(i, ir_.getInt64(1)), ir_.GetInsertBlock());
    ir_.CreateBr(head);
    ir_.SetInsertPoint(done);
    ir_.CreateRetVoid();
  }

private:
  Unit &unit_;
  llvm::IRBuilder<> &ir_;
};

std::vector<llvm::Value *> begin(Unit &unit, const char *name, llvm::Type *result,
                                 std::vector<llvm::Type *> types) {
  llvm::Function *f = unit.function(name, llvm::FunctionType::get(result, types, false));
  unit.define(f);
  std::vector<llvm::Value *> arguments;
  for (llvm::Argument &argument : f->args())
    arguments.push_back(unit.ir.CreateZExt(&argument, unit.ir.getInt64Ty()));
  return arguments;
}

}  // namespace

void emit_table_operations(Unit &unit) {
  auto &ir = unit.ir;
  Table table(unit);
  llvm::Type *none = ir.getVoidTy(), *i32 = ir.getInt32Ty(), *i64 = ir.getInt64Ty();

  auto get = begin(unit, kTableGet, i64, {i32});
  table.check(get[0], ir.getInt64(1), table.size());
  llvm::Value *code = unit.load(i64, table.field(get[0], offsetof(TableEntry, code)), 8);
  llvm::Value *reference = ir.CreateSub(code, ir.CreatePtrToInt(table.refs(), i64));
  ir.CreateRet(ir.CreateSelect(ir.CreateICmpEQ(code, ir.getInt64(0)), ir.getInt64(0), reference));

  auto fill = begin(unit, kTableFill, none, {i32, i64, i32});
  table.check(fill[0], fill[2], table.size());
  auto [fill_code, fill_signature] = table.entry(fill[1]);
  table.loop(fill[2], [&, fill_code = fill_code, fill_signature = fill_signature](llvm::Value *i) {
    table.store(ir.CreateAdd(fill[0], i), fill_code, fill_signature);
  });

  auto copy = begin(unit, kTableCopy, none, {i32, i32, i32});
  table.check(copy[0], copy[2], table.size());
  table.check(copy[1], copy[2], table.size());
  // Descending if the destination begins within the source.
  llvm::Value *down = ir.CreateICmpULT(ir.CreateSub(copy[0], copy[1]), copy[2]);
  llvm::Value *last = ir.CreateSub(copy[2], ir.getInt64(1));
  table.loop(copy[2], [&](llvm::Value *i) {
    llvm::Value *at = ir.CreateSelect(down, ir.CreateSub(last, i), i);
    llvm::Value *from = ir.CreateAdd(copy[1], at);
    llvm::Value *entry_code = unit.load(i64, table.field(from, offsetof(TableEntry, code)), 8);
    llvm::Value *signature = unit.load(i64, table.field(from, offsetof(TableEntry, signature)), 8);
    table.store(ir.CreateAdd(copy[0], at), entry_code, signature);
  });

  // (to, from, count, length of the segment, its first in wl_refs)
  auto init = begin(unit, kTableInit, none, {i32, i32, i32, i32, i32});
  table.check(init[0], init[2], table.size());
  table.check(init[1], init[2], init[3]);
  llvm::Value *first = ir.CreateAdd(init[1], init[4]);
  table.loop(init[2], [&](llvm::Value *i) {
    llvm::Value *address = ir.CreateGEP(i32, table.refs(), ir.CreateAdd(first, i));
    llvm::Value *distance = ir.CreateSExt(ir.CreateAlignedLoad(i32, address, llvm::Align(4)), i64);
    auto [entry_code, signature] = table.entry(distance);
    table.store(ir.CreateAdd(init[0], i), entry_code, signature);
  });
}

}  // namespace wasmlinux
