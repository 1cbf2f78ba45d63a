// SPDX-License-Identifier: Apache-2.0
/// Guest RAM and the kernel's view of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/mmu/reservation.h"

namespace wasmlinux {

/// A budget of host mappings, shared by everything of one machine that maps RAM
/// piecewise: the host allows a process only so many (vm.max_map_count).
struct MapBudget {
  /// A quarter of the host's limit for the kernel's own mappings, half for TLBs;
  /// the rest is the embedding program's.
  static MapBudget of_host();
  uint32_t kernel_pieces;
  uint32_t tlb_pieces;
};

/// Guest RAM, one memfd, mapped whole at the kernel's base with its first page
/// missing; and the window above it where the kernel maps pages as it likes.
class GuestRam {
public:
  /// `base`: host address for the kernel's memory, 0 for anywhere. Throws
  /// std::system_error if the host has no such memory or addresses.
  GuestRam(uint64_t size, uint64_t base);
  ~GuestRam();
  GuestRam(const GuestRam &) = delete;
  GuestRam &operator=(const GuestRam &) = delete;

  int fd() const { return fd_; }
  uint64_t size() const { return size_; }
  char *base() const { return reservation_.base(); }
  Reservation &reservation() { return reservation_; }

  /// Kernel memory as the host sees it; empty if any of it is not mapped.
  std::span<std::byte> at(uint32_t address, uint64_t size) const;

  /// A word of a page table at a physical address, as the walker reads it. Zero
  /// outside RAM: what a broken kernel writes must not lead out of the guest.
  uint32_t load_word(uint64_t physical) const;

  /// machine_kernel_map() and _unmap() of abi/machine.h. 0 or a negative errno.
  int map(uint32_t address, uint32_t physical, uint32_t size, bool write);
  void unmap(uint32_t address, uint32_t size);

private:
  bool window_mapped(uint32_t address, uint64_t size) const;

  int fd_ = -1;
  uint64_t size_;
  Reservation reservation_;
  uint32_t pieces_left_;
  std::vector<bool> window_;        // for each 4 KiB of MACHINE_VMAP_*: is it mapped
  std::vector<bool> piece_starts_;  // and does a piece, as it was mapped, begin there
};

}  // namespace wasmlinux
