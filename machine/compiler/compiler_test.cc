// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/compile.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

#include "machine/compiler/codegen.h"
#include "machine/compiler/signature.h"
#include "machine/compiler/testing/native_program.h"
#include "machine/cpu/kernel_call.h"
#include "machine/module/module_reader.h"
#include "machine/module/testing/wat.h"

namespace wasmlinux {
namespace {

/// The trap that a call ends in.
template <typename F> Trapped trap_of(F call) {
  try {
    call();
  } catch (const Trapped &trap) {
    return trap;
  }
  ADD_FAILURE() << "it did not trap";
  return {};
}

template <typename F> void expect_trap(TrapCode code, F call) {
  Trapped trap = trap_of(call);
  ASSERT_TRUE(trap.code.has_value());
  EXPECT_EQ(static_cast<int>(*trap.code), static_cast<int>(code));
}

std::string file_bytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// ---- Control ----

constexpr const char *kControl = R"((module
  (func (export "fac") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
      (else (i64.mul (local.get 0) (call 0 (i64.sub (local.get 0) (i64.const 1)))))))
  (func (export "sum") (param i32) (result i32) (local i32)
    (block (loop
      (br_if 1 (i32.eqz (local.get 0)))
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br 0)))
    (local.get 1))
  (func (export "table") (param i32) (result i32)
    (block (block (block (block (br_table 0 1 2 3 (local.get 0)))
      (return (i32.const 10))) (return (i32.const 11))) (return (i32.const 12))) (i32.const 13))
  (func (export "many") (param i32) (result i32)
    (block $f (block $e (block $d (block $c (block $b (block $a
      (br_table $a $b $c $d $e $f $a $b $c $d $e (local.get 0)))
      (return (i32.const 1))) (return (i32.const 2))) (return (i32.const 3))) (return (i32.const 4)))
      (return (i32.const 5))) (i32.const 6))
  (func (export "value_from_block") (param i32) (result i32)
    (i32.add (i32.const 100)
      (block (result i32) (drop (br_if 0 (i32.const 7) (local.get 0))) (i32.const 9))))
  (func (export "loop_params") (param i32) (result i32)
    (i32.const 0) (local.get 0)
    (loop (param i32 i32) (result i32)
      (local.set 0) (local.get 0) (i32.add) (local.get 0) (i32.const 1) (i32.sub) (local.tee 0)
      (local.get 0) (br_if 0) (drop)))
  (func (export "if_params") (param i32) (result i32)
    (i32.const 5) (if (param i32) (result i32) (local.get 0) (then (i32.const 1) (i32.add)) (else (i32.const 2) (i32.mul))))
  (func (export "if_without_else") (param i32) (result i32)
    (i32.const 5) (if (param i32) (result i32) (local.get 0) (then (drop) (i32.const 8))))
  (func (export "dead") (result i32)
    (block (result i32) (br 0 (i32.const 3)) (block (drop (i32.const 1)) (if (i32.const 0) (then) (else (unreachable)))) (i32.const 4)))
  (func (export "unreachable") unreachable)
  (func (export "choose") (param i32 i32 i32) (result i32) (select (local.get 1) (local.get 2) (local.get 0)))
  (func (export "select") (param i32) (result f64) (select (f64.const 1) (f64.const 2) (local.get 0)))
  (func $three (export "three") (param i32) (result i32 i64 f64)
    (local.get 0) (i64.const -1) (f64.const 2.5))
  (func (export "use_three") (param i32) (result f64)
    (local f64 i64)
    (call $three (local.get 0)) (local.set 1) (local.set 2)
    (f64.convert_i32_s) (f64.add (f64.convert_i64_s (local.get 2))) (f64.add (local.get 1)))
  (func (export "two_from_block") (result i32 i32) (block (result i32 i32) (i32.const 1) (i32.const 2) (br 0)))
  (func (export "eight") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.sub (i32.mul (local.get 6) (i32.const 10)) (local.get 7)))
))";

// ---- Memory ----

