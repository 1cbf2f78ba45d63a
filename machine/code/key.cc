// SPDX-License-Identifier: Apache-2.0
#include "machine/code/key.h"

#include <elf.h>
#include <fcntl.h>
#include <nettle/sha2.h>

#include <cstring>

#include "machine/base/file.h"

namespace wasmlinux {
namespace {

/// What generated code may use of the host's CPU.
#if defined(__x86_64__)
constexpr std::string_view kCpuBaseline = "x86-64-v2";
#elif defined(__aarch64__)
constexpr std::string_view kCpuBaseline = "armv8.1-a";
#endif

class Sha256 {
public:
  Sha256() { sha256_init(&state_); }
  Sha256 &add(std::span<const uint8_t> bytes) {
    sha256_update(&state_, bytes.size(), bytes.data());
    return *this;
  }
  /// With its length, so that neighbours can't run into each other.
  Sha256 &add(std::string_view text) {
    add_number(text.size());
    return add(std::span(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  }
  Sha256 &add_number(uint64_t n) {
    uint8_t little[8];
    for (unsigned i = 0; i < 8; ++i)
      little[i] = static_cast<uint8_t>(n >> (8 * i));
    return add(std::span<const uint8_t>(little));
  }
  std::array<uint8_t, 32> digest() {
    std::array<uint8_t, 32> out;
    sha256_digest(&state_, out.size(), out.data());
    return out;
  }

private:
  sha256_ctx state_;
};

std::string hex_of(std::span<const uint8_t> bytes) {
  std::string out;
  for (uint8_t b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

/// The GNU build id among the notes of a segment.
std::span<const uint8_t> build_id_note(std::span<const uint8_t> notes) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data(), sizeof note);
    uint64_t name_size = (uint64_t{note.n_namesz} + 3) & ~uint64_t{3};
    uint64_t size = sizeof note + name_size + ((uint64_t{note.n_descsz} + 3) & ~uint64_t{3});
    if (size > notes.size())
      break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
        std::memcmp(notes.data() + sizeof note, "GNU", 4) == 0)
      return notes.subspan(sizeof note + name_size, note.n_descsz);
    notes = notes.subspan(size);
  }
  return {};
}

std::span<const uint8_t> build_id(std::span<const uint8_t> file) {
  Elf64_Ehdr header;
  if (file.size() < sizeof header)
    return {};
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    uint64_t at = header.e_phoff + i * sizeof segment;
    if (at > file.size() || file.size() - at < sizeof segment)
      return {};
    std::memcpy(&segment, file.data() + at, sizeof segment);
    if (segment.p_type != PT_NOTE || segment.p_offset > file.size() ||
        segment.p_filesz > file.size() - segment.p_offset)
      continue;
    if (auto id = build_id_note(file.subspan(segment.p_offset, segment.p_filesz)); !id.empty())
      return id;
  }
  return {};
}

}  // namespace

std::string CodeKey::hex() const { return hex_of(bytes); }

CodeKey code_key(std::span<const uint8_t> module, const CompileSettings &settings) {
  Sha256 hash;
  hash.add("wasmlinux code")
      .add_number(kNativeAbiVersion)
      .add(settings.worker_id)
      .add(kCpuBaseline)
      .add_number(static_cast<uint64_t>(settings.kind))
      .add_number(static_cast<uint64_t>(settings.memory))
      .add_number(static_cast<uint64_t>(int64_t{settings.fs_offset}))
      .add_number(settings.strict_signatures ? 1 : 0)
      .add_number(module.size())
      .add(module);
  return {hash.digest()};
}

std::string worker_id(const std::string &path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return {};
  MappedFile file(fd.get());
  if (auto id = build_id(file.bytes()); !id.empty())
    return "build-id " + hex_of(id);
  return "sha256 " + hex_of(Sha256().add(file.bytes()).digest());
}

}  // namespace wasmlinux
