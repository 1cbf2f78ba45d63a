// SPDX-License-Identifier: Apache-2.0
/// User address spaces: the TLB of host mappings over the guest's page tables,
/// and the state that user code keeps below its memory.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "machine/code/code.h"
#include "machine/mmu/guest_ram.h"
#include "machine/mmu/program_state.h"
#include "machine/mmu/reservation.h"

namespace wasmlinux {

class AddressSpace;

/// What all address spaces of a machine share: RAM, the page size, the limit on
/// host mappings, reservations kept for reuse.
class Mmu {
public:
  Mmu(GuestRam &ram, uint32_t page_shift);

  GuestRam &ram() { return ram_; }
  uint32_t page_shift() const { return page_shift_; }

  /// An address space over the page tables at this physical address. Throws
  /// std::system_error when the host has no room.
  std::unique_ptr<AddressSpace> create(uint32_t pgd);

private:
  friend class AddressSpace;

  GuestRam &ram_;
  const uint32_t page_shift_;
  const uint32_t piece_limit_;        // host mappings that TLBs may hold together
  uint32_t pieces_ = 0;               // that they hold at most now
  std::list<AddressSpace *> by_age_;  // with mappings, the longest filled first
  std::vector<Reservation> spare_;
};

/// One guest process's memory. Touched only with the TLB lock held, which a
/// machine with one vCPU needs no mutex for: only its thread comes here.
class AddressSpace {
public:
  AddressSpace(Mmu &mmu, uint32_t pgd, Reservation reservation);
  ~AddressSpace();
  AddressSpace(const AddressSpace &) = delete;
  AddressSpace &operator=(const AddressSpace &) = delete;

  char *base() const { return reservation_.base(); }

  /// Maps the page of a user address, and present neighbours with it, as the page
  /// tables say. False if they don't allow this access: a page fault.
  bool fill(uint32_t address, bool write);
  /// Whether this access would find a mapping now.
  bool holds(uint32_t address, bool write) const;
  /// Maps what is present in [start, start + size), as a hint.
  void prefill(uint32_t start, uint32_t size);
  /// Forgets [start, start + size), all if size is 0. Cannot fail: if the host
  /// refuses to unmap, the machine ends.
  void flush(uint32_t start, uint32_t size);

  /// Makes `code` the program: table, imports and globals as the module has them.
  /// `import` finds the native address of an imported function, 0 for unknown.
  tl::expected<void, CodeError> load(std::shared_ptr<const Code> code, ImportResolver import);
  /// The same program as `parent`'s with a copy of its state.
  void copy_state(const AddressSpace &parent);
  const Code *program() const { return program_.get(); }

private:
  struct Translation {
    uint32_t physical;
    bool write;
  };
  /// What the page tables allow for a page, if anything.
  bool walk(uint32_t address, Translation &out) const;
  uint32_t map_run(uint32_t page, uint32_t limit, const Translation &first);
  void drop_all();
  void make_room();

  Mmu &mmu_;
  const uint32_t pgd_;
  Reservation reservation_;
  std::vector<uint8_t> mapped_;  // for each page: in the TLB, kMapped | kWritable
  uint32_t pieces_ = 0;          // host mappings made since the last drop_all
  std::list<AddressSpace *>::iterator age_;
  std::shared_ptr<const Code> program_;
  uint32_t table_bytes_ = 0;  // committed for the table
};

}  // namespace wasmlinux