constexpr const char *kMemory = R"((module
  (memory (export "memory") 4)
  (data (i32.const 16) "\01\82\03\84\05\86\07\88")
  (data $passive "0123456789abcdefghijklmnopqrstuvwxyz")
  (func (export "load8_s") (param i32) (result i32) (i32.load8_s (local.get 0)))
  (func (export "load8_u") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load16_s") (param i32) (result i32) (i32.load16_s (local.get 0)))
  (func (export "load64_8_s") (param i32) (result i64) (i64.load8_s (local.get 0)))
  (func (export "load64_16_u") (param i32) (result i64) (i64.load16_u (local.get 0)))
  (func (export "load64_32_s") (param i32) (result i64) (i64.load32_s (local.get 0)))
  (func (export "load64_32_u") (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load_offset") (param i32) (result i32) (i32.load offset=4294967295 (local.get 0)))
  (func (export "load_offset16") (param i32) (result i32) (i32.load offset=16 (local.get 0)))
  (func (export "store8") (param i32 i64) (i64.store8 (local.get 0) (local.get 1)))
  (func (export "store32") (param i32 i64) (i64.store32 (local.get 0) (local.get 1)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "storef") (param i32 f64) (f64.store (local.get 0) (local.get 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop") (data.drop $passive))
))";

struct Way {
  const char *name;
  MemoryBase memory;
  bool fast;
};

class Code : public testing::TestWithParam<Way> {
protected:
  static NativeProgram::Options options() {
    NativeProgram::Options options;
    options.compile.memory = GetParam().memory;
    options.compile.kind = GetParam().memory == MemoryBase::gs ? ImageKind::user : ImageKind::kernel;
    options.compile.fast = GetParam().fast;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Ways, Code,
                         testing::Values(Way{"gs", MemoryBase::gs, false},
                                         Way{"kernel", MemoryBase::kernel, false},
                                         Way{"gs_fast", MemoryBase::gs, true},
                                         Way{"kernel_fast", MemoryBase::kernel, true}),
                         [](const auto &info) { return info.param.name; });

TEST_P(Code, Control) {
  NativeProgram p(wat(kControl), options());
  EXPECT_EQ(p.call<uint64_t>("fac", uint64_t{20}), 2432902008176640000u);
  EXPECT_EQ(p.call<uint32_t>("sum", 1000u), 500500u);
  for (uint32_t i = 0; i < 6; i++)
    EXPECT_EQ(p.call<uint32_t>("table", i), 10 + std::min(i, 3u));
  for (uint32_t i = 0; i < 20; i++)
    EXPECT_EQ(p.call<uint32_t>("many", i), i < 5 ? i + 1 : i == 5 ? 6 : i < 10 ? i - 5 : 5u);
  EXPECT_EQ(p.call<uint32_t>("value_from_block", 1u), 107u);
  EXPECT_EQ(p.call<uint32_t>("value_from_block", 0u), 109u);
  EXPECT_EQ(p.call<uint32_t>("loop_params", 10u), 55u);
  EXPECT_EQ(p.call<uint32_t>("if_params", 1u), 6u);
  EXPECT_EQ(p.call<uint32_t>("if_params", 0u), 10u);
  EXPECT_EQ(p.call<uint32_t>("if_without_else", 1u), 8u);
  EXPECT_EQ(p.call<uint32_t>("if_without_else", 0u), 5u);
  EXPECT_EQ(p.call<uint32_t>("dead"), 3u);
  EXPECT_EQ(p.call<double>("select", 0u), 2.0);
  EXPECT_EQ((p.call<uint32_t>("choose", 1u, 5u, 6u)), 5u);
  EXPECT_EQ((p.call<uint32_t>("choose", 0u, 5u, 6u)), 6u);
  EXPECT_EQ(p.call<double>("use_three", 10u), 11.5);
  EXPECT_EQ((p.call<uint32_t>("eight", 0u, 0u, 0u, 0u, 0u, 0u, 7u, 8u)), 62u);
  expect_trap(TrapCode::unreachable, [&] { p.call<void>("unreachable"); });
  EXPECT_EQ(p.call_multi("three", 5u), (std::vector<uint64_t>{5, ~uint64_t{0}, 0x4004000000000000}));
  EXPECT_EQ(p.call_multi("two_from_block"), (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(NativeProgram::block().scratch.live, 0u);
}

TEST_P(Code, LoadsAndStores) {
  NativeProgram p(wat(kMemory), options());
  EXPECT_EQ(p.call<uint32_t>("load8_s", 17u), 0xffffff82u);
  EXPECT_EQ(p.call<uint32_t>("load8_u", 17u), 0x82u);
  EXPECT_EQ(p.call<uint32_t>("load16_s", 16u), 0xffff8201u);
  EXPECT_EQ(p.call<uint64_t>("load64_8_s", 17u), 0xffffffffffffff82u);
  EXPECT_EQ(p.call<uint64_t>("load64_16_u", 16u), 0x8201u);
  EXPECT_EQ(p.call<uint64_t>("load64_32_s", 16u), 0xffffffff84038201u);
  EXPECT_EQ(p.call<uint64_t>("load64_32_u", 16u), 0x84038201u);
  EXPECT_EQ(p.call<uint64_t>("load64", 16u), 0x8807860584038201u);
  EXPECT_EQ(p.call<uint32_t>("load_offset16", 0u), 0x84038201u);
  p.call<void>("store8", 16u, uint64_t{0x1234});
  p.call<void>("store32", 20u, uint64_t{0xaabbccdd11223344});
  EXPECT_EQ(p.call<uint64_t>("load64", 16u), 0x1122334484038234u);
  p.call<void>("storef", 32u, 1.0);
  EXPECT_EQ(p.call<uint64_t>("load64", 32u), 0x3ff0000000000000u);
  EXPECT_EQ(p.call<uint32_t>("size"), 4u);
  EXPECT_EQ(p.call<uint32_t>("grow", 0u), 4u);
  EXPECT_EQ(p.call<uint32_t>("grow", 1u), ~0u);
}

TEST_P(Code, FaultsHaveTheirAddress) {
  NativeProgram p(wat(kMemory), options());
  EXPECT_EQ(trap_of([&] { p.call<uint32_t>("load", 4u << 16); }).address, 4u << 16);
  EXPECT_EQ(trap_of([&] { p.call<void>("store", 0xfffffff0u, 1u); }).address, 0xfffffff0u);
  // Beyond 4 GiB, not wrapped around.
  EXPECT_EQ(trap_of([&] { p.call<uint32_t>("load_offset", 17u); }).address, 0x100000010u);
  EXPECT_EQ(trap_of([&] { p.call<uint32_t>("load_offset", ~0u); }).address, 0x1fffffffeu);
}

// All sizes around the steps of the loops, all overlaps, against memmove.
TEST_P(Code, CopyIsMemmove) {
  NativeProgram p(wat(kMemory), options());
  std::string expected(1024, 0);
  std::mt19937 random(3);
  std::vector<uint32_t> sizes;
  for (uint32_t n = 0; n < 100; n++)
    sizes.push_back(n);
  for (uint32_t n : {127u, 128u, 129u, 160u, 255u, 256u, 257u, 300u})
    sizes.push_back(n);
  for (uint32_t n : sizes) {
    for (int distance :
         {-300, -65, -64, -63, -17, -16, -15, -8, -1, 0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 300}) {
      for (char &c : expected)
        c = static_cast<char>(random());
      std::memcpy(p.memory() + 4096, expected.data(), expected.size());
      uint32_t from = 400, to = static_cast<uint32_t>(400 + distance);
      p.call<void>("copy", 4096 + to, 4096 + from, n);
      std::memmove(expected.data() + to, expected.data() + from, n);
      ASSERT_EQ(std::memcmp(p.memory() + 4096, expected.data(), expected.size()), 0) << n << " " << distance;
    }
    for (char &c : expected)
      c = static_cast<char>(random());
    std::memcpy(p.memory() + 4096, expected.data(), expected.size());
    p.call<void>("fill", 4096u + 101, 0xfffff7a5u, n);
    std::memset(expected.data() + 101, 0xa5, n);
    ASSERT_EQ(std::memcmp(p.memory() + 4096, expected.data(), expected.size()), 0) << n;
  }
}

TEST_P(Code, BulkOperationsKeepBounds) {
  NativeProgram p(wat(kMemory), options());
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("copy", 0xffffff00u, 0u, 0x101u); });
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("copy", 0u, 0xffffff00u, 0x101u); });
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("fill", 2u, 0u, ~0u); });
  EXPECT_TRUE(trap_of([&] { p.call<void>("fill", (4u << 16) - 64, 1u, 65u); }).address.has_value());
  p.call<void>("copy", 0xffffff00u, 0u, 0u);

  p.call<void>("init", 1000u, 1u, 35u);
  EXPECT_EQ(std::string(p.memory() + 1000, 36), std::string("123456789abcdefghijklmnopqrstuvwxyz\0", 36));
  p.call<void>("init", 2000u, 10u, 3u);
  EXPECT_EQ(std::string(p.memory() + 2000, 4), std::string("abc\0", 4));
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("init", 1000u, 1u, 36u); });
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("init", 1000u, 0xffffffffu, 2u); });
  p.call<void>("drop");
  p.call<void>("init", 1000u, 0u, 0u);
  expect_trap(TrapCode::bad_address, [&] { p.call<void>("init", 1000u, 0u, 1u); });
}

