// SPDX-License-Identifier: Apache-2.0
/// Loads, stores and atomics.
#include "machine/compiler/translator.h"

namespace wasmlinux {

bool Translator::memory(const Instruction &in) {
  llvm::Type *i8 = ir_.getInt8Ty(), *i16 = ir_.getInt16Ty(), *i32 = ir_.getInt32Ty(), *i64 = ir_.getInt64Ty();
  switch (in.op) {
    case Op::i32_load:
      load(in, i32, ValueType::i32, false);
      return true;
    case Op::i64_load:
      load(in, i64, ValueType::i64, false);
      return true;
    case Op::f32_load:
      load(in, ir_.getFloatTy(), ValueType::f32, false);
      return true;
    case Op::f64_load:
      load(in, ir_.getDoubleTy(), ValueType::f64, false);
      return true;
    case Op::i32_load8_s:
      load(in, i8, ValueType::i32, true);
      return true;
    case Op::i32_load8_u:
      load(in, i8, ValueType::i32, false);
      return true;
    case Op::i32_load16_s:
      load(in, i16, ValueType::i32, true);
      return true;
    case Op::i32_load16_u:
      load(in, i16, ValueType::i32, false);
      return true;
    case Op::i64_load8_s:
      load(in, i8, ValueType::i64, true);
      return true;
    case Op::i64_load8_u:
      load(in, i8, ValueType::i64, false);
      return true;
    case Op::i64_load16_s:
      load(in, i16, ValueType::i64, true);
      return true;
    case Op::i64_load16_u:
      load(in, i16, ValueType::i64, false);
      return true;
    case Op::i64_load32_s:
      load(in, i32, ValueType::i64, true);
      return true;
    case Op::i64_load32_u:
      load(in, i32, ValueType::i64, false);
      return true;
    case Op::i32_store:
      store(in, i32);
      return true;
    case Op::i64_store:
      store(in, i64);
      return true;
    case Op::f32_store:
      store(in, ir_.getFloatTy());
      return true;
    case Op::f64_store:
      store(in, ir_.getDoubleTy());
      return true;
    case Op::i32_store8:
    case Op::i64_store8:
      store(in, i8);
      return true;
    case Op::i32_store16:
    case Op::i64_store16:
      store(in, i16);
      return true;
    case Op::i64_store32:
      store(in, i32);
      return true;
    case Op::memory_size:
      push(ir_.getInt32(unit_.wasm.memory->min));
      return true;
    case Op::memory_grow: {
      // Memory comes from brk and mmap; the size of the module's own never changes.
      llvm::Value *none = ir_.CreateICmpEQ(pop(), ir_.getInt32(0));
      push(ir_.CreateSelect(none, ir_.getInt32(unit_.wasm.memory->min), ir_.getInt32(~0u)));
      return true;
    }
    default:
      return atomic(in);
  }
}

void Translator::load(const Instruction &in, llvm::Type *memory_type, ValueType type, bool is_signed) {
  llvm::Value *value = unit_.load(memory_type, unit_.memory(pop(), in.value));
  llvm::Type *result = unit_.type(type);
  if (memory_type != result)
    value = is_signed ? ir_.CreateSExt(value, result) : ir_.CreateZExt(value, result);
  push(value);
}

void Translator::store(const Instruction &in, llvm::Type *memory_type) {
  llvm::Value *value = pop();
  if (value->getType() != memory_type)
    value = ir_.CreateTrunc(value, memory_type);
  unit_.store(value, unit_.memory(pop(), in.value));
}

// ---- Atomics ----

namespace {

constexpr auto kOrdering = llvm::AtomicOrdering::SequentiallyConsistent;

// Width in memory and of the operand, in the order of the seven encodings.
struct Width {
  unsigned memory_bits, value_bits;
};
constexpr Width kWidths[7] = {{32, 32}, {64, 64}, {8, 32}, {16, 32}, {8, 64}, {16, 64}, {32, 64}};

unsigned code(Op op) { return static_cast<unsigned>(op); }

}  // namespace

// A misaligned atomic access is a trap: a locked one that crosses a cache line would
// stop all CPUs of the host, and no compiler makes one.
llvm::Value *Translator::atomic_address(const Instruction &in, unsigned bytes, llvm::Value *index) {
  if (bytes > 1) {
    llvm::Value *low = ir_.CreateAdd(index, ir_.getInt32(static_cast<uint32_t>(in.value)));
    low = ir_.CreateAnd(low, ir_.getInt32(bytes - 1));
    unit_.trap_if(ir_.CreateICmpNE(low, ir_.getInt32(0)), TrapCode::misaligned);
  }
  return unit_.memory(index, in.value);
}

bool Translator::atomic(const Instruction &in) {
  switch (in.op) {
    case Op::atomic_fence:
      ir_.CreateFence(kOrdering);
      return true;
    case Op::atomic_notify:
      notify(in);
      return true;
    case Op::atomic_wait32:
    case Op::atomic_wait64:
      wait(in);
      return true;
    default:
      break;
  }
  if (in.op >= Op::i32_atomic_load && in.op <= Op::i64_atomic_load32_u) {
    Width width = kWidths[code(in.op) - code(Op::i32_atomic_load)];
    llvm::Type *type = ir_.getIntNTy(width.memory_bits);
    unsigned bytes = width.memory_bits / 8;
    auto *value = ir_.CreateAlignedLoad(type, atomic_address(in, bytes, pop()), llvm::Align(bytes), true);
    value->setAtomic(kOrdering);
    push(ir_.CreateZExt(value, ir_.getIntNTy(width.value_bits)));
    return true;
  }
  if (in.op >= Op::i32_atomic_store && in.op <= Op::i64_atomic_store32) {
    Width width = kWidths[code(in.op) - code(Op::i32_atomic_store)];
    llvm::Type *type = ir_.getIntNTy(width.memory_bits);
    unsigned bytes = width.memory_bits / 8;
    llvm::Value *value = ir_.CreateTrunc(pop(), type);
    auto *store = ir_.CreateAlignedStore(value, atomic_address(in, bytes, pop()), llvm::Align(bytes), true);
    store->setAtomic(kOrdering);
    return true;
  }
  if (in.op >= Op::atomic_rmw_add && in.op <= Op::atomic_last) {
    atomic_read_modify_write(in);
    return true;
  }
  return false;
}

void Translator::atomic_read_modify_write(const Instruction &in) {
  unsigned at = code(in.op) - code(Op::atomic_rmw_add);
  Width width = kWidths[at % 7];
  llvm::Type *type = ir_.getIntNTy(width.memory_bits), *result = ir_.getIntNTy(width.value_bits);
  unsigned bytes = width.memory_bits / 8;
  if (in.op >= Op::atomic_rmw_cmpxchg) {
    llvm::Value *replacement = ir_.CreateTrunc(pop(), type);
    llvm::Value *wide = pop();
    llvm::Value *expected = ir_.CreateTrunc(wide, type);
    llvm::Value *address = atomic_address(in, bytes, pop());
    // An expected value that a narrow cell can't hold never equals it: only load.
    llvm::BasicBlock *exchange = unit_.new_block(), *load = unit_.new_block(), *done = unit_.new_block();
    ir_.CreateCondBr(ir_.CreateICmpEQ(ir_.CreateZExt(expected, result), wide), exchange, load);

    ir_.SetInsertPoint(exchange);
    auto *pair =
        ir_.CreateAtomicCmpXchg(address, expected, replacement, llvm::Align(bytes), kOrdering, kOrdering);
    pair->setVolatile(true);
    llvm::Value *old = ir_.CreateExtractValue(pair, 0);
    ir_.CreateBr(done);

    ir_.SetInsertPoint(load);
    auto *current = ir_.CreateAlignedLoad(type, address, llvm::Align(bytes), true);
    current->setAtomic(kOrdering);
    ir_.CreateBr(done);

    ir_.SetInsertPoint(done);
    llvm::PHINode *phi = ir_.CreatePHI(type, 2);
    phi->addIncoming(old, exchange);
    phi->addIncoming(current, load);
    push(ir_.CreateZExt(phi, result));
    return;
  }
  static constexpr llvm::AtomicRMWInst::BinOp kOperations[] = {
      llvm::AtomicRMWInst::Add, llvm::AtomicRMWInst::Sub, llvm::AtomicRMWInst::And,
      llvm::AtomicRMWInst::Or,  llvm::AtomicRMWInst::Xor, llvm::AtomicRMWInst::Xchg};
  llvm::Value *operand = ir_.CreateTrunc(pop(), type);
  llvm::Value *address = atomic_address(in, bytes, pop());
  auto *rmw = ir_.CreateAtomicRMW(kOperations[at / 7], address, operand, llvm::Align(bytes), kOrdering);
  rmw->setVolatile(true);
  // LLVM 19 turns an operation whose result is only compared into lock bts, dec and the
  // like, and forgets the address space on the way. It does not look through a freeze.
  push(ir_.CreateZExt(ir_.CreateFreeze(rmw), result));
}

// ---- Waiting: the kernel's business, by its futex system call ----

void Translator::wait(const Instruction &in) {
  bool wide = in.op == Op::atomic_wait64;
  llvm::Value *timeout = pop(), *expected = pop(), *index = pop();
  llvm::Value *address = atomic_address(in, wide ? 8 : 4, index);
  llvm::Type *type = wide ? ir_.getInt64Ty() : ir_.getInt32Ty();
  auto *value = ir_.CreateAlignedLoad(type, address, llvm::Align(wide ? 8 : 4), true);
  value->setAtomic(kOrdering);
  llvm::BasicBlock *before = ir_.GetInsertBlock();
  llvm::BasicBlock *equal = unit_.new_block(), *done = unit_.new_block();
  ir_.CreateCondBr(ir_.CreateICmpEQ(value, expected), equal, done);

  ir_.SetInsertPoint(equal);
  llvm::Value *result = nullptr;
  llvm::BasicBlock *waited = nullptr;
  if (unit_.facts.syscall && !wide && unit_.options.kind == ImageKind::user) {
    llvm::Type *i32 = ir_.getInt32Ty();
    llvm::Function *helper =
        unit_.function(kFutexWait, llvm::FunctionType::get(i32, {i32, i32, ir_.getInt64Ty()}, false));
    llvm::Value *cell = ir_.CreateAdd(index, ir_.getInt32(static_cast<uint32_t>(in.value)));
    result = ir_.CreateCall(helper, {cell, expected, timeout});
    waited = ir_.GetInsertBlock();
    ir_.CreateBr(done);
  } else {
    unit_.trap(TrapCode::unreachable);
  }
  ir_.SetInsertPoint(done);
  llvm::PHINode *phi = ir_.CreatePHI(ir_.getInt32Ty(), 2);
  phi->addIncoming(ir_.getInt32(1), before);  // "not-equal"
  if (result)
    phi->addIncoming(result, waited);
  push(phi);
}

void Translator::notify(const Instruction &in) {
  llvm::Value *count = pop(), *index = pop();
  atomic_address(in, 4, index);
  if (!unit_.facts.syscall || unit_.options.kind != ImageKind::user) {
    push(ir_.getInt32(0));  // nobody can wait
    return;
  }
  constexpr uint32_t kFutex = 422, kWakePrivate = 1 | 128;  // Linux' futex_time64, FUTEX_WAKE
  llvm::Value *cell = ir_.CreateAdd(index, ir_.getInt32(static_cast<uint32_t>(in.value)));
  llvm::Value *limit = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, count, ir_.getInt32(0x7fffffff));
  llvm::Value *zero = ir_.getInt32(0);
  llvm::Value *woken =
      unit_.call(*unit_.facts.syscall,
                 {ir_.getInt32(kFutex), cell, ir_.getInt32(kWakePrivate), limit, zero, zero, zero})[0];
  push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, woken, zero));
}

}  // namespace wasmlinux
