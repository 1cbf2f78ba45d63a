// SPDX-License-Identifier: Apache-2.0
#include "machine/mmu/address_space.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>

#include "abi/machine.h"
#include "machine/mmu/program_state.h"

namespace wasmlinux {

namespace {

constexpr uint8_t kMapped = 1, kWritable = 2;

// A fault brings up to this much of what follows it: the host's calls cost
// microseconds whatever their size.
constexpr uint32_t kFaultAround = 256 << 10;

// Reservations cost the host a VMA each and nothing else; making one costs 10 us.
constexpr size_t kSpareReservations = 16;

}  // namespace

Mmu::Mmu(GuestRam &ram, uint32_t page_shift)
    : ram_(ram), page_shift_(page_shift), piece_limit_(MapBudget::of_host().tlb_pieces) {}

std::unique_ptr<AddressSpace> Mmu::create(uint32_t pgd) {
  Reservation reservation;
  if (spare_.empty()) {
    reservation = Reservation::anywhere();
  } else {
    reservation = std::move(spare_.back());
    spare_.pop_back();
  }
  return std::make_unique<AddressSpace>(*this, pgd, std::move(reservation));
}

AddressSpace::AddressSpace(Mmu &mmu, uint32_t pgd, Reservation reservation)
    : mmu_(mmu), pgd_(pgd), reservation_(std::move(reservation)),
      mapped_(uint64_t{1} << (32 - mmu.page_shift_)), age_(mmu.by_age_.end()) {}

AddressSpace::~AddressSpace() {
  drop_all();
  if (mmu_.spare_.size() < kSpareReservations && release_program_state(reservation_, table_bytes_))
    mmu_.spare_.push_back(std::move(reservation_));
}

bool AddressSpace::walk(uint32_t address, Translation &out) const {
  const GuestRam &ram = mmu_.ram_;
  uint32_t shift = mmu_.page_shift_;
  uint32_t upper = ram.load_word(uint64_t{pgd_} + (address >> (shift + MACHINE_PTE_SHIFT)) * 4);
  if (!(upper & MACHINE_PTE_PRESENT))
    return false;
  uint32_t index = (address >> shift) & (MACHINE_PTE_COUNT - 1);
  uint32_t entry = ram.load_word(uint64_t{upper & ~0xfffu} + index * 4);
  constexpr uint32_t kUsable = MACHINE_PTE_PRESENT | MACHINE_PTE_YOUNG;
  constexpr uint32_t kStorable = MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY;
  if ((entry & kUsable) != kUsable)
    return false;
  out.physical = entry & ~((1u << shift) - 1);
  out.write = (entry & kStorable) == kStorable;
  // Never the null guard, never beyond RAM: the kernel's word is not trusted here.
  return out.physical >= MACHINE_NULL_GUARD && uint64_t{out.physical} + (1u << shift) <= ram.size();
}

/// Maps `page` and the pages after it, up to `limit`, that continue it: next in
/// RAM, same rights, not mapped yet. Returns the number of pages, 0 if the host
/// refuses.
uint32_t AddressSpace::map_run(uint32_t page, uint32_t limit, const Translation &first) {
  uint32_t shift = mmu_.page_shift_, count = 1;
  for (; page + count < limit && !mapped_[page + count]; count++) {
    Translation next;
    if (!walk((page + count) << shift, next) || next.write != first.write ||
        next.physical != first.physical + (count << shift))
      break;
  }
  if (mmu_.pieces_ >= mmu_.piece_limit_)
    make_room();
  // Populated at once: else the host faults again for every 4 KiB of it.
  void *at = mmap(base() + (uint64_t{page} << shift), uint64_t{count} << shift,
                  first.write ? PROT_READ | PROT_WRITE : PROT_READ,
                  MAP_SHARED | MAP_FIXED | MAP_POPULATE | MAP_NORESERVE, mmu_.ram_.fd(), first.physical);
  if (at == MAP_FAILED)
    return 0;
  std::fill_n(mapped_.begin() + page, count, first.write ? kMapped | kWritable : kMapped);
  if (pieces_++ == 0)
    age_ = mmu_.by_age_.insert(mmu_.by_age_.end(), this);
  mmu_.pieces_++;
  return count;
}

bool AddressSpace::fill(uint32_t address, bool write) {
  Translation found;
  if (!walk(address, found) || (write && !found.write))
    return false;
  uint32_t page = address >> mmu_.page_shift_;
  uint32_t limit = std::min<uint64_t>(mapped_.size(), page + std::max(1u, kFaultAround >> mmu_.page_shift_));
  if (map_run(page, limit, found))
    return true;
  // The host is out of mappings although we are within our budget: start afresh.
  drop_all();
  if (map_run(page, page + 1, found))
    return true;
  std::fprintf(stderr, "wasmlinux: the host refuses to map guest memory: %s\n", std::strerror(errno));
  std::abort();
}

bool AddressSpace::holds(uint32_t address, bool write) const {
  uint8_t page = mapped_[address >> mmu_.page_shift_];
  return (page & kMapped) && (!write || (page & kWritable));
}

void AddressSpace::prefill(uint32_t start, uint32_t size) {
  uint32_t shift = mmu_.page_shift_;
  uint64_t end = std::min<uint64_t>(mapped_.size(), (uint64_t{start} + size + (1u << shift) - 1) >> shift);
  for (uint64_t page = start >> shift; page < end;) {
    Translation found;
    uint32_t count = 0;
    if (!mapped_[page] && walk(page << shift, found)) {
      count = map_run(page, end, found);
      if (count == 0)
        return;
    }
    page += std::max(1u, count);
  }
}

void AddressSpace::flush(uint32_t start, uint32_t size) {
  if (pieces_ == 0)
    return;
  if (size == 0) {
    drop_all();
    return;
  }
  uint32_t shift = mmu_.page_shift_;
  auto first = mapped_.begin() + (start >> shift);
  auto last = mapped_.begin() +
              std::min<uint64_t>(mapped_.size(), (uint64_t{start} + size + (1u << shift) - 1) >> shift);
  auto is_mapped = [](uint8_t page) { return page != 0; };
  first = std::find_if(first, last, is_mapped);
  if (first == last)
    return;
  while (!is_mapped(*(last - 1)))
    --last;
  uint64_t offset = static_cast<uint64_t>(first - mapped_.begin()) << shift;
  if (!reservation_.release(static_cast<int64_t>(offset), static_cast<uint64_t>(last - first) << shift)) {
    drop_all();
    return;
  }
  std::fill(first, last, 0);
}

void AddressSpace::drop_all() {
  if (pieces_ == 0)
    return;
  if (!reservation_.release(0, kMemorySize)) {
    std::fprintf(stderr, "wasmlinux: the host refuses to unmap guest memory: %s\n", std::strerror(errno));
    std::abort();
  }
  std::fill(mapped_.begin(), mapped_.end(), 0);
  mmu_.pieces_ -= pieces_;
  pieces_ = 0;
  mmu_.by_age_.erase(age_);
  age_ = mmu_.by_age_.end();
}

/// Evicts the address space whose mappings are the oldest; it faults back in.
void AddressSpace::make_room() { mmu_.by_age_.front()->drop_all(); }

tl::expected<void, CodeError> AddressSpace::load(std::shared_ptr<const Code> code, ImportResolver import) {
  auto table = load_program_state(reservation_, *code, import);
  if (!table)
    return tl::unexpected(table.error());
  table_bytes_ = *table;
  program_ = std::move(code);
  return {};
}

void AddressSpace::copy_state(const AddressSpace &parent) {
  copy_program_state(reservation_, parent.reservation_, parent.table_bytes_);
  table_bytes_ = parent.table_bytes_;
  program_ = parent.program_;
}

}  // namespace wasmlinux