// ---- Atomics ----

constexpr const char *kAtomics = R"((module
  (memory 1 1 shared)
  (func (export "load8") (param i32) (result i64) (i64.atomic.load8_u (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "load_offset") (param i32) (result i32) (i32.atomic.load offset=2 (local.get 0)))
  (func (export "store16") (param i32 i32) (i32.atomic.store16 (local.get 0) (local.get 1)))
  (func (export "store64") (param i32 i64) (i64.atomic.store (local.get 0) (local.get 1)))
  (func (export "add") (param i32 i32) (result i32) (i32.atomic.rmw.add (local.get 0) (local.get 1)))
  (func (export "sub8") (param i32 i64) (result i64) (i64.atomic.rmw8.sub_u (local.get 0) (local.get 1)))
  (func (export "and16") (param i32 i32) (result i32) (i32.atomic.rmw16.and_u (local.get 0) (local.get 1)))
  (func (export "or64") (param i32 i64) (result i64) (i64.atomic.rmw.or (local.get 0) (local.get 1)))
  (func (export "xor32") (param i32 i64) (result i64) (i64.atomic.rmw32.xor_u (local.get 0) (local.get 1)))
  (func (export "xchg") (param i32 i32) (result i32) (i32.atomic.rmw.xchg (local.get 0) (local.get 1)))
  (func (export "cmpxchg") (param i32 i32 i32) (result i32) (i32.atomic.rmw.cmpxchg (local.get 0) (local.get 1) (local.get 2)))
  (func (export "cmpxchg8") (param i32 i32 i32) (result i32) (i32.atomic.rmw8.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
  (func (export "cmpxchg64") (param i32 i64 i64) (result i64) (i64.atomic.rmw.cmpxchg (local.get 0) (local.get 1) (local.get 2)))
  (func (export "dec_and_test") (param i32) (result i32) (i32.eq (i32.atomic.rmw.sub (local.get 0) (i32.const 1)) (i32.const 1)))
  (func (export "inc_negative") (param i32) (result i32) (i32.lt_s (i32.add (i32.atomic.rmw.add (local.get 0) (i32.const 1)) (i32.const 1)) (i32.const 0)))
  (func (export "test_and_set") (param i32) (result i32) (i32.and (i32.atomic.rmw.or (local.get 0) (i32.const 16)) (i32.const 16)))
  (func (export "test_and_clear") (param i32) (result i32) (i32.ne (i32.and (i32.atomic.rmw.and (local.get 0) (i32.const -17)) (i32.const 16)) (i32.const 0)))
  (func (export "flip") (param i32 i32) (result i32) (i32.and (i32.atomic.rmw.xor (local.get 0) (i32.shl (i32.const 1) (local.get 1))) (i32.shl (i32.const 1) (local.get 1))))
  (func (export "quiet") (param i32) (drop (i32.atomic.rmw.or (local.get 0) (i32.const 32))) (drop (i32.atomic.rmw.add (local.get 0) (i32.const 1)))
    (drop (i32.atomic.rmw.sub (local.get 0) (i32.const -128))) (drop (i64.atomic.rmw.and (i32.const 128) (i64.const 1))) (drop (i32.atomic.rmw8.xor_u (local.get 0) (i32.const 64))))
  (func (export "nothing") (param i32) (result i32) (i32.atomic.rmw.or (local.get 0) (i32.const 0)))
  (func (export "fence") (atomic.fence))
  (func (export "notify") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const 1)))
  (func (export "wait") (param i32 i32) (result i32) (memory.atomic.wait32 (local.get 0) (local.get 1) (i64.const -1)))
))";

