// SPDX-License-Identifier: Apache-2.0
/// Arithmetic, comparisons, conversions.
#include <cmath>

#include "machine/compiler/translator.h"

namespace wasmlinux {

namespace {

// How far an instruction lies behind the first of its group.
unsigned operator-(Op a, Op b) { return static_cast<unsigned>(a) - static_cast<unsigned>(b); }

bool between(Op op, Op first, Op last) { return op >= first && op <= last; }

}  // namespace

bool Translator::number(const Instruction &in) {
  Op op = in.op;
  switch (op) {
    case Op::i32_const:
      push(ir_.getInt32(static_cast<uint32_t>(in.value)));
      return true;
    case Op::i64_const:
      push(ir_.getInt64(in.value));
      return true;
    case Op::f32_const:
      push(llvm::ConstantFP::get(
          ir_.getContext(),
          llvm::APFloat(llvm::APFloat::IEEEsingle(), llvm::APInt(32, static_cast<uint32_t>(in.value)))));
      return true;
    case Op::f64_const:
      push(llvm::ConstantFP::get(ir_.getContext(),
                                 llvm::APFloat(llvm::APFloat::IEEEdouble(), llvm::APInt(64, in.value))));
      return true;
    case Op::i32_eqz:
      push_flag(ir_.CreateICmpEQ(pop(), ir_.getInt32(0)));
      return true;
    case Op::i64_eqz:
      push_flag(ir_.CreateICmpEQ(pop(), ir_.getInt64(0)));
      return true;
    default:
      break;
  }
  if (between(op, Op::i32_eq, Op::i32_ge_u))
    return integer_compare(op, Op::i32_eq), true;
  if (between(op, Op::i64_eq, Op::i64_ge_u))
    return integer_compare(op, Op::i64_eq), true;
  if (between(op, Op::f32_eq, Op::f32_ge))
    return float_compare(op, Op::f32_eq), true;
  if (between(op, Op::f64_eq, Op::f64_ge))
    return float_compare(op, Op::f64_eq), true;
  if (between(op, Op::i32_clz, Op::i32_rotr))
    return integer(op, 32, Op::i32_clz);
  if (between(op, Op::i64_clz, Op::i64_rotr))
    return integer(op, 64, Op::i64_clz);
  if (between(op, Op::f32_abs, Op::f32_copysign))
    return float_operation(op, Op::f32_abs);
  if (between(op, Op::f64_abs, Op::f64_copysign))
    return float_operation(op, Op::f64_abs);
  return convert(in);
}

void Translator::integer_compare(Op op, Op base) {
  using P = llvm::CmpInst;
  static constexpr P::Predicate kPredicates[] = {P::ICMP_EQ,  P::ICMP_NE,  P::ICMP_SLT, P::ICMP_ULT,
                                                 P::ICMP_SGT, P::ICMP_UGT, P::ICMP_SLE, P::ICMP_ULE,
                                                 P::ICMP_SGE, P::ICMP_UGE};
  llvm::Value *b = pop(), *a = pop();
  push_flag(ir_.CreateICmp(kPredicates[op - base], a, b));
}

void Translator::float_compare(Op op, Op base) {
  using P = llvm::CmpInst;
  static constexpr P::Predicate kPredicates[] = {P::FCMP_OEQ, P::FCMP_UNE, P::FCMP_OLT,
                                                 P::FCMP_OGT, P::FCMP_OLE, P::FCMP_OGE};
  llvm::Value *b = pop(), *a = pop();
  push_flag(ir_.CreateFCmp(kPredicates[op - base], a, b));
}

bool Translator::integer(Op op, unsigned bits, Op base) {
  // Both widths have the same operations in the same order.
  Op kind = static_cast<Op>(static_cast<unsigned>(Op::i32_clz) + (op - base));
  switch (kind) {
    case Op::i32_clz:
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, pop(), ir_.getFalse()));
      return true;
    case Op::i32_ctz:
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, pop(), ir_.getFalse()));
      return true;
    case Op::i32_popcnt:
      push(ir_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, pop()));
      return true;
    case Op::i32_div_s:
    case Op::i32_div_u:
    case Op::i32_rem_s:
    case Op::i32_rem_u:
      divide(op, base);
      return true;
    default:
      break;
  }
  llvm::Value *b = pop(), *a = pop();
  llvm::Value *shift = nullptr;
  if (between(kind, Op::i32_shl, Op::i32_rotr))
    shift = ir_.CreateAnd(b, llvm::ConstantInt::get(b->getType(), bits - 1));
  switch (kind) {
    case Op::i32_add:
      push(ir_.CreateAdd(a, b));
      return true;
    case Op::i32_sub:
      push(ir_.CreateSub(a, b));
      return true;
    case Op::i32_mul:
      push(ir_.CreateMul(a, b));
      return true;
    case Op::i32_and:
      push(ir_.CreateAnd(a, b));
      return true;
    case Op::i32_or:
      push(ir_.CreateOr(a, b));
      return true;
    case Op::i32_xor:
      push(ir_.CreateXor(a, b));
      return true;
    case Op::i32_shl:
      push(ir_.CreateShl(a, shift));
      return true;
    case Op::i32_shr_s:
      push(ir_.CreateAShr(a, shift));
      return true;
    case Op::i32_shr_u:
      push(ir_.CreateLShr(a, shift));
      return true;
    case Op::i32_rotl:
      push(ir_.CreateIntrinsic(llvm::Intrinsic::fshl, {a->getType()}, {a, a, shift}));
      return true;
    case Op::i32_rotr:
      push(ir_.CreateIntrinsic(llvm::Intrinsic::fshr, {a->getType()}, {a, a, shift}));
      return true;
    default:
      return false;
  }
}

