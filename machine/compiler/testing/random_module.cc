// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/testing/random_module.h"

#include <random>
#include <vector>

namespace wasmlinux {

namespace {

enum Type { I, L, F, D };
constexpr const char *kNames[] = {"i32", "i64", "f32", "f64"};

class Generator {
public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::string module() {
    std::string functions;
    size_t count = 4 + below(8);
    for (size_t i = 0; i < count; i++)
      functions += function();
    std::string table;
    for (size_t i = 0; i < count; i++)
      table += " $f" + std::to_string(i);
    std::string types;
    for (size_t i = 0; i < results_.size(); i++)
      types += "(type $t" + std::to_string(i) + " (func (param i32 i64 f32 f64) (result " +
               kNames[results_[i]] + ")))\n";
    return "(module (memory 1 1 shared)\n" + types + "(table 64 funcref) (elem (i32.const 3)" + table +
           ")\n" + "(global $gi (mut i32) (i32.const 7)) (global $gl (mut i64) (i64.const -3))\n" +
           "(global $gf (mut f32) (f32.const 1.5)) (global $gd (mut f64) (f64.const -0.25))\n" + functions +
           run() + ")";
  }

private:
  uint64_t below(uint64_t n) { return random_() % n; }
  Type any() { return static_cast<Type>(below(4)); }
  template <size_t N> std::string pick(const char *const (&names)[N]) { return names[below(N)]; }

  static std::string op(const std::string &name, const std::string &a) { return "(" + name + " " + a + ")"; }
  static std::string op(const std::string &name, const std::string &a, const std::string &b) {
    return "(" + name + " " + a + " " + b + ")";
  }
  static std::string typed(Type t, const std::string &name) { return std::string(kNames[t]) + "." + name; }

  // A float whose NaN, if it is one, is always the same.
  std::string plain(Type t, const std::string &value) {
    std::string type = kNames[t], slot = "$c" + type;
    return "(select (" + type + ".const nan) (local.tee " + slot + " " + value + ") (" + type +
           ".ne (local.get " + slot + ") (local.get " + slot + ")))";
  }

  std::string constant(Type t) {
    static constexpr const char *kInts[] = {"0",  "1",   "-1",    "2",           "31",
                                            "64", "255", "65536", "-2147483648", "2147483647"};
    static constexpr const char *kLongs[] = {
        "0", "1", "-1", "63", "4294967296", "-9223372036854775808", "1234567890123"};
    static constexpr const char *kFloats[] = {"0",    "-0",    "1",   "-1.5", "2.5",
                                              "1e10", "-3e38", "inf", "nan",  "1e-40"};
    std::string value = t == I ? pick(kInts) : t == L ? pick(kLongs) : pick(kFloats);
    return op(typed(t, "const"), value);
  }

  std::string local(Type t) { return "$" + std::string(kNames[t]) + std::to_string(below(3)); }
  std::string global(Type t) {
    static constexpr const char *kGlobals[] = {"$gi", "$gl", "$gf", "$gd"};
    return kGlobals[t];
  }
  // Within the first 4 KiB, any alignment.
  std::string address(int depth) { return op("i32.and", value(I, depth - 1), "(i32.const 4095)"); }
  std::string arguments(int depth) {
    return value(I, depth - 1) + " " + value(L, depth - 1) + " " + value(F, depth - 1) + " " +
           value(D, depth - 1);
  }

  // A call of an earlier function that returns this type, if there is one.
  std::string call(Type t, int depth) {
    std::vector<size_t> fitting;
    for (size_t i = 0; i < results_.size(); i++)
      if (results_[i] == t)
        fitting.push_back(i);
    if (fitting.empty() || calls_ >= 3)
      return constant(t);
    calls_++;
    size_t f = fitting[below(fitting.size())];
    std::string index = std::to_string(f);
    if (below(2))
      return "(call $f" + index + " " + arguments(depth) + ")";
    return "(call_indirect (type $t" + index + ") " + arguments(depth) + " (i32.const " +
           std::to_string(f + 3) + "))";
  }