TEST_P(Code, Atomics) {
  NativeProgram p(wat(kAtomics), options());
  p.call<void>("store64", 64u, uint64_t{0x1122334455667788});
  EXPECT_EQ(p.call<uint64_t>("load8", 65u), 0x77u);
  EXPECT_EQ(p.call<uint32_t>("load", 68u), 0x11223344u);
  EXPECT_EQ(p.call<uint32_t>("add", 64u, 0x10u), 0x55667788u);
  EXPECT_EQ(p.call<uint64_t>("sub8", 64u, uint64_t{0x99}), 0x98u);
  EXPECT_EQ(p.call<uint32_t>("and16", 64u, 0xff00u), 0x77ffu);
  EXPECT_EQ(p.call<uint64_t>("or64", 64u, uint64_t{0xf}), 0x1122334455667700u);
  EXPECT_EQ(p.call<uint64_t>("xor32", 68u, ~uint64_t{0}), 0x11223344u);
  EXPECT_EQ(p.call<uint32_t>("xchg", 64u, 5u), 0x5566770fu);
  EXPECT_EQ((p.call<uint32_t>("cmpxchg", 64u, 4u, 6u)), 5u);
  EXPECT_EQ((p.call<uint32_t>("cmpxchg", 64u, 5u, 6u)), 5u);
  EXPECT_EQ((p.call<uint32_t>("cmpxchg8", 64u, 0x106u, 9u)), 6u);
  EXPECT_EQ(p.call<uint32_t>("load", 64u), 6u);
  EXPECT_EQ((p.call<uint32_t>("cmpxchg8", 64u, 6u, 0x109u)), 6u);
  EXPECT_EQ((p.call<uint64_t>("cmpxchg64", 64u, 0xeeddccbb00000009u, uint64_t{7})), 0xeeddccbb00000009u);
  EXPECT_EQ(p.call<uint32_t>("load", 64u), 7u);
  p.call<void>("store16", 66u, 0xabcdu);
  EXPECT_EQ(p.call<uint32_t>("load", 64u), 0xabcd0007u);
  p.call<void>("fence");
  // What LLVM has special instructions for.
  p.call<uint32_t>("xchg", 64u, 2u);
  EXPECT_EQ(p.call<uint32_t>("dec_and_test", 64u), 0u);
  EXPECT_EQ(p.call<uint32_t>("dec_and_test", 64u), 1u);
  EXPECT_EQ(p.call<uint32_t>("inc_negative", 64u), 0u);
  p.call<uint32_t>("xchg", 64u, 0x7fffffffu);
  EXPECT_EQ(p.call<uint32_t>("inc_negative", 64u), 1u);
  p.call<uint32_t>("xchg", 64u, 0u);
  EXPECT_EQ(p.call<uint32_t>("test_and_set", 64u), 0u);
  EXPECT_EQ(p.call<uint32_t>("test_and_set", 64u), 16u);
  EXPECT_EQ(p.call<uint32_t>("test_and_clear", 64u), 1u);
  EXPECT_EQ(p.call<uint32_t>("test_and_clear", 64u), 0u);
  EXPECT_EQ((p.call<uint32_t>("flip", 64u, 7u)), 0u);
  EXPECT_EQ((p.call<uint32_t>("flip", 64u, 7u)), 128u);
  p.call<void>("quiet", 64u);
  EXPECT_EQ(p.call<uint32_t>("nothing", 64u), (32u + 1 + 128) ^ 64);
  p.call<void>("store16", 66u, 0xabcdu);
  expect_trap(TrapCode::misaligned, [&] { p.call<uint32_t>("load", 65u); });
  expect_trap(TrapCode::misaligned, [&] { p.call<uint32_t>("load_offset", 64u); });
  expect_trap(TrapCode::misaligned, [&] { p.call<void>("store16", 65u, 1u); });
  expect_trap(TrapCode::misaligned, [&] { p.call<void>("store64", 68u, uint64_t{1}); });
  expect_trap(TrapCode::misaligned, [&] { p.call<uint32_t>("add", 66u, 1u); });
  EXPECT_TRUE(trap_of([&] { p.call<uint32_t>("add", 1u << 16, 1u); }).address.has_value());
  // Without a system call nobody can wait.
  EXPECT_EQ(p.call<uint32_t>("notify", 64u), 0u);
  EXPECT_EQ((p.call<uint32_t>("wait", 64u, 1u)), 1u);
  expect_trap(TrapCode::unreachable, [&] { p.call<uint32_t>("wait", 64u, 0xabcd00e1u); });
}

