// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/native_stack.h"

#include <gtest/gtest.h>

#include "machine/cpu/contexts.h"
#include "machine/cpu/frames.h"

namespace wasmlinux {
namespace {

constexpr uint64_t kSize = 1 << 20;

TEST(NativeStack, GrowsToItsSizeAndNoFurther) {
  StackBudget budget(64 << 20);
  StackPool pool(kSize, budget);
  NativeStack stack = pool.get();
  ASSERT_TRUE(stack);
  EXPECT_EQ(stack.top() - stack.bottom(), NativeStack::kInitial);
  EXPECT_FALSE(stack.grow(stack.bottom() + 8));  // there already
  ASSERT_TRUE(stack.grow(stack.bottom() - 8));
  *reinterpret_cast<volatile char *>(stack.bottom()) = 1;
  ASSERT_TRUE(stack.grow(stack.top() - kSize));
  EXPECT_EQ(stack.top() - stack.bottom(), kSize);
  EXPECT_FALSE(stack.grow(stack.top() - kSize - 1));
  EXPECT_TRUE(stack.contains(stack.top() - kSize - 1));
}

TEST(NativeStack, StaysWithinTheBudget) {
  StackBudget budget(2 * NativeStack::kInitial);
  StackPool pool(kSize, budget);
  NativeStack first = pool.get();
  EXPECT_FALSE(first.grow(first.top() - kSize));
  ASSERT_TRUE(first.grow(first.bottom() - 1));
  EXPECT_FALSE(pool.get());
  first = NativeStack();
  EXPECT_TRUE(pool.get());
}

TEST(NativeStack, ReserveIsUnlockedOnce) {
  StackBudget budget(64 << 20);
  StackPool pool(NativeStack::kInitial, budget);
  NativeStack stack = pool.get();
  ASSERT_TRUE(stack.open_reserve());
  *reinterpret_cast<volatile char *>(stack.bottom()) = 1;
  EXPECT_FALSE(stack.open_reserve());
  stack.close_reserve();
  EXPECT_DEATH(*reinterpret_cast<volatile char *>(stack.top() - NativeStack::kInitial - 8) = 1, "");
}

TEST(NativeStack, ReusedOnesAreSmallAgain) {
  StackBudget budget(2 << 20);
  StackPool pool(kSize, budget);
  NativeStack stack = pool.get();
  ASSERT_TRUE(stack.grow(stack.top() - kSize));
  pool.put(std::move(stack));
  NativeStack again = pool.get();
  EXPECT_EQ(again.top() - again.bottom(), NativeStack::kInitial);
  StackPool others(kSize, budget);
  NativeStack other = others.get();
  EXPECT_TRUE(other.grow(other.top() - kSize));  // the memory has come back
}

TEST(UserContext, ForkCopiesTheLivePartOfADeepStack) {
  StackBudget budget(64 << 20);
  StackPool pool(8 << 20, budget);
  UserContext parent, child;
  parent.stack = pool.get();
  child.stack = pool.get();
  ASSERT_TRUE(parent.stack.grow(parent.stack.top() - (3 << 20)));
  parent.rsp = parent.stack.top() - (3 << 20);
  for (uint64_t at = parent.rsp; at < parent.stack.top(); at += 8)
    *reinterpret_cast<uint64_t *>(at) = at - parent.rsp;
  ASSERT_TRUE(child.copy_stack(parent));
  EXPECT_EQ(child.stack.top() - child.rsp, uint64_t{3} << 20);
  EXPECT_EQ(child.rsp % 4096, parent.rsp % 4096);
  for (uint64_t at = 0; at < 3 << 20; at += 8)
    ASSERT_EQ(*reinterpret_cast<uint64_t *>(child.rsp + at), at);
}

TEST(UserContext, CallsStartWithAnAlignedStack) {
  StackBudget budget(64 << 20);
  StackPool pool(kSize, budget);
  UserContext user;
  user.stack = pool.get();
  user.start_at(0x1234, 5);
  uint64_t before = user.rsp;
  for (uint64_t misalign = 0; misalign < 16; misalign += 8) {
    user.rsp = before - misalign;
    ASSERT_TRUE(user.push_call(0x5678, {1, 2, 3, 4}, 99));
    const auto *entry = reinterpret_cast<const EntryFrame *>(user.rsp);
    EXPECT_EQ(entry->function, 0x5678u);
    EXPECT_EQ(entry->argument[2], 3u);
    uint64_t at_entry = reinterpret_cast<uint64_t>(&entry->return_address);
    EXPECT_EQ(at_entry % 16, 8u);
    const auto *call = reinterpret_cast<const CallFrame *>(at_entry + 8);
    EXPECT_EQ(call->cookie, 99u);
    EXPECT_EQ(reinterpret_cast<uint64_t>(call) + call->to_previous, before - misalign);
  }
}

}  // namespace
}  // namespace wasmlinux