void Translator::divide(Op op, Op base) {
  Op kind = static_cast<Op>(static_cast<unsigned>(Op::i32_clz) + (op - base));
  llvm::Value *b = pop(), *a = pop();
  auto *type = llvm::cast<llvm::IntegerType>(a->getType());
  llvm::Value *minus_one = llvm::Constant::getAllOnesValue(type);
  unit_.trap_if(ir_.CreateICmpEQ(b, llvm::ConstantInt::get(type, 0)), TrapCode::divide_by_zero);
  switch (kind) {
    case Op::i32_div_s: {
      llvm::Value *smallest =
          llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(type->getBitWidth()));
      llvm::Value *overflows = ir_.CreateAnd(ir_.CreateICmpEQ(b, minus_one), ir_.CreateICmpEQ(a, smallest));
      unit_.trap_if(overflows, TrapCode::integer_overflow);
      push(ir_.CreateSDiv(a, b));
      return;
    }
    case Op::i32_div_u:
      push(ir_.CreateUDiv(a, b));
      return;
    case Op::i32_rem_s: {
      // x % -1 is 0, also for the smallest x, whose division would overflow.
      llvm::Value *by_minus_one = ir_.CreateICmpEQ(b, minus_one);
      llvm::Value *divisor = ir_.CreateSelect(by_minus_one, llvm::ConstantInt::get(type, 1), b);
      push(ir_.CreateSRem(a, divisor));
      return;
    }
    default:
      push(ir_.CreateURem(a, b));
      return;
  }
}

bool Translator::float_operation(Op op, Op base) {
  Op kind = static_cast<Op>(static_cast<unsigned>(Op::f32_abs) + (op - base));
  auto unary = [&](llvm::Intrinsic::ID id) { push(ir_.CreateUnaryIntrinsic(id, pop())); };
  switch (kind) {
    case Op::f32_abs:
      unary(llvm::Intrinsic::fabs);
      return true;
    case Op::f32_neg:
      push(ir_.CreateFNeg(pop()));
      return true;
    case Op::f32_ceil:
      unary(llvm::Intrinsic::ceil);
      return true;
    case Op::f32_floor:
      unary(llvm::Intrinsic::floor);
      return true;
    case Op::f32_trunc:
      unary(llvm::Intrinsic::trunc);
      return true;
    case Op::f32_nearest:
      unary(llvm::Intrinsic::roundeven);
      return true;
    case Op::f32_sqrt:
      unary(llvm::Intrinsic::sqrt);
      return true;
    default:
      break;
  }
  llvm::Value *b = pop(), *a = pop();
  switch (kind) {
    case Op::f32_add:
      push(ir_.CreateFAdd(a, b));
      return true;
    case Op::f32_sub:
      push(ir_.CreateFSub(a, b));
      return true;
    case Op::f32_mul:
      push(ir_.CreateFMul(a, b));
      return true;
    case Op::f32_div:
      push(ir_.CreateFDiv(a, b));
      return true;
    case Op::f32_min:
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::minimum, a, b));
      return true;
    case Op::f32_max:
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::maximum, a, b));
      return true;
    case Op::f32_copysign:
      push(ir_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, a, b));
      return true;
    default:
      return false;
  }
}