// ---- Calls through the table, references ----

constexpr const char *kTable = R"((module
  (type $i_i (func (param i32) (result i32)))
  (type $none (func))
  (type $ii_l (func (param i32 i32) (result i64)))
  (type $d_d (func (param f64) (result f64)))
  (type $many (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (type $l3 (func (param i64) (result i32 i64 f32)))
  (table $t 16 funcref)
  (global $called (mut i32) (i32.const 0))
  (elem (i32.const 1) $double $note $sum $half $last $three)
  (elem $more func $half $double)
  (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
  (func $note (global.set $called (i32.add (global.get $called) (i32.const 1))))
  (func $sum (param i32 i32) (result i64) (i64.extend_i32_u (i32.add (local.get 0) (local.get 1))))
  (func $half (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func $last (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.add (local.get 9) (local.get 0)))
  (func $three (param i64) (result i32 i64 f32) (i32.wrap_i64 (local.get 0)) (i64.const 7) (f32.const 1.5))
  (func (export "as_i_i") (param i32 i32) (result i32) (call_indirect (type $i_i) (local.get 1) (local.get 0)))
  (func (export "as_none") (param i32) (call_indirect (type $none) (local.get 0)))
  (func (export "as_ii_l") (param i32 i32 i32) (result i64) (call_indirect (type $ii_l) (local.get 1) (local.get 2) (local.get 0)))
  (func (export "as_d_d") (param i32 f64) (result f64) (call_indirect (type $d_d) (local.get 1) (local.get 0)))
  (func (export "as_many") (param i32) (result i32) (call_indirect (type $many)
    (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)
    (i32.const 9) (i32.const 10) (local.get 0)))
  (func (export "as_three") (param i32) (result i32 i64 f32) (call_indirect (type $l3) (i64.const 0x100000005) (local.get 0)))
  (func (export "called") (result i32) (global.get $called))
  (func (export "size") (result i32) (table.size $t))
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 1)))
  (func (export "copy") (param i32 i32 i32) (table.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (table.init $more (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop") (elem.drop $more))
  (func (export "set") (param i32 i32) (table.set $t (local.get 0) (table.get $t (local.get 1))))
  (func (export "set_ref") (param i32) (table.set $t (local.get 0) (ref.func $sum)))
  (func (export "is_null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func (export "clear") (param i32 i32) (table.fill $t (local.get 0) (ref.null func) (local.get 1)))
))";

TEST_P(Code, CallsThroughTheTable) {
  NativeProgram p(wat(kTable), options());
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 1u, 21u)), 42u);
  EXPECT_EQ((p.call<uint64_t>("as_ii_l", 3u, 1u, 2u)), 3u);
  EXPECT_EQ((p.call<double>("as_d_d", 4u, 3.0)), 1.5);
  EXPECT_EQ(p.call<uint32_t>("as_many", 5u), 11u);
  EXPECT_EQ(p.call_multi("as_three", 6u), (std::vector<uint64_t>{5, 7, 0x3fc00000}));
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("as_none", 16u); });
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("as_none", ~0u); });
  expect_trap(TrapCode::null_function, [&] { p.call<void>("as_none", 0u); });
  expect_trap(TrapCode::null_function, [&] { p.call<void>("as_none", 15u); });
}

