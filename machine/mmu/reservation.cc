// SPDX-License-Identifier: Apache-2.0
#include "machine/mmu/reservation.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <sys/mman.h>

#include "machine/cpu/native_abi.h"

namespace wasmlinux {

namespace {

constexpr uint64_t kTotal = kStateSize + kReservationSize;
constexpr int kReserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

char *reserve(void *hint, int flags, const char *what) {
  void *start = mmap(hint, kTotal, PROT_NONE, kReserve | flags, -1, 0);
  if (start == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(),
                            std::string(what) + (errno == EEXIST ? " (something else lies there)"
                                                                 : " (8 GiB of them; is `ulimit -v` set?)"));
  // A child of the embedding program must not see, or pay for, guest memory.
  madvise(start, kTotal, MADV_DONTFORK);
  return static_cast<char *>(start) + kStateSize;
}

}  // namespace

Reservation Reservation::anywhere() {
  return Reservation(reserve(nullptr, 0, "cannot reserve addresses for a guest address space"));
}

Reservation Reservation::at(uint64_t base) {
  auto *hint = reinterpret_cast<void *>(base - kStateSize);
  return Reservation(reserve(hint, MAP_FIXED_NOREPLACE, "cannot reserve the kernel's fixed addresses"));
}

Reservation::~Reservation() {
  if (base_)
    munmap(base_ - kStateSize, kTotal);
}

void Reservation::commit(int64_t offset, uint64_t size) {
  void *at = mmap(base_ + offset, size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "cannot map guest state");
  madvise(at, size, MADV_DONTFORK);
}

bool Reservation::release(int64_t offset, uint64_t size) noexcept {
  void *at = mmap(base_ + offset, size, PROT_NONE, kReserve | MAP_FIXED, -1, 0);
  if (at == MAP_FAILED)
    return false;
  madvise(at, size, MADV_DONTFORK);
  return true;
}

}  // namespace wasmlinux
