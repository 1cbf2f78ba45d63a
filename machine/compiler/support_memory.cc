// SPDX-License-Identifier: Apache-2.0
/// memory.copy, memory.fill, memory.init: loops over indices, so that no register
/// ever holds an address of guest memory (a fork may copy the frame at any
/// instruction). Everything that may overlap is read before it is written.
#include <functional>

#include "machine/compiler/support.h"

namespace wasmlinux {

namespace {

using Address = std::function<llvm::Value *(llvm::Value *displacement)>;

class Loops {
public:
  explicit Loops(Unit &unit) : unit_(unit), ir_(unit.ir), i64_(ir_.getInt64Ty()) {}

  /// Starts void NAME(i32...) and returns its arguments, widened.
  std::vector<llvm::Value *> begin(const char *name, unsigned parameters) {
    std::vector<llvm::Type *> types(parameters, ir_.getInt32Ty());
    llvm::Function *f = unit_.function(name, llvm::FunctionType::get(ir_.getVoidTy(), types, false));
    unit_.define(f);
    std::vector<llvm::Value *> arguments;
    for (llvm::Argument &argument : f->args())
      arguments.push_back(ir_.CreateZExt(&argument, i64_));
    return arguments;
  }

  /// Traps unless [start, start + size) lies below `limit`.
  void check(llvm::Value *start, llvm::Value *size, llvm::Value *limit) {
    unit_.trap_if(ir_.CreateICmpUGT(ir_.CreateAdd(start, size), limit), TrapCode::bad_address);
  }

  Address guest(llvm::Value *start) {
    return [this, start](llvm::Value *displacement) {
      return unit_.beside_memory(0, ir_.CreateAdd(start, displacement));
    };
  }

  /// Up to 16 bytes: two pieces that may overlap each other, from both ends.
  void small(llvm::Value *size, const Address &to,
             const std::function<llvm::Value *(llvm::Type *, llvm::Value *)> &from) {
    for (unsigned bytes : {8u, 4u, 2u, 1u}) {
      llvm::BasicBlock *fits = unit_.new_block(), *smaller = unit_.new_block();
      ir_.CreateCondBr(ir_.CreateICmpUGE(size, ir_.getInt64(bytes)), fits, smaller);
      ir_.SetInsertPoint(fits);
      llvm::Type *type = ir_.getIntNTy(bytes * 8);
      llvm::Value *last = ir_.CreateSub(size, ir_.getInt64(bytes));
      llvm::Value *head = from(type, ir_.getInt64(0)), *tail = from(type, last);
      unit_.store(head, to(ir_.getInt64(0)));
      unit_.store(tail, to(last));
      ir_.CreateRetVoid();
      ir_.SetInsertPoint(smaller);
    }
    ir_.CreateRetVoid();
  }

  /// for (i = first; i `compare` last; i += step) body(i); first and last in bytes.
  void loop(llvm::Value *first, llvm::CmpInst::Predicate compare, llvm::Value *last, int64_t step,
            const std::function<void(llvm::Value *)> &body, llvm::Value **behind) {
    llvm::BasicBlock *before = ir_.GetInsertBlock(), *head = unit_.new_block(), *inside = unit_.new_block(),
                     *done = unit_.new_block();
    ir_.CreateBr(head);
    ir_.SetInsertPoint(head);
    llvm::PHINode *i = ir_.CreatePHI(i64_, 2);
    i->addIncoming(first, before);
    ir_.CreateCondBr(ir_.CreateICmp(compare, i, last), inside, done);
    ir_.SetInsertPoint(inside);
    body(i);
    i->addIncoming(ir_.CreateAdd(i, llvm::ConstantInt::getSigned(i64_, step)), ir_.GetInsertBlock());
    ir_.CreateBr(head);
    ir_.SetInsertPoint(done);
    *behind = i;
  }

  /// Ascending pieces of 64 and 16 bytes; the rest is the last 16 bytes, read first.
  void forward(llvm::Value *size, const Address &to, const Address &from) {
    llvm::Value *last = ir_.CreateSub(size, ir_.getInt64(16));
    llvm::Value *tail = unit_.load(vector(), from(last));
    llvm::Value *i = nullptr;
    loop(
        ir_.getInt64(0), llvm::CmpInst::ICMP_SLT, ir_.CreateSub(size, ir_.getInt64(64)), 64,
        [&](llvm::Value *at) { piece(at, 4, to, from); }, &i);
    loop(i, llvm::CmpInst::ICMP_SLT, last, 16, [&](llvm::Value *at) { piece(at, 1, to, from); }, &i);
    unit_.store(tail, to(last));
    ir_.CreateRetVoid();
  }

  /// Descending, for a destination that begins within the source.
  void backward(llvm::Value *size, const Address &to, const Address &from) {
    llvm::Value *head = unit_.load(vector(), from(ir_.getInt64(0)));
    llvm::Value *i = nullptr;
    loop(
        ir_.CreateSub(size, ir_.getInt64(64)), llvm::CmpInst::ICMP_SGT, ir_.getInt64(0), -64,
        [&](llvm::Value *at) { piece(at, 4, to, from); }, &i);
    i = ir_.CreateAdd(i, ir_.getInt64(48));
    loop(
        i, llvm::CmpInst::ICMP_SGT, ir_.getInt64(0), -16, [&](llvm::Value *at) { piece(at, 1, to, from); },
        &i);
    unit_.store(head, to(ir_.getInt64(0)));
    ir_.CreateRetVoid();
  }