TEST_P(Code, AdaptsSignatures) {
  NativeProgram p(wat(kTable), options());
  // Missing arguments are 0, surplus ones and results are dropped, missing results 0.
  NativeProgram::block().scratch.slot[1] = 77;
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 3u, 5u)), 5u);
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 2u, 5u)), 0u);
  EXPECT_EQ(p.call<uint32_t>("called"), 1u);
  p.call<void>("as_none", 1u);
  EXPECT_EQ((p.call<uint64_t>("as_ii_l", 1u, 4u, 9u)), 8u);
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 5u, 3u)), 3u);
  EXPECT_EQ(p.call<uint32_t>("as_many", 3u), 3u);
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 6u, 3u)), 3u);
  EXPECT_EQ(p.call_multi("as_three", 1u), (std::vector<uint64_t>{10, 0, 0}));
  EXPECT_EQ(NativeProgram::block().scratch.live, 0u);

  auto strict = options();
  strict.compile.strict_signatures = true;
  if (GetParam().memory == MemoryBase::gs) {
    NativeProgram q(wat(kTable), strict);
    EXPECT_EQ((q.call<uint32_t>("as_i_i", 1u, 21u)), 42u);
    expect_trap(TrapCode::bad_signature, [&] { q.call<uint32_t>("as_i_i", 3u, 5u); });
    expect_trap(TrapCode::null_function, [&] { q.call<uint32_t>("as_i_i", 0u, 5u); });
  }
}

TEST_P(Code, ChangesTheTable) {
  NativeProgram p(wat(kTable), options());
  EXPECT_EQ(p.call<uint32_t>("size"), 16u);
  EXPECT_EQ(p.call<uint32_t>("grow"), ~0u);
  p.call<void>("init", 8u, 0u, 2u);
  EXPECT_EQ((p.call<double>("as_d_d", 8u, 3.0)), 1.5);
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 9u, 21u)), 42u);
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("init", 8u, 1u, 2u); });
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("init", 15u, 0u, 2u); });
  p.call<void>("drop");
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("init", 8u, 0u, 1u); });
  p.call<void>("copy", 2u, 1u, 4u);  // overlapping, upwards
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 2u, 4u)), 8u);
  EXPECT_EQ((p.call<double>("as_d_d", 5u, 3.0)), 1.5);
  p.call<void>("copy", 1u, 2u, 4u);
  EXPECT_EQ((p.call<double>("as_d_d", 4u, 3.0)), 1.5);
  expect_trap(TrapCode::bad_table_index, [&] { p.call<void>("copy", 13u, 0u, 4u); });
  p.call<void>("set", 12u, 1u);
  EXPECT_EQ((p.call<uint32_t>("as_i_i", 12u, 4u)), 8u);
  p.call<void>("set_ref", 13u);
  EXPECT_EQ((p.call<uint64_t>("as_ii_l", 13u, 4u, 5u)), 9u);
  EXPECT_EQ(p.call<uint32_t>("is_null", 13u), 0u);
  p.call<void>("clear", 12u, 2u);
  EXPECT_EQ(p.call<uint32_t>("is_null", 13u), 1u);
  expect_trap(TrapCode::null_function, [&] { p.call<uint32_t>("as_i_i", 12u, 4u); });
  expect_trap(TrapCode::bad_table_index, [&] { p.call<uint32_t>("is_null", 16u); });
}

// ---- Imports, registers, entries ----

uint32_t last_call[7];
uint32_t fake_syscall(uint32_t nr, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4,
                      uint32_t a5) {
  uint32_t call[] = {nr, a0, a1, a2, a3, a4, a5};
  std::memcpy(last_call, call, sizeof call);
  return nr == 422 && (a1 & 127) == 0 ? static_cast<uint32_t>(-110) : nr + 1;
}

constexpr const char *kProgram = R"((module
  (import "linux" "syscall" (func $syscall (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2 2 shared)
  (table 4 funcref)
  (elem (i32.const 1) $thread $handler $syscall)
  (global $__stack_pointer (mut i32) (i32.const 70000))
  (global $__tls_base (mut i32) (i32.const 1234))
  (global (export "__heap_base") i32 (i32.const 66000))
  (global $mine (mut i64) (i64.const -5))
  (data $d "data of the program")
  (start $init)
  (func $init (memory.init $d (i32.const 1024) (i32.const 0) (i32.const 19)))
  (func (export "_start") (param i32) (i32.store (i32.const 0) (local.get 0)))
  (func $thread (param i32) (result i32) (i32.store (i32.const 4) (local.get 0)) (i32.const 9))
  (func $handler (param i32) (i32.store (i32.const 8) (local.get 0)))
  (func (export "getpid") (result i32) (call $syscall (i32.const 172) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)))
  (func (export "indirect") (result i32)
    (call_indirect (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 7) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 3)))
  (func (export "push") (param i32) (result i32)
    (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (local.get 0)))
    (global.get $__stack_pointer))
  (func (export "set_tls") (param i32) (global.set $__tls_base (local.get 0)))
  (func (export "count") (result i64) (global.set $mine (i64.add (global.get $mine) (i64.const 1))) (global.get $mine))
  (func (export "notify") (result i32) (memory.atomic.notify offset=4 (i32.const 64) (i32.const -1)))
  (func (export "wait") (param i64) (result i32) (memory.atomic.wait32 (i32.const 64) (i32.const 0) (local.get 0)))
))";

