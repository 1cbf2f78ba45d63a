// SPDX-License-Identifier: Apache-2.0
#include "machine/mmu/address_space.h"

#include <csignal>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/machine.h"

namespace wasmlinux {
namespace {

constexpr uint32_t kShift = 16, kPage = 1 << kShift;
constexpr uint32_t kAll = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE | MACHINE_PTE_YOUNG | MACHINE_PTE_DIRTY;

/// Page tables as a kernel makes them: the upper one at 1 MiB, a lower one behind it.
class AddressSpaceTest : public testing::Test {
protected:
  static constexpr uint32_t kPgd = 16 * kPage, kTable = 17 * kPage, kData = 32 * kPage;

  void SetUp() override {
    word(kPgd) = kTable | MACHINE_PTE_PRESENT;
    space_ = mmu_.create(kPgd);
  }
  uint32_t &word(uint32_t physical) { return *reinterpret_cast<uint32_t *>(ram_.base() + physical); }
  uint32_t &pte(uint32_t page) { return word(kTable + page * 4); }
  volatile uint32_t &user(uint32_t address) {
    return *reinterpret_cast<volatile uint32_t *>(space_->base() + address);
  }
  /// Whether the host lets the address be read, without a signal.
  bool readable(uint32_t address) { return write(null_, space_->base() + address, 1) == 1; }

