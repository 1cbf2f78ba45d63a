// SPDX-License-Identifier: Apache-2.0
#include "machine/mmu/program_state.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace wasmlinux {

namespace {

// The page that ends at base holds the table's size.
constexpr uint32_t kHeader = 4096;
constexpr int64_t kHeaderDisplacement = -static_cast<int64_t>(kHeader);

uint32_t page_align(uint64_t bytes) { return static_cast<uint32_t>((bytes + 4095) & ~uint64_t{4095}); }

CodeError refuse(std::string message) { return {ENOEXEC, std::move(message)}; }

}  // namespace

tl::expected<uint32_t, CodeError> load_program_state(Reservation &reservation, const Code &code,
                                                     ImportResolver import) {
  const CodeImage &image = code.image();
  char *base = reservation.base();
  uint32_t table_bytes = page_align(uint64_t{image.table_size} * sizeof(TableEntry));

  if (table_bytes)
    reservation.commit(kTableDisplacement, table_bytes);
  reservation.commit(kStateDisplacement, kStateSlotSize);
  reservation.commit(kHeaderDisplacement, kHeader);

  std::memcpy(base + kTableSizeDisplacement, &image.table_size, sizeof image.table_size);
  auto *table = reinterpret_cast<TableEntry *>(base + kTableDisplacement);
  for (const ImageTableInit &init : code.array(image.table))
    table[init.index] = {reinterpret_cast<uint64_t>(code.at(init.code)), init.signature};

  // One slot serves every program: an address space has one. The word is the same
  // for all who share the code.
  auto *word = const_cast<int64_t *>(code.at<int64_t>(image.state_word));
  __atomic_store_n(word, kStateDisplacement, __ATOMIC_RELAXED);
  char *slot = base + kStateDisplacement;
  auto *imports = reinterpret_cast<uint64_t *>(slot + kStateImports);
  for (const ImageImport &wanted : code.array(image.imports)) {
    std::string_view module = code.text(wanted.module), name = code.text(wanted.name);
    uint64_t address = import(module, name, wanted.signature);
    if (!address)
      return tl::unexpected(refuse("it imports " + std::string(module) + "." + std::string(name) +
                                   ", which this machine does not have with that type"));
    *imports++ = address;
  }
  for (const ImageGlobal &global : code.array(image.globals)) {
    uint64_t value[2] = {global.low, global.high};
    std::memcpy(slot + kStateGlobals + uint64_t{global.index} * 16, value, sizeof value);
  }
  return table_bytes;
}

void copy_program_state(Reservation &to, const Reservation &from, uint32_t table_bytes) {
  auto copy = [&](int64_t displacement, uint32_t size) {
    to.commit(displacement, size);
    std::memcpy(to.base() + displacement, from.base() + displacement, size);
  };
  if (table_bytes)
    copy(kTableDisplacement, table_bytes);
  copy(kStateDisplacement, kStateSlotSize);
  copy(kHeaderDisplacement, kHeader);
}

bool release_program_state(Reservation &reservation, uint32_t table_bytes) noexcept {
  return (!table_bytes || reservation.release(kTableDisplacement, table_bytes)) &&
         reservation.release(kStateDisplacement, kStateSlotSize) &&
         reservation.release(kHeaderDisplacement, kHeader);
}

}  // namespace wasmlinux