TEST(Program, Image) {
  NativeProgram::Options options;
  options.import = [](const std::string &) { return reinterpret_cast<void *>(fake_syscall); };
  NativeProgram p(wat(kProgram), options);
  const CodeImage &image = p.image();
  EXPECT_EQ(image.abi_version, kNativeAbiVersion);
  EXPECT_EQ(image.kind, ImageKind::user);
  EXPECT_EQ(image.fs_offset, NativeProgram::fs_offset());
  EXPECT_EQ(image.memory_min, 2u);
  EXPECT_EQ(image.memory_max, 2u);
  EXPECT_EQ(image.initial_sp, 70000u);
  EXPECT_EQ(image.data_start, 1024u);
  EXPECT_EQ(image.heap_base, 66000u);
  EXPECT_EQ(image.table_size, 4u);
  ASSERT_EQ(image.imports.count, 1u);
  uint64_t signature = detail::signature_of(&fake_syscall);
  EXPECT_EQ(p.at<ImageImport>(image.imports.first)->signature, signature);
  EXPECT_EQ(image.table.count, 3u);
  EXPECT_EQ(image.globals.count, 1u);
  const auto *functions = p.at<ImageFunction>(image.functions.first);
  bool found = false;
  for (uint32_t i = 0; i < image.functions.count; i++) {
    if (i)
      EXPECT_GE(functions[i].code, functions[i - 1].code + static_cast<Ref>(functions[i - 1].size));
    EXPECT_GE(functions[i].code, image.text_start);
    EXPECT_LE(functions[i].code + static_cast<Ref>(functions[i].size), image.text_end);
    found |= std::string(p.at(functions[i].name.text), functions[i].name.size) == "handler";
  }
  EXPECT_TRUE(found);

  EXPECT_EQ(p.call<uint32_t>("getpid"), 173u);
  EXPECT_EQ(last_call[6], 6u);
  EXPECT_EQ(p.call<uint32_t>("indirect"), 8u);
}

TEST(Program, RegistersAndState) {
  NativeProgram::Options options;
  options.import = [](const std::string &) { return reinterpret_cast<void *>(fake_syscall); };
  NativeProgram p(wat(kProgram), options);
  EXPECT_EQ(p.call<uint32_t>("push", 16u), 70000u - 16);
  EXPECT_EQ(NativeProgram::block().user_sp, 70000u - 16);
  p.call<void>("set_tls", 4711u);
  EXPECT_EQ(NativeProgram::block().user_tls, 4711u);
  EXPECT_EQ(p.call<uint64_t>("count"), uint64_t(-4));
  EXPECT_EQ(p.call<uint64_t>("count"), uint64_t(-3));
}

TEST(Program, Entries) {
  NativeProgram::Options options;
  options.import = [](const std::string &) { return reinterpret_cast<void *>(fake_syscall); };
  NativeProgram p(wat(kProgram), options);
  auto word = [&](uint32_t at) {
    uint32_t value;
    std::memcpy(&value, p.memory() + at, 4);
    return value;
  };
  auto entry = [&]<typename... A>(Ref ref, A... arguments) {
    p.guarded([&] { reinterpret_cast<void (*)(A...)>(const_cast<char *>(p.at(ref)))(arguments...); });
  };
  entry(p.image().entry_start, 12345u);
  EXPECT_EQ(word(0), 12345u);
  EXPECT_EQ(NativeProgram::block().user_tls, 1234u);
  EXPECT_EQ(std::string(p.memory() + 1024), "data of the program");
  uint32_t thread[] = {1, 99};
  std::memcpy(p.memory() + 512, thread, sizeof thread);
  entry(p.image().entry_thread, 512u);
  EXPECT_EQ(word(4), 99u);
  entry(p.image().entry_call, 2u, 11u, 0u, 0u);  // a handler with one parameter
  EXPECT_EQ(word(8), 11u);
}