  std::string value(Type t, int depth) {
    if (depth <= 0)
      return below(3) ? op("local.get", local(t)) : constant(t);
    switch (below(14)) {
      case 0:
        return op("local.get", local(t));
      case 1:
        return constant(t);
      case 2:
        return op("global.get", global(t));
      case 3:
        return op("local.tee", local(t), value(t, depth - 1));
      case 4:
        return op("select", value(t, depth - 1), value(t, depth - 1) + " " + value(I, depth - 1));
      case 5:
        return "(if (result " + std::string(kNames[t]) + ") " + value(I, depth - 1) + " (then " +
               value(t, depth - 1) + ") (else " + value(t, depth - 1) + "))";
      case 6:
        return "(block (result " + std::string(kNames[t]) + ") (br_if 0 " + value(t, depth - 1) + " " +
               value(I, depth - 1) + ") drop " + value(t, depth - 1) + ")";
      case 7:
        return call(t, depth);
      case 8:
        return load(t, depth);
      default:
        return t == I || t == L ? integer(t, depth) : floating(t, depth);
    }
  }

  std::string load(Type t, int depth) {
    static constexpr const char *kInts[] = {"load", "load8_s", "load8_u", "load16_s", "load16_u"};
    static constexpr const char *kLongs[] = {"load", "load8_s", "load16_u", "load32_s", "load32_u"};
    if (t == F || t == D)  // memory holds only numbers whose bits are known
      return op(typed(t, "load"), address(depth));
    return op(typed(t, t == I ? pick(kInts) : pick(kLongs)), address(depth));
  }

  // Aligned, in all widths, often with one bit or a comparison: LLVM has instructions for these.
  std::string atomic(Type t, int depth) {
    static constexpr const char *kOperations[] = {"add", "sub", "and", "or", "xor", "xchg", "cmpxchg"};
    static constexpr const char *kPowers[] = {"1", "-2", "2", "-3", "16", "128", "-129", "-1", "0"};
    struct Width {
      const char *infix, *suffix;
      int size;
    };
    static constexpr Width kWidths[] = {
        {"rmw.", "", 0}, {"rmw8.", "_u", 1}, {"rmw16.", "_u", 2}, {"rmw32.", "_u", 4}};
    const Width &width = kWidths[below(t == I ? 3 : 4)];
    int size = width.size ? width.size : t == I ? 4 : 8;
    std::string name = pick(kOperations);
    std::string operand = below(2) ? value(t, depth - 1) : op(typed(t, "const"), pick(kPowers));
    if (name == "cmpxchg")
      operand += " " + value(t, depth - 1);
    std::string address =
        op("i32.and", value(I, depth - 1), "(i32.const " + std::to_string(4096 - size) + ")");
    std::string all =
        op(typed(t, std::string("atomic.") + width.infix + name + width.suffix), address, operand);
    switch (below(4)) {
      case 0:
        return op(typed(t, "and"), all, op(typed(t, "const"), pick(kPowers)));
      case 1: {
        std::string compared =
            op(typed(t, below(2) ? "eq" : "lt_s"), all, op(typed(t, "const"), pick(kPowers)));
        return t == I ? compared : op("i64.extend_i32_u", compared);
      }
      default:
        return all;
    }
  }