bool Translator::convert(const Instruction &in) {
  llvm::Type *i32 = ir_.getInt32Ty(), *i64 = ir_.getInt64Ty();
  llvm::Type *f32 = ir_.getFloatTy(), *f64 = ir_.getDoubleTy();
  auto extend_low = [&](unsigned bits) {
    llvm::Value *value = pop();
    push(ir_.CreateSExt(ir_.CreateTrunc(value, ir_.getIntNTy(bits)), value->getType()));
  };
  switch (in.op) {
    case Op::i32_wrap_i64:
      push(ir_.CreateTrunc(pop(), i32));
      return true;
    case Op::i64_extend_i32_s:
      push(ir_.CreateSExt(pop(), i64));
      return true;
    case Op::i64_extend_i32_u:
      push(ir_.CreateZExt(pop(), i64));
      return true;
    case Op::i32_trunc_f32_s:
    case Op::i32_trunc_f64_s:
      truncate(i32, true);
      return true;
    case Op::i32_trunc_f32_u:
    case Op::i32_trunc_f64_u:
      truncate(i32, false);
      return true;
    case Op::i64_trunc_f32_s:
    case Op::i64_trunc_f64_s:
      truncate(i64, true);
      return true;
    case Op::i64_trunc_f32_u:
    case Op::i64_trunc_f64_u:
      truncate(i64, false);
      return true;
    case Op::i32_trunc_sat_f32_s:
    case Op::i32_trunc_sat_f64_s:
      truncate_saturating(i32, true);
      return true;
    case Op::i32_trunc_sat_f32_u:
    case Op::i32_trunc_sat_f64_u:
      truncate_saturating(i32, false);
      return true;
    case Op::i64_trunc_sat_f32_s:
    case Op::i64_trunc_sat_f64_s:
      truncate_saturating(i64, true);
      return true;
    case Op::i64_trunc_sat_f32_u:
    case Op::i64_trunc_sat_f64_u:
      truncate_saturating(i64, false);
      return true;
    case Op::f32_convert_i32_s:
    case Op::f32_convert_i64_s:
      push(ir_.CreateSIToFP(pop(), f32));
      return true;
    case Op::f32_convert_i32_u:
    case Op::f32_convert_i64_u:
      push(ir_.CreateUIToFP(pop(), f32));
      return true;
    case Op::f64_convert_i32_s:
    case Op::f64_convert_i64_s:
      push(ir_.CreateSIToFP(pop(), f64));
      return true;
    case Op::f64_convert_i32_u:
    case Op::f64_convert_i64_u:
      push(ir_.CreateUIToFP(pop(), f64));
      return true;
    case Op::f32_demote_f64:
      push(ir_.CreateFPTrunc(pop(), f32));
      return true;
    case Op::f64_promote_f32:
      push(ir_.CreateFPExt(pop(), f64));
      return true;
    case Op::i32_reinterpret_f32:
      push(ir_.CreateBitCast(pop(), i32));
      return true;
    case Op::i64_reinterpret_f64:
      push(ir_.CreateBitCast(pop(), i64));
      return true;
    case Op::f32_reinterpret_i32:
      push(ir_.CreateBitCast(pop(), f32));
      return true;
    case Op::f64_reinterpret_i64:
      push(ir_.CreateBitCast(pop(), f64));
      return true;
    case Op::i32_extend8_s:
    case Op::i64_extend8_s:
      extend_low(8);
      return true;
    case Op::i32_extend16_s:
    case Op::i64_extend16_s:
      extend_low(16);
      return true;
    case Op::i64_extend32_s:
      extend_low(32);
      return true;
    default:
      return false;
  }
}

// Traps unless the truncated value fits: for signed 32 bits -2^31 - 1 < x < 2^31. Where
// the lower bound is not representable the next number above does, with >=.
void Translator::truncate(llvm::Type *to, bool is_signed) {
  llvm::Value *value = pop();
  llvm::Type *from = value->getType();
  int bits = static_cast<int>(to->getIntegerBitWidth());
  int mantissa = from->isFloatTy() ? 24 : 53;
  double above = std::ldexp(1.0, is_signed ? bits - 1 : bits);
  llvm::Value *low_enough = ir_.CreateFCmpOLT(value, llvm::ConstantFP::get(from, above));
  llvm::Value *high_enough;
  if (!is_signed)
    high_enough = ir_.CreateFCmpOGT(value, llvm::ConstantFP::get(from, -1.0));
  else if (bits > mantissa)
    high_enough = ir_.CreateFCmpOGE(value, llvm::ConstantFP::get(from, -above));
  else
    high_enough = ir_.CreateFCmpOGT(value, llvm::ConstantFP::get(from, -above - 1.0));
  unit_.trap_if(ir_.CreateNot(ir_.CreateAnd(low_enough, high_enough)), TrapCode::integer_overflow);
  push(is_signed ? ir_.CreateFPToSI(value, to) : ir_.CreateFPToUI(value, to));
}

void Translator::truncate_saturating(llvm::Type *to, bool is_signed) {
  llvm::Value *value = pop();
  push(ir_.CreateIntrinsic(is_signed ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
                           {to, value->getType()}, {value}));
}

}  // namespace wasmlinux