TEST(Program, WaitsByFutex) {
  NativeProgram::Options options;
  options.import = [](const std::string &) { return reinterpret_cast<void *>(fake_syscall); };
  NativeProgram p(wat(kProgram), options);
  p.call<uint32_t>("notify");
  EXPECT_EQ(std::vector<uint32_t>(last_call, last_call + 4),
            (std::vector<uint32_t>{422, 68, 129, 0x7fffffff}));
  EXPECT_EQ(p.call<uint32_t>("wait", uint64_t{2'500'000'000}), 2u);  // timed out
  EXPECT_EQ(last_call[1], 64u);
  uint64_t time[2];
  std::memcpy(time, p.memory() + last_call[4], sizeof time);
  EXPECT_EQ(time[0], 2u);
  EXPECT_EQ(time[1], 500'000'000u);
  EXPECT_LE(last_call[4] + 16, 70000u - 128);
  EXPECT_EQ(NativeProgram::block().user_sp, 70000u);
  EXPECT_EQ(p.call<uint32_t>("wait", ~uint64_t{0}), 2u);
  EXPECT_EQ(last_call[4], 0u);
}

// ---- The object ----

TEST(Object, SameInputSameBytes) {
  NativeProgram::Options one, two;
  two.compile.jobs = 2;
  NativeProgram a(wat(kTable), one), b(wat(kTable), two);
  EXPECT_EQ(file_bytes(a.path()), file_bytes(b.path()));
}

TEST(Signature, Forms) {
  FunctionType syscall{std::vector<ValueType>(7, ValueType::i32), {ValueType::i32}};
  EXPECT_EQ(signature_of(syscall), detail::signature_of(&fake_syscall));
  FunctionType twenty{std::vector<ValueType>(19, ValueType::externref), {ValueType::externref}};
  EXPECT_EQ(signature_of(twenty) >> 63, 1u);
  FunctionType more{std::vector<ValueType>(20, ValueType::i32), {ValueType::i32}};
  EXPECT_EQ(signature_of(more) >> 62, 1u);
  EXPECT_NE(signature_of({{}, {ValueType::i32}}), signature_of({{ValueType::i32}, {}}));
  EXPECT_NE(signature_of({{}, {}}), 0u);
}

// ---- Functions that are too much for LLVM's optimisers ----

TEST(Large, ManyLoadsInOneBlock) {
  std::string text = "(module (memory 4) (func (export \"f\") (param i32) (result i32) (local i32)";
  for (int i = 0; i < 30000; i++)
    text +=
        "(local.set 1 (i32.add (local.get 1) (i32.load offset=" + std::to_string(i * 4) + " (local.get 0))))";
  NativeProgram p(wat(text + "(local.get 1)))"));
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 30000; i++) {
    std::memcpy(p.memory() + 8 + i * 4, &i, 4);
    sum += i;
  }
  EXPECT_EQ(p.call<uint32_t>("f", 8u), sum);
}

// A bytecode interpreter's shape: many blocks, many locals, each reaches each.
TEST(Large, ManyBlocksTimesLocals) {
  constexpr int kBlocks = 1500, kLocals = 700;
  std::string text = "(module (memory 1) (func (export \"f\") (param i32) (result i32) (local";
  for (int i = 0; i < kLocals; i++)
    text += " i32";
  text += ") (block $out (loop $top ";
  for (int b = 0; b < kBlocks; b++)
    text += "(block ";
  text += "(br_table";
  for (int b = 0; b <= kBlocks; b++)
    text += " " + std::to_string(b == kBlocks ? b + 1 : b);
  text += " (i32.load16_u (local.get 0)))";
  for (int b = 0; b < kBlocks; b++) {
    std::string local = std::to_string(b % kLocals + 1), next = std::to_string((b + 1) % kLocals + 1);
    text += ") (local.set 0 (i32.add (local.get 0) (i32.const 2))) (local.set " + next +
            " (i32.add (local.get " + local + ") (i32.const 1))) (br $top)";
  }
  text += ")) (local.get 700)))";
  NativeProgram p(wat(text));
  // Blocks 0, 1, 2, ...: each hands a number to the next local; then out of the loop.
  for (uint16_t i = 0; i < 699; i++)
    std::memcpy(p.memory() + 2 * i, &i, 2);
  uint16_t end = 0xffff;
  std::memcpy(p.memory() + 2 * 699, &end, 2);
  EXPECT_EQ(p.call<uint32_t>("f", 0u), 699u);
}

// ---- What is refused ----

std::string error_of(const std::string &text, CompileOptions options = {}) {
  auto bytes = wat(text);
  auto module = read_module(bytes);
  if (!module)
    return "reader: " + module.error();
  initialize_llvm();
  try {
    compile_module(*module, options, testing::TempDir() + "refused.so");
  } catch (const CompileError &error) {
    return error.what();
  }
  return "";
}

// Whatever is done to a module, the compiler refuses it with one line or compiles it.
TEST(Refused, ChangedModules) {
  initialize_llvm();
  auto compile = [](const std::vector<uint8_t> &bytes) {
    auto module = read_module(bytes);
    if (!module)
      return false;
    try {
      compile_module(*module, {}, testing::TempDir() + "changed.so");
      return true;
    } catch (const CompileError &error) {
      EXPECT_EQ(error.kind(), CompileError::Kind::bad_module) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return false;
    }
  };
  const auto bytes = wat(kTable);
  unsigned compiled = 0, refused = 0;
  for (size_t size = 0; size < bytes.size(); size++)
    EXPECT_LE(compile({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)}), 1);
  std::mt19937 random(5);
  for (int round = 0; round < 120; round++) {
    auto changed = bytes;
    changed[8 + random() % (bytes.size() - 8)] = static_cast<uint8_t>(random());
    (compile(changed) ? compiled : refused)++;
  }
  EXPECT_GT(compiled, 2u);
  EXPECT_GT(refused, 40u);
}

TEST(Refused, ClearErrors) {
  EXPECT_NE(error_of("(module (func (export \"_start\") (param i64)))").find("_start"), std::string::npos);
  EXPECT_NE(error_of("(module (memory 1) (data (i32.const 65530) \"too long\"))").find("does not fit"),
            std::string::npos);
  EXPECT_NE(error_of("(module (table 1 funcref) (elem (i32.const 1) 0) (func))").find("does not fit"),
            std::string::npos);
  std::string globals = "(module ";
  for (int i = 0; i < 4000; i++)
    globals += "(global (mut i32) (i32.const 0))";
  EXPECT_NE(error_of(globals + ")").find("mutable globals"), std::string::npos);
}

}  // namespace
}  // namespace wasmlinux