  GuestRam ram_{uint64_t{64} << 20, 0};
  Mmu mmu_{ram_, kShift};
  std::unique_ptr<AddressSpace> space_;
  int pipe_[2] = {-1, -1};
  int null_ = [this] {
    EXPECT_EQ(pipe(pipe_), 0);  // /dev/null would not look at the bytes
    return pipe_[1];
  }();
};

TEST_F(AddressSpaceTest, MapsWhatThePageTablesAllow) {
  pte(3) = kData | kAll;
  EXPECT_FALSE(space_->fill(2 * kPage, false));
  ASSERT_TRUE(space_->fill(3 * kPage + 100, true));
  user(3 * kPage) = 0xabcd;
  EXPECT_EQ(word(kData), 0xabcdu);
}

TEST_F(AddressSpaceTest, WantsYoungToReadAndDirtyToWrite) {
  pte(1) = kData | (kAll & ~MACHINE_PTE_YOUNG);
  EXPECT_FALSE(space_->fill(kPage, false));
  pte(1) = kData | (kAll & ~MACHINE_PTE_DIRTY);
  EXPECT_TRUE(space_->fill(kPage, false));
  EXPECT_FALSE(space_->fill(kPage, true));
  pte(1) = kData | (kAll & ~MACHINE_PTE_WRITE);
  EXPECT_FALSE(space_->fill(kPage, true));
}

TEST_F(AddressSpaceTest, BringsNeighboursThatContinueInRam) {
  for (uint32_t page = 1; page <= 3; page++)
    pte(page) = (kData + page * kPage) | kAll;
  pte(4) = (kData + 20 * kPage) | kAll;
  ASSERT_TRUE(space_->fill(kPage, false));
  EXPECT_TRUE(readable(3 * kPage));
  EXPECT_FALSE(readable(4 * kPage));
}

TEST_F(AddressSpaceTest, FlushForgetsJustTheRange) {
  for (uint32_t page = 1; page <= 3; page++)
    pte(page) = (kData + page * kPage) | kAll;
  ASSERT_TRUE(space_->fill(kPage, false));
  space_->flush(2 * kPage, kPage);
  EXPECT_TRUE(readable(kPage));
  EXPECT_FALSE(readable(2 * kPage));
  EXPECT_TRUE(readable(3 * kPage));
  space_->flush(0, 0);
  EXPECT_FALSE(readable(kPage));
}

TEST_F(AddressSpaceTest, PrefillMapsAllThatIsPresent) {
  pte(1) = (kData + 9 * kPage) | kAll;
  pte(5) = (kData + 2 * kPage) | kAll;
  space_->prefill(0, 10 * kPage);
  EXPECT_TRUE(readable(kPage));
  EXPECT_TRUE(readable(5 * kPage));
  EXPECT_FALSE(readable(3 * kPage));
}

TEST_F(AddressSpaceTest, HoldsWhatIsMapped) {
  pte(1) = (kData + 9 * kPage) | (kAll & ~MACHINE_PTE_DIRTY);
  EXPECT_FALSE(space_->holds(kPage, false));
  space_->prefill(kPage, kPage);
  EXPECT_TRUE(space_->holds(kPage + 100, false));
  EXPECT_FALSE(space_->holds(kPage, true));
  pte(1) |= MACHINE_PTE_DIRTY;
  ASSERT_TRUE(space_->fill(kPage, true));
  EXPECT_TRUE(space_->holds(kPage, true));
  space_->flush(kPage, kPage);
  EXPECT_FALSE(space_->holds(kPage, false));
}

TEST_F(AddressSpaceTest, PageTablesDoNotLeadOutOfRam) {
  pte(1) = 0xf0000000 | kAll;  // a page far behind RAM
  EXPECT_FALSE(space_->fill(kPage, false));
  pte(1) = 0 | kAll;  // the null guard
  EXPECT_FALSE(space_->fill(kPage, false));
  word(kPgd) = 0xfffff000 | MACHINE_PTE_PRESENT;  // a table behind RAM
  EXPECT_FALSE(space_->fill(kPage, false));
}

TEST_F(AddressSpaceTest, TheTopOfMemoryCanBeMapped) {
  word(kPgd + 63 * 4) = kTable | MACHINE_PTE_PRESENT;
  pte(1023) = kData | kAll;
  ASSERT_TRUE(space_->fill(0xfffffffc, true));
  user(0xfffffffc) = 5;
  EXPECT_EQ(word(kData + kPage - 4), 5u);
  space_->flush(0xffff0000, kPage);
  EXPECT_FALSE(readable(0xfffffffc));
}

TEST_F(AddressSpaceTest, EvictsTheOldestAtTheLimit) {
  // Pages that cannot be joined: every second one, in descending order of RAM.
  uint32_t limit = MapBudget::of_host().tlb_pieces;
  auto other = mmu_.create(kPgd);
  pte(1) = kData | kAll;
  ASSERT_TRUE(other->fill(kPage, false));
  for (uint32_t i = 0; i < limit; i++) {
    ASSERT_TRUE(space_->fill(kPage, false));
    space_->flush(kPage, kPage);
  }
  // `other` was the oldest: its page has gone, and comes back.
  EXPECT_NE(write(null_, other->base() + kPage, 1), 1);
  EXPECT_TRUE(other->fill(kPage, false));
}

TEST(GuestRam, KernelWindowMapsAndUnmaps) {
  GuestRam ram(uint64_t{64} << 20, 0);
  ASSERT_EQ(ram.map(MACHINE_VMAP_START, 5 * kPage, kPage, true), 0);
  ASSERT_FALSE(ram.at(MACHINE_VMAP_START + 10, 100).empty());
  ram.at(MACHINE_VMAP_START, 4)[0] = std::byte{7};
  EXPECT_EQ(ram.at(5 * kPage, 4)[0], std::byte{7});
  EXPECT_TRUE(ram.at(MACHINE_VMAP_START + kPage - 1, 2).empty());
  ram.unmap(MACHINE_VMAP_START, kPage);
  EXPECT_TRUE(ram.at(MACHINE_VMAP_START, 4).empty());
}

TEST(GuestRam, RefusesPlacesThatAreNotThere) {
  GuestRam ram(uint64_t{64} << 20, 0);
  EXPECT_EQ(ram.map(MACHINE_VMAP_START - kPage, 5 * kPage, kPage, true), -EINVAL);
  EXPECT_EQ(ram.map(MACHINE_VMAP_START, 64u << 20, kPage, true), -EINVAL);
  EXPECT_EQ(ram.map(MACHINE_VMAP_START + 1, 5 * kPage, kPage, true), -EINVAL);
  EXPECT_TRUE(ram.at(0, 4).empty());
  EXPECT_TRUE(ram.at((64u << 20) - 2, 4).empty());
  EXPECT_TRUE(ram.at(0xfffffffe, 4).empty());
}

TEST(GuestRam, MappingsReturnToTheBudget) {
  GuestRam ram(uint64_t{64} << 20, 0);
  for (uint32_t i = 0; i < 2 * MapBudget::of_host().kernel_pieces; i++) {
    ASSERT_EQ(ram.map(MACHINE_VMAP_START, 5 * kPage, kPage, true), 0);
    ram.unmap(MACHINE_VMAP_START, kPage);
  }
}

}  // namespace
}  // namespace wasmlinux