  llvm::Type *vector() { return llvm::FixedVectorType::get(i64_, 2); }

private:
  void piece(llvm::Value *at, unsigned vectors, const Address &to, const Address &from) {
    std::vector<llvm::Value *> values;
    for (unsigned v = 0; v < vectors; v++)
      values.push_back(unit_.load(vector(), from(ir_.CreateAdd(at, ir_.getInt64(v * 16)))));
    for (unsigned v = 0; v < vectors; v++)
      unit_.store(values[v], to(ir_.CreateAdd(at, ir_.getInt64(v * 16))));
  }

  Unit &unit_;
  llvm::IRBuilder<> &ir_;
  llvm::Type *i64_;
};

void emit_copy(Unit &unit) {
  auto &ir = unit.ir;
  Loops loops(unit);
  auto arguments = loops.begin(kMemoryCopy, 3);
  llvm::Value *to = arguments[0], *from = arguments[1], *size = arguments[2];
  llvm::Value *limit = ir.getInt64(kMemorySize);
  loops.check(to, size, limit);
  loops.check(from, size, limit);

  llvm::BasicBlock *small = unit.new_block(), *large = unit.new_block(), *up = unit.new_block(),
                   *down = unit.new_block();
  ir.CreateCondBr(ir.CreateICmpULT(size, ir.getInt64(16)), small, large);
  Address target = loops.guest(to), source = loops.guest(from);
  ir.SetInsertPoint(small);
  loops.small(size, target, [&](llvm::Type *type, llvm::Value *at) { return unit.load(type, source(at)); });
  ir.SetInsertPoint(large);
  ir.CreateCondBr(ir.CreateICmpULT(ir.CreateSub(to, from), size), down, up);
  ir.SetInsertPoint(up);
  loops.forward(size, target, source);
  ir.SetInsertPoint(down);
  loops.backward(size, target, source);
}

void emit_fill(Unit &unit) {
  auto &ir = unit.ir;
  Loops loops(unit);
  auto arguments = loops.begin(kMemoryFill, 3);
  llvm::Value *to = arguments[0], *size = arguments[2];
  loops.check(to, size, ir.getInt64(kMemorySize));
  llvm::Value *byte = ir.CreateAnd(arguments[1], ir.getInt64(0xff));
  llvm::Value *eight = ir.CreateMul(byte, ir.getInt64(0x0101010101010101));

  llvm::BasicBlock *small = unit.new_block(), *large = unit.new_block();
  ir.CreateCondBr(ir.CreateICmpULT(size, ir.getInt64(16)), small, large);
  Address target = loops.guest(to);
  ir.SetInsertPoint(small);
  loops.small(size, target, [&](llvm::Type *type, llvm::Value *) { return ir.CreateTrunc(eight, type); });

  ir.SetInsertPoint(large);
  llvm::Value *vector = ir.CreateVectorSplat(2, eight);
  llvm::Value *last = ir.CreateSub(size, ir.getInt64(16)), *i = nullptr;
  auto fill = [&](unsigned vectors) {
    return [&, vectors](llvm::Value *at) {
      for (unsigned v = 0; v < vectors; v++)
        unit.store(vector, target(ir.CreateAdd(at, ir.getInt64(v * 16))));
    };
  };
  loops.loop(ir.getInt64(0), llvm::CmpInst::ICMP_SLT, ir.CreateSub(size, ir.getInt64(64)), 64, fill(4), &i);
  loops.loop(i, llvm::CmpInst::ICMP_SLT, last, 16, fill(1), &i);
  unit.store(vector, target(last));
  ir.CreateRetVoid();
}

// void(to, from, size, length of the segment, its offset in wl_data)
void emit_init(Unit &unit) {
  auto &ir = unit.ir;
  Loops loops(unit);
  auto arguments = loops.begin(kMemoryInit, 5);
  llvm::Value *to = arguments[0], *from = arguments[1], *size = arguments[2];
  loops.check(to, size, ir.getInt64(kMemorySize));
  loops.check(from, size, arguments[3]);
  llvm::Value *offset = ir.CreateAdd(from, arguments[4]);

  Address target = loops.guest(to);
  Address source = [&](llvm::Value *at) {
    return ir.CreateGEP(ir.getInt8Ty(), unit.symbol(kDataSymbol), ir.CreateAdd(offset, at));
  };
  llvm::BasicBlock *small = unit.new_block(), *large = unit.new_block();
  ir.CreateCondBr(ir.CreateICmpULT(size, ir.getInt64(16)), small, large);
  ir.SetInsertPoint(small);
  loops.small(size, target, [&](llvm::Type *type, llvm::Value *at) { return unit.load(type, source(at)); });
  ir.SetInsertPoint(large);
  loops.forward(size, target, source);
}

}  // namespace

void emit_bulk_memory(Unit &unit) {
  emit_copy(unit);
  emit_fill(unit);
  emit_init(unit);
}

}  // namespace wasmlinux
