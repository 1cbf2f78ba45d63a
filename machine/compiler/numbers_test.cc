// SPDX-License-Identifier: Apache-2.0
/// Every numeric instruction on awkward operands, beside wabt's interpreter.
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "machine/compiler/testing/interpreter.h"
#include "machine/compiler/testing/native_program.h"
#include "machine/module/testing/wat.h"

namespace wasmlinux {
namespace {

struct Instruction {
  std::string name;
  std::string params;  // a letter each: i l f d for i32 i64 f32 f64
  char result;
};

std::string type_name(char letter) {
  switch (letter) {
    case 'i':
      return "i32";
    case 'l':
      return "i64";
    case 'f':
      return "f32";
    default:
      return "f64";
  }
}

std::vector<Instruction> all_instructions() {
  std::vector<Instruction> all;
  auto both = [&](const std::vector<std::string> &names, char a, char b, unsigned params, char result) {
    for (char t : {a, b})
      for (const std::string &name : names)
        all.push_back({type_name(t) + "." + name, std::string(params, t), result == 's' ? t : result});
  };
  both({"clz", "ctz", "popcnt", "extend8_s", "extend16_s"}, 'i', 'l', 1, 's');
  both({"add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl", "shr_s", "shr_u",
        "rotl", "rotr"},
       'i', 'l', 2, 's');
  both({"eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"}, 'i', 'l', 2, 'i');
  both({"eqz"}, 'i', 'l', 1, 'i');
  both({"abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"}, 'f', 'd', 1, 's');
  both({"add", "sub", "mul", "div", "min", "max", "copysign"}, 'f', 'd', 2, 's');
  both({"eq", "ne", "lt", "gt", "le", "ge"}, 'f', 'd', 2, 'i');
  for (char to : {'i', 'l'})
    for (char from : {'f', 'd'})
      for (const char *kind : {"trunc_", "trunc_sat_"})
        for (const char *sign : {"_s", "_u"})
          all.push_back({type_name(to) + "." + kind + type_name(from) + sign, std::string(1, from), to});
  for (char to : {'f', 'd'})
    for (char from : {'i', 'l'})
      for (const char *sign : {"_s", "_u"})
        all.push_back({type_name(to) + ".convert_" + type_name(from) + sign, std::string(1, from), to});
  all.push_back({"i64.extend32_s", "l", 'l'});
  all.push_back({"i32.wrap_i64", "l", 'i'});
  all.push_back({"i64.extend_i32_s", "i", 'l'});
  all.push_back({"i64.extend_i32_u", "i", 'l'});
  all.push_back({"f32.demote_f64", "d", 'f'});
  all.push_back({"f64.promote_f32", "f", 'd'});
  all.push_back({"i32.reinterpret_f32", "f", 'i'});
  all.push_back({"i64.reinterpret_f64", "d", 'l'});
  all.push_back({"f32.reinterpret_i32", "i", 'f'});
  all.push_back({"f64.reinterpret_i64", "l", 'd'});
  return all;
}

std::vector<uint64_t> operands(char type) {
  switch (type) {
    case 'i':
      return {0,    1,      2,          7,          31,         32,         33,        0x7f,
              0x80, 0x8000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x12345678};
    case 'l':
      return {0,
              1,
              2,
              63,
              64,
              65,
              0x80,
              0x8000,
              0x80000000,
              0xffffffff,
              0x100000000,
              0x7fffffffffffffff,
              0x8000000000000000,
              0xfffffffffffffffe,
              0xffffffffffffffff,
              0x123456789abcdef0};
    case 'f': {
      std::vector<uint64_t> bits;
      for (float x : {0.0f, 0.5f, 1.0f, 1.5f, 2.5f, 3.5f, 0.1f, 1e-40f, 1e10f, 2147483520.0f, 2147483648.0f,
                      4294967040.0f, 4294967296.0f, 9223371487098961920.0f, 9223372036854775808.0f,
                      18446744073709551616.0f, 3e38f, std::numeric_limits<float>::infinity(),
                      std::numeric_limits<float>::quiet_NaN()})
        for (float y : {x, -x})
          bits.push_back(std::bit_cast<uint32_t>(y));
      return bits;
    }
    default: {
      std::vector<uint64_t> bits;
      for (double x : {0.0,
                       0.5,
                       0.9999,
                       1.0,
                       1.5,
                       2.5,
                       3.5,
                       0.1,
                       1e-310,
                       2147483647.0,
                       2147483647.9,
                       2147483648.0,
                       2147483648.9,
                       2147483649.0,
                       4294967295.9,
                       4294967296.0,
                       9223372036854774784.0,
                       9223372036854775808.0,
                       18446744073709549568.0,
                       18446744073709551616.0,
                       3e38,
                       1e300,
                       std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::quiet_NaN()})
        for (double y : {x, -x})
          bits.push_back(std::bit_cast<uint64_t>(y));
      return bits;
    }
  }
}

std::string module_text() {
  std::string text = "(module\n";
  for (const Instruction &in : all_instructions()) {
    text += "(func (export \"" + in.name + "\") (param";
    for (char p : in.params)
      text += " " + type_name(p);
    text += ") (result " + type_name(in.result) + ") (" + in.name;
    for (size_t i = 0; i < in.params.size(); i++)
      text += " (local.get " + std::to_string(i) + ")";
    text += "))\n";
  }
  return text + ")";
}

template <typename... A> uint64_t call_for(NativeProgram &program, const Instruction &in, A... arguments) {
  switch (in.result) {
    case 'i':
      return program.call<uint32_t>(in.name, arguments...);
    case 'l':
      return program.call<uint64_t>(in.name, arguments...);
    case 'f':
      return std::bit_cast<uint32_t>(program.call<float>(in.name, arguments...));
    default:
      return std::bit_cast<uint64_t>(program.call<double>(in.name, arguments...));
  }
}

template <typename T>
uint64_t call_with(NativeProgram &program, const Instruction &in, const std::vector<uint64_t> &bits) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  T a = std::bit_cast<T>(static_cast<Bits>(bits[0]));
  if (bits.size() == 1)
    return call_for(program, in, a);
  return call_for(program, in, a, std::bit_cast<T>(static_cast<Bits>(bits[1])));
}

Outcome native_call(NativeProgram &program, const Instruction &in, const std::vector<uint64_t> &bits) {
  try {
    switch (in.params[0]) {
      case 'i':
        return canonical(call_with<uint32_t>(program, in, bits), in.result);
      case 'l':
        return canonical(call_with<uint64_t>(program, in, bits), in.result);
      case 'f':
        return canonical(call_with<float>(program, in, bits), in.result);
      default:
        return canonical(call_with<double>(program, in, bits), in.result);
    }
  } catch (const Trapped &trap) {
    EXPECT_TRUE(trap.code == TrapCode::divide_by_zero || trap.code == TrapCode::integer_overflow) << in.name;
    return std::nullopt;
  }
}

TEST(Numbers, AsTheInterpreter) {
  auto bytes = wat(module_text());
  Interpreter interpreter(bytes);
  NativeProgram program(bytes);
  unsigned cases = 0, traps = 0;
  for (const Instruction &in : all_instructions()) {
    for (uint64_t a : operands(in.params[0])) {
      std::vector<std::vector<uint64_t>> lists{{a}};
      if (in.params.size() == 2) {
        lists.clear();
        for (uint64_t b : operands(in.params[1]))
          lists.push_back({a, b});
      }
      for (const auto &arguments : lists) {
        Outcome expected = interpreter.call(in.name, in.params, in.result, arguments),
                got = native_call(program, in, arguments);
        cases++;
        traps += !expected;
        ASSERT_EQ(got, expected) << in.name << std::hex << " " << arguments[0] << " " << arguments.back();
      }
    }
  }
  EXPECT_GT(cases, 20000u);
  EXPECT_GT(traps, 100u);
}

}  // namespace
}  // namespace wasmlinux