  std::string integer(Type t, int depth) {
    static constexpr const char *kBinary[] = {"add", "sub",   "mul",   "and",  "or",  "xor",
                                              "shl", "shr_s", "shr_u", "rotl", "rotr"};
    static constexpr const char *kDivide[] = {"div_s", "div_u", "rem_s", "rem_u"};
    static constexpr const char *kUnary[] = {"clz", "ctz", "popcnt", "extend8_s", "extend16_s"};
    static constexpr const char *kCompare[] = {"eq",   "ne",   "lt_s", "lt_u", "gt_s",
                                               "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
    static constexpr const char *kFloatCompare[] = {"eq", "ne", "lt", "gt", "le", "ge"};
    static constexpr const char *kSaturate[] = {"trunc_sat_f32_s", "trunc_sat_f32_u", "trunc_sat_f64_s",
                                                "trunc_sat_f64_u"};
    switch (below(10)) {
      case 9:
        return atomic(t, depth);
      case 0:
        return op(typed(t, pick(kUnary)), value(t, depth - 1));
      case 1:  // rarely by zero
        return op(typed(t, pick(kDivide)), value(t, depth - 1),
                  op(typed(t, "or"), value(t, depth - 1), op(typed(t, "const"), below(20) ? "1" : "0")));
      case 2: {
        uint64_t which = below(4);
        return op(typed(t, kSaturate[which]), value(which < 2 ? F : D, depth - 1));
      }
      case 3:
        if (t == L)
          return op(below(2) ? "i64.extend_i32_s" : "i64.extend_i32_u", value(I, depth - 1));
        return op("i32.wrap_i64", value(L, depth - 1));
      case 4:
        if (t == L)
          return op("i64.reinterpret_f64", plain(D, value(D, depth - 1)));
        return op("i32.reinterpret_f32", plain(F, value(F, depth - 1)));
      case 5:
        if (t == I) {
          Type operand = any();
          std::string compare = operand == I || operand == L ? pick(kCompare) : pick(kFloatCompare);
          return op(typed(operand, compare), value(operand, depth - 1), value(operand, depth - 1));
        }
        return op("i64.extend32_s", value(L, depth - 1));
      default:
        return op(typed(t, pick(kBinary)), value(t, depth - 1), value(t, depth - 1));
    }
  }

  std::string floating(Type t, int depth) {
    static constexpr const char *kBinary[] = {"add", "sub", "mul", "div", "min", "max"};
    static constexpr const char *kUnary[] = {"ceil", "floor", "trunc", "nearest", "sqrt"};
    static constexpr const char *kSign[] = {"abs", "neg"};
    static constexpr const char *kConvert[] = {"convert_i32_s", "convert_i32_u", "convert_i64_s",
                                               "convert_i64_u"};
    switch (below(7)) {
      case 0:
        return op(typed(t, pick(kUnary)), value(t, depth - 1));
      case 1:
        return op(typed(t, pick(kSign)), value(t, depth - 1));
      case 2:
        return op(typed(t, "copysign"), value(t, depth - 1), plain(t, value(t, depth - 1)));
      case 3: {
        uint64_t which = below(4);
        return op(typed(t, kConvert[which]), value(which < 2 ? I : L, depth - 1));
      }
      case 4:
        return t == F ? op("f32.demote_f64", value(D, depth - 1))
                      : op("f64.promote_f32", value(F, depth - 1));
      default:
        return op(typed(t, pick(kBinary)), value(t, depth - 1), value(t, depth - 1));
    }
  }

  std::string statement(int depth) {
    Type t = any();
    switch (below(10)) {
      case 0:
        return op("global.set", global(t), value(t, depth));
      case 1:
      case 2:
        return store(t, depth);
      case 3:
        return "(if " + value(I, depth) + " (then " + statements(depth - 1) + ") (else " +
               statements(depth - 1) + "))\n";
      case 4:  // a counted loop
        if (loops_ >= 2)
          return op("drop", value(t, depth));
        loops_++;
        return counted_loop(depth);
      case 5:
        return "(block (block (block (br_table 0 1 2 1 " + value(I, depth) + ")) " + statements(depth - 1) +
               ") " + statements(depth - 1) + ")\n";
      case 6:
        return bulk(depth);
      default:
        return op("local.set", local(t), value(t, depth));
    }
  }

  std::string counted_loop(int depth) {
    std::string counter = "$n" + std::to_string(loops_);
    std::string body = statements(depth - 1);
    return "(local.set " + counter + " (i32.const " + std::to_string(1 + below(9)) + "))\n(loop $l" +
           std::to_string(loops_) + " " + body + "(br_if 0 (local.tee " + counter + " (i32.sub (local.get " +
           counter + ") (i32.const 1)))))\n";
  }

  std::string store(Type t, int depth) {
    static constexpr const char *kInts[] = {"store", "store8", "store16"};
    static constexpr const char *kLongs[] = {"store", "store8", "store16", "store32"};
    if (t == F || t == D)
      return op(typed(t, "store"), address(depth), plain(t, value(t, depth - 1)));
    // Only whole bytes of integers, which a float's load may see: its NaN gets plain before it counts.
    return op(typed(t, t == I ? pick(kInts) : pick(kLongs)), address(depth), value(t, depth - 1));
  }

  std::string bulk(int depth) {
    std::string size = op("i32.and", value(I, depth - 1), "(i32.const 127)");
    if (below(2))
      return "(memory.copy " + address(depth) + " " + address(depth) + " " + size + ")\n";
    return "(memory.fill " + address(depth) + " " + value(I, depth - 1) + " " + size + ")\n";
  }

  std::string statements(int depth) {
    if (depth <= 0)
      return "";
    std::string all;
    for (uint64_t n = 1 + below(3); n > 0; n--)
      all += statement(depth) + "\n";
    return all;
  }

  std::string function() {
    calls_ = loops_ = 0;
    Type result = any();
    std::string body;
    for (uint64_t n = 2 + below(5); n > 0; n--)
      body += statement(3) + "\n";
    body += value(result, 4);
    std::string text = "(func $f" + std::to_string(results_.size()) +
                       " (param $i320 i32) (param $i640 i64) (param $f320 f32) (param $f640 f64) (result " +
                       kNames[result] + ")\n";
    for (Type t : {I, L, F, D})
      for (int i = 1; i < 3; i++)
        text += "(local $" + std::string(kNames[t]) + std::to_string(i) + " " + kNames[t] + ")";
    text += "(local $cf32 f32) (local $cf64 f64) (local $n1 i32) (local $n2 i32)\n";
    results_.push_back(result);
    return text + body + ")\n";
  }

  // Calls the last function and mixes its result with memory and globals.
  std::string run() {
    std::string last = std::to_string(results_.size() - 1);
    std::string call = "(call $f" + last + " (local.get 0) (local.get 1) (local.get 2) (local.get 3))";
    switch (results_.back()) {
      case I:
        call = op("i64.extend_i32_u", call);
        break;
      case F:
        call = op("i64.extend_i32_u", op("i32.reinterpret_f32", plain(F, call)));
        break;
      case D:
        call = op("i64.reinterpret_f64", plain(D, call));
        break;
      case L:
        break;
    }
    return "(func (export \"run\") (param i32 i64 f32 f64) (result i64) (local $h i64) (local $at i32)"
           "(local $cf32 f32) (local $cf64 f64)\n(local.set $h " +
           call +
           ")\n(loop (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 1099511628211)) (i64.load "
           "(local.get "
           "$at)))) (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const "
           "4352))))\n"
           "(i64.add (local.get $h) (i64.add (i64.extend_i32_u (global.get $gi)) (i64.add (global.get $gl) "
           "(i64.add "
           "(i64.reinterpret_f64 " +
           plain(D, "(global.get $gd)") + ") (i64.extend_i32_u (i32.reinterpret_f32 " +
           plain(F, "(global.get $gf)") + "))))))\n)";
  }

  std::mt19937_64 random_;
  std::vector<Type> results_;  // of the functions so far
  int calls_ = 0, loops_ = 0;  // in the current function
};

}  // namespace

std::string random_module(uint64_t seed) { return Generator(seed).module(); }

}  // namespace wasmlinux
