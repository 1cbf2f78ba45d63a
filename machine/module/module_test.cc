// SPDX-License-Identifier: Apache-2.0
#include "machine/module/module_reader.h"

#include <random>

#include <gtest/gtest.h>

#include "machine/module/code_reader.h"
#include "machine/module/testing/wat.h"

namespace wasmlinux {
namespace {

// A bit of everything.
constexpr const char *kEverything = R"((module $all
  (type $two (func (param i32 i64) (result i32 f64)))
  (import "linux" "syscall" (func $syscall (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2 1000)
  (table 10 funcref)
  (global $__stack_pointer (mut i32) (i32.const 65536))
  (global $answer i64 (i64.const 42))
  (global $sum (export "sum") i32 (i32.add (i32.const 40) (i32.const 2)))
  (func $main (export "_start") (param i32)
    (local i64 f32 f32)
    (block (loop (br_if 1 (local.get 0)) (br 0)))
    (i32.store offset=8 (i32.const 16) (i32.const -1)))
  (func $pair (type $two) (local.get 0) (f64.const 1.5))
  (start $begin)
  (func $begin)
  (elem (i32.const 3) $main $pair)
  (elem $passive func $begin)
  (data (i32.const 1024) "hello")
  (data $more "passive")))";

TEST(ModuleReader, ReadsAll) {
  auto bytes = wat(kEverything);
  auto module = read_module(bytes);
  ASSERT_TRUE(module) << module.error();
  ASSERT_EQ(module->imports.size(), 1u);
  EXPECT_EQ(module->imports[0].module, "linux");
  EXPECT_EQ(module->imports[0].name, "syscall");
  ASSERT_EQ(module->functions.size(), 4u);
  EXPECT_EQ(module->functions[1].name, "main");
  EXPECT_EQ(module->memory->min, 2u);
  EXPECT_EQ(module->memory->max, 1000u);
  EXPECT_EQ(module->table->min, 10u);
  EXPECT_FALSE(module->table->max);
  ASSERT_EQ(module->globals.size(), 3u);
  EXPECT_EQ(module->find_global("__stack_pointer"), 0u);
  EXPECT_EQ(module->globals[1].value.value, 42u);
  EXPECT_EQ(module->globals[2].value.value, 42u);
  EXPECT_EQ(module->start, 3u);
  ASSERT_EQ(module->elements.size(), 2u);
  EXPECT_EQ(module->elements[0].offset, 3u);
  EXPECT_EQ(module->elements[0].elements[1].value, 2u);
  EXPECT_EQ(module->elements[1].mode, SegmentMode::passive);
  ASSERT_EQ(module->data.size(), 2u);
  EXPECT_EQ(module->data[0].address, 1024u);
  EXPECT_EQ(std::string(reinterpret_cast<const char *>(bytes.data()) + module->data[0].file_offset, 5),
            "hello");
  EXPECT_EQ(module->data[1].mode, SegmentMode::passive);
  EXPECT_EQ(module->type_of(2).results, (std::vector{ValueType::i32, ValueType::f64}));
  EXPECT_TRUE(module->find_export(ExternKind::function, "_start"));
  EXPECT_FALSE(module->find_export(ExternKind::function, "memory"));
}

TEST(CodeReader, ReadsInstructions) {
  auto bytes = wat(kEverything);
  auto module = read_module(bytes);
  ASSERT_TRUE(module) << module.error();
  CodeReader code(*module, 1);
  EXPECT_EQ(code.locals(), (std::vector{ValueType::i64, ValueType::f32, ValueType::f32}));
  std::vector<Op> ops;
  Instruction in;
  while (!code.at_end()) {
    code.next(in);
    ops.push_back(in.op);
    if (in.op == Op::i32_store)
      EXPECT_EQ(in.value, 8u);
    if (in.op == Op::i32_const)
      EXPECT_TRUE(in.value == 16 || in.value == 0xffffffff);
  }
  EXPECT_EQ(ops, (std::vector{Op::block, Op::loop, Op::local_get, Op::br_if, Op::br, Op::end, Op::end,
                              Op::i32_const, Op::i32_const, Op::i32_store, Op::end}));
}

struct Refused {
  const char *text;
  const char *message;  // a part of it
};

class RefusedModules : public testing::TestWithParam<Refused> {};

TEST_P(RefusedModules, SaysWhy) {
  auto module = read_module(wat(GetParam().text));
  ASSERT_FALSE(module);
  EXPECT_NE(module.error().find(GetParam().message), std::string::npos) << module.error();
  EXPECT_EQ(module.error().find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Modules, RefusedModules,
    testing::Values(Refused{"(module (func (result i32)))", "type mismatch"},
                    Refused{"(module (func (i32.add (i32.const 1) (i64.const 1)) drop))", "type mismatch"},
                    Refused{"(module (func (drop (i32.load (i32.const 0)))))", "memory"},
                    Refused{"(module (import \"env\" \"g\" (global i32)))", "env.g"},
                    Refused{"(module (table 1 funcref) (table 1 funcref))", "more than one table"},
                    Refused{"(module (table 1 externref))", "table"},
                    Refused{"(module (table 100000000 funcref))", "table entries"},
                    Refused{"(module (func (drop (i32x4.splat (i32.const 1)))))", "SIMD"}));

TEST(ModuleReader, RefusesWhatIsNoModule) {
  auto refused = [](std::string text) {
    auto module = read_module({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    return module ? "" : module.error();
  };
  EXPECT_EQ(refused(""), "not a WebAssembly module");
  EXPECT_EQ(refused("#!/bin/sh\necho hello\n"), "not a WebAssembly module");
  EXPECT_EQ(refused(std::string("\0asm\2\0\0\0", 8)).empty(), false);
}

TEST(ModuleReader, RefusesEveryTruncation) {
  auto bytes = wat(kEverything);
  unsigned accepted = 0;
  for (size_t size = 0; size < bytes.size(); size++) {
    std::vector<uint8_t> part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    auto module = read_module(part);
    if (module)
      accepted++;  // whole sections may be missing at the end
    else
      EXPECT_FALSE(module.error().empty());
  }
  EXPECT_LT(accepted, 10u);
}

// No byte can crash the reader. What it accepts, the code reader must be able to read.
TEST(ModuleReader, SurvivesEveryChangedByte) {
  auto bytes = wat(kEverything);
  auto look = [](std::span<const uint8_t> input) {
    auto module = read_module(input);
    if (!module) {
      EXPECT_FALSE(module.error().empty());
      EXPECT_EQ(module.error().find('\n'), std::string::npos);
      return;
    }
    for (uint32_t f = static_cast<uint32_t>(module->imports.size()); f < module->functions.size(); f++) {
      CodeReader code(*module, f);
      Instruction in;
      while (!code.at_end())
        code.next(in);
    }
  };
  for (size_t i = 0; i < bytes.size(); i++) {
    for (unsigned value : {0u, 1u, 0x7fu, 0x80u, 0xffu, bytes[i] ^ 1u, bytes[i] + 1u}) {
      auto changed = bytes;
      changed[i] = static_cast<uint8_t>(value);
      look(changed);
    }
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    auto changed = bytes;
    for (int n = 0; n < 3; n++)
      changed[random() % changed.size()] = static_cast<uint8_t>(random());
    look(changed);
  }
}

}  // namespace
}  // namespace wasmlinux
