// SPDX-License-Identifier: Apache-2.0
#include "machine/code/code.h"

#include <algorithm>
#include <cstring>

#include "machine/base/file.h"
#include "machine/code/testing/support.h"

namespace wasmlinux::testing {
namespace {

using Loaded = tl::expected<std::shared_ptr<const Code>, CodeError>;

Loaded load(const std::vector<uint8_t> &bytes, int32_t fs_offset = kImageFsOffset) {
  UniqueFd fd = memory_file("image", bytes);
  return Code::load(fd.get(), "image", fs_offset);
}

/// The image with a word of its CodeImage changed.
std::vector<uint8_t> with_word(size_t offset, uint32_t word) {
  auto bytes = image_bytes();
  auto at = std::search(bytes.begin(), bytes.end(), std::begin(kCodeMagic), std::end(kCodeMagic));
  EXPECT_NE(at, bytes.end());
  std::memcpy(&*at + offset, &word, sizeof word);
  return bytes;
}

void expect_refused(const Loaded &loaded, const std::string &reason) {
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find(reason), std::string::npos) << loaded.error().message;
  EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos);
  EXPECT_GT(loaded.error().guest_errno, 0);
}

TEST(Code, LoadsAnImageThatRuns) {
  auto code = load(image_bytes());
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ((*code)->image().heap_base, 131072u);
  auto answer = reinterpret_cast<int (*)()>((*code)->exported("answer"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer(), 42);
  EXPECT_EQ((*code)->exported("second"), 0u);
}

TEST(Code, FindsFunctionsByAddress) {
  auto code = *load(image_bytes());
  const uintptr_t start = code->exported("answer");
  ASSERT_NE(code->function_at(start), nullptr);
  EXPECT_EQ(code->text(code->function_at(start)->name), "answer");
  EXPECT_EQ(code->function_at(start + 5)->index, 0u);
  EXPECT_EQ(code->function_at(start + 6), nullptr);  // between the two
  EXPECT_EQ(code->function_at(start + 16)->index, 1u);
  EXPECT_EQ(code->function_at(start - 1), nullptr);
  EXPECT_EQ(code->function_at(start + 19), nullptr);  // behind the last
}

TEST(Code, TellsImagesApartThatCameByTheSameDescriptor) {
  auto second_bytes = image_bytes();
  const uint8_t instruction[] = {0xb8, 42, 0, 0, 0};  // movl $42, %eax
  auto at =
      std::search(second_bytes.begin(), second_bytes.end(), std::begin(instruction), std::end(instruction));
  ASSERT_NE(at, second_bytes.end());
  at[1] = 43;
  auto first = load(image_bytes());
  auto second = load(second_bytes);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(reinterpret_cast<int (*)()>((*first)->exported("answer"))(), 42);
  EXPECT_EQ(reinterpret_cast<int (*)()>((*second)->exported("answer"))(), 43);
}

TEST(Code, RefusesWhatIsNoObject) {
  expect_refused(load({}), "not a shared object");
  expect_refused(load(bytes_of("#!/bin/sh\n")), "not a shared object");
  auto truncated = image_bytes();
  truncated.resize(truncated.size() / 4);
  expect_refused(load(truncated), "truncated");
}

TEST(Code, RefusesEveryTruncation) {
  const auto whole = image_bytes();
  for (size_t size = 0; size < whole.size(); size += 61) {
    auto loaded = load({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    if (loaded)  // only section headers are missing, which nobody needs
      EXPECT_EQ(reinterpret_cast<int (*)()>((*loaded)->exported("answer"))(), 42);
  }
}

TEST(Code, RefusesAnObjectThatWouldRunCode) {
  auto loaded = Code::load(open_to_read("/proc/self/exe").get(), "test", 0);
  expect_refused(loaded, "shared object");
}

TEST(Code, RefusesOtherVersionsAndBuilds) {
  expect_refused(load(with_word(0, 0)), "no image");
  expect_refused(load(with_word(offsetof(CodeImage, abi_version), kNativeAbiVersion + 1)), "version 2");
  expect_refused(load(image_bytes(), -4096), "another build");
}

TEST(Code, RefusesReferencesToOutside) {
  const struct {
    size_t offset;
    uint32_t word;
  } faults[] = {
      {offsetof(CodeImage, text_start), 0x40000000},
      {offsetof(CodeImage, text_end), 0x40000000},
      {offsetof(CodeImage, state_word), 0x40000000},
      {offsetof(CodeImage, state_word), 0},  // not writable
      {offsetof(CodeImage, entry_start), 8},
      {offsetof(CodeImage, entry_call), 0x80000000},
      {offsetof(CodeImage, table_size), kTableMaxEntries + 1},
      {offsetof(CodeImage, imports) + 4, 1000000},
      {offsetof(CodeImage, exports), 0x7ffffff0},
      {offsetof(CodeImage, exports) + 4, 0xffffffff},
      {offsetof(CodeImage, functions), 4},
      {offsetof(CodeImage, functions) + 4, 0x10000000},
  };
  for (const auto &fault : faults)
    EXPECT_FALSE(load(with_word(fault.offset, fault.word))) << "at " << fault.offset;
}

}  // namespace
}  // namespace wasmlinux::testing
