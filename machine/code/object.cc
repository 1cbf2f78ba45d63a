// SPDX-License-Identifier: Apache-2.0
#include "machine/code/object.h"

#include <elf.h>

#include <cstring>
#include <optional>

namespace wasmlinux {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kHostMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kHostMachine = EM_AARCH64;
#endif

template <typename T> std::optional<T> read_at(std::span<const uint8_t> file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

bool acts_when_loaded(int64_t tag) {
  switch (tag) {
    case DT_NEEDED:
    case DT_REL:
    case DT_RELA:
    case DT_RELR:
    case DT_JMPREL:
    case DT_TEXTREL:
    case DT_INIT:
    case DT_INIT_ARRAY:
    case DT_PREINIT_ARRAY:
    case DT_FINI:
    case DT_FINI_ARRAY:
      return true;
    default:
      return false;
  }
}

}  // namespace

tl::expected<std::vector<ObjectSegment>, std::string> inspect_object(std::span<const uint8_t> file) {
  auto header = read_at<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    return tl::unexpected<std::string>("not a shared object");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_DYN ||
      header->e_machine != kHostMachine)
    return tl::unexpected<std::string>("not a shared object for this kind of CPU");
  if (header->e_phentsize != sizeof(Elf64_Phdr))
    return tl::unexpected<std::string>("a damaged shared object");

  std::vector<ObjectSegment> segments;
  for (uint64_t i = 0; i < header->e_phnum; ++i) {
    auto segment = read_at<Elf64_Phdr>(file, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment || segment->p_offset > file.size() || segment->p_filesz > file.size() - segment->p_offset)
      return tl::unexpected<std::string>("a truncated shared object");
    if (segment->p_type == PT_LOAD) {
      segments.push_back({segment->p_vaddr, segment->p_memsz, (segment->p_flags & PF_W) != 0,
                          (segment->p_flags & PF_X) != 0});
    } else if (segment->p_type == PT_TLS || segment->p_type == PT_INTERP) {
      return tl::unexpected<std::string>("a shared object with thread-local storage or an interpreter");
    } else if (segment->p_type == PT_DYNAMIC) {
      for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment->p_filesz; at += sizeof(Elf64_Dyn)) {
        auto entry = read_at<Elf64_Dyn>(file, segment->p_offset + at);
        if (!entry || entry->d_tag == DT_NULL)
          break;
        if (acts_when_loaded(entry->d_tag))
          return tl::unexpected<std::string>(
              "a shared object with dependencies, relocations or initialisers");
      }
    }
  }
  return segments;
}

}  // namespace wasmlinux
