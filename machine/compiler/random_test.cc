// SPDX-License-Identifier: Apache-2.0
/// Random programs: both code generators and both places of memory must agree with
/// wabt's interpreter. WASMLINUX_RANDOM_SEEDS=FIRST-LAST chooses others than the few
/// of every day.
#include <bit>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "machine/compiler/testing/interpreter.h"
#include "machine/compiler/testing/native_program.h"
#include "machine/compiler/testing/random_module.h"
#include "machine/module/testing/wat.h"

namespace wasmlinux {
namespace {

struct Arguments {
  uint32_t i;
  uint64_t l;
  float f;
  double d;
};
constexpr Arguments kArguments[] = {{0, 0, 0, 0},
                                    {1, ~uint64_t{0}, 1.5f, -2.5},
                                    {0x80000000, uint64_t{1} << 63, -1e30f, 1e300},
                                    {12345, 9876543210, 0.1f, 1e-300}};

Outcome native(NativeProgram &program, const Arguments &a) {
  try {
    return program.call<uint64_t>("run", a.i, a.l, a.f, a.d);
  } catch (const Trapped &trap) {
    EXPECT_TRUE(trap.code.has_value());
    return std::nullopt;
  }
}

std::pair<uint64_t, uint64_t> seeds() {
  unsigned long first = 1, last = 12;
  if (const char *chosen = std::getenv("WASMLINUX_RANDOM_SEEDS"))
    std::sscanf(chosen, "%lu-%lu", &first, &last);
  return {first, last};
}

TEST(Random, AllAgree) {
  auto [first, last] = seeds();
  unsigned traps = 0, values = 0;
  for (uint64_t seed = first; seed <= last; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto bytes = wat(random_module(seed));
    for (bool fast : {false, true}) {
      for (MemoryBase memory : {MemoryBase::gs, MemoryBase::kernel}) {
        NativeProgram::Options options;
        options.compile.fast = fast;
        options.compile.memory = memory;
        NativeProgram program(bytes, options);
        Interpreter interpreter(bytes);
        for (const Arguments &a : kArguments) {
          Outcome expected = interpreter.call(
              "run", "ilfd", 'l', {a.i, a.l, std::bit_cast<uint32_t>(a.f), std::bit_cast<uint64_t>(a.d)});
          Outcome got = native(program, a);
          ASSERT_EQ(got, expected) << (fast ? "fast" : "normal") << " " << a.i;
          (expected ? values : traps)++;
          if (!expected)
            break;  // what a trap leaves behind is the interpreter's business
        }
      }
    }
  }
  EXPECT_GT(values, 0u);
}

}  // namespace
}  // namespace wasmlinux
