// SPDX-License-Identifier: Apache-2.0
#include "machine/mmu/guest_ram.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include "abi/machine.h"

namespace wasmlinux {

namespace {

constexpr uint32_t kHostPage = 4096;

[[noreturn]] void fail(const char *what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

MapBudget MapBudget::of_host() {
  uint32_t limit = 0;
  if (!(std::ifstream("/proc/sys/vm/max_map_count") >> limit))
    limit = 65530;  // the kernel's default, where /proc is not mounted
  return {limit / 4, limit / 2};
}

GuestRam::GuestRam(uint64_t size, uint64_t base)
    : size_(size), reservation_(base ? Reservation::at(base) : Reservation::anywhere()),
      pieces_left_(MapBudget::of_host().kernel_pieces),
      window_((MACHINE_VMAP_END - MACHINE_VMAP_START) / kHostPage), piece_starts_(window_.size()) {
  fd_ = memfd_create("wasmlinux-ram", MFD_CLOEXEC);
  if (fd_ < 0)
    fail("cannot create guest RAM");
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0 ||
      mmap(this->base() + MACHINE_NULL_GUARD, size - MACHINE_NULL_GUARD, PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd_, MACHINE_NULL_GUARD) == MAP_FAILED) {
    int error = errno;
    close(fd_);
    errno = error;
    fail("cannot map guest RAM");
  }
  // Where the host allows huge pages for shared memory, RAM faults in 512 times less often.
  madvise(this->base() + MACHINE_NULL_GUARD, size - MACHINE_NULL_GUARD, MADV_HUGEPAGE);
  madvise(this->base() + MACHINE_NULL_GUARD, size - MACHINE_NULL_GUARD, MADV_DONTFORK);
}

GuestRam::~GuestRam() { close(fd_); }

bool GuestRam::window_mapped(uint32_t address, uint64_t size) const {
  if (address < MACHINE_VMAP_START || address + size > MACHINE_VMAP_END)
    return false;
  uint64_t first = (address - MACHINE_VMAP_START) / kHostPage;
  uint64_t last = (address - MACHINE_VMAP_START + size - 1) / kHostPage;
  for (uint64_t page = first; page <= last; page++)
    if (!window_[page])
      return false;
  return true;
}

std::span<std::byte> GuestRam::at(uint32_t address, uint64_t size) const {
  bool ram = address >= MACHINE_NULL_GUARD && address + size <= size_;
  if (size == 0 || (!ram && !window_mapped(address, size)))
    return {};
  return {reinterpret_cast<std::byte *>(base()) + address, size};
}

uint32_t GuestRam::load_word(uint64_t physical) const {
  if (physical < MACHINE_NULL_GUARD || physical + 4 > size_ || physical % 4 != 0)
    return 0;
  return __atomic_load_n(reinterpret_cast<const uint32_t *>(base() + physical), __ATOMIC_RELAXED);
}

int GuestRam::map(uint32_t address, uint32_t physical, uint32_t size, bool write) {
  if ((address | physical | size) % kHostPage != 0 || size == 0 || address < MACHINE_VMAP_START ||
      uint64_t{address} + size > MACHINE_VMAP_END || uint64_t{physical} + size > size_)
    return -EINVAL;
  if (pieces_left_ == 0)
    return -ENOMEM;
  int protection = write ? PROT_READ | PROT_WRITE : PROT_READ;
  if (mmap(base() + address, size, protection, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd_, physical) ==
      MAP_FAILED)
    return -ENOMEM;
  pieces_left_--;
  uint64_t first = (address - MACHINE_VMAP_START) / kHostPage;
  std::fill_n(window_.begin() + first, size / kHostPage, true);
  piece_starts_[first] = true;
  return 0;
}

void GuestRam::unmap(uint32_t address, uint32_t size) {
  if ((address | size) % kHostPage != 0 || size == 0 || address < MACHINE_VMAP_START ||
      uint64_t{address} + size > MACHINE_VMAP_END)
    return;
  uint64_t first = (address - MACHINE_VMAP_START) / kHostPage, count = size / kHostPage;
  if (std::find(window_.begin() + first, window_.begin() + first + count, true) ==
      window_.begin() + first + count)
    return;
  if (!reservation_.release(address, size))
    fail("cannot unmap kernel memory");
  std::fill_n(window_.begin() + first, count, false);
  pieces_left_ += std::count(piece_starts_.begin() + first, piece_starts_.begin() + first + count, true);
  std::fill_n(piece_starts_.begin() + first, count, false);
}

}  // namespace wasmlinux
