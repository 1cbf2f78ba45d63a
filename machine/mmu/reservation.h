// SPDX-License-Identifier: Apache-2.0
/// Host address space for one linear memory and the state below it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace wasmlinux {

/// Reserved, inaccessible host addresses around a linear memory's base, laid out
/// as native_abi.h says: kStateSize below, kReservationSize above. Not inherited
/// by children of the host process. Throws std::system_error if there is no room.
class Reservation {
public:
  /// Anywhere.
  static Reservation anywhere();
  /// With its base at this host address; throws if something else is there.
  static Reservation at(uint64_t base);

  Reservation() = default;
  Reservation(Reservation &&other) noexcept : base_(std::exchange(other.base_, nullptr)) {}
  Reservation &operator=(Reservation &&other) noexcept {
    std::swap(base_, other.base_);
    return *this;
  }
  ~Reservation();

  char *base() const { return base_; }

  /// Makes [offset, offset + size) of it readable and writable private memory,
  /// all zero; offsets are relative to base and may be negative.
  void commit(int64_t offset, uint64_t size);
  /// The reverse: inaccessible again, contents gone. False if the host refuses.
  bool release(int64_t offset, uint64_t size) noexcept;

private:
  explicit Reservation(char *base) : base_(base) {}
  char *base_ = nullptr;
};

}  // namespace wasmlinux
