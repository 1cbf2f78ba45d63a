// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/initrd.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace wasmlinux {
namespace {

constexpr size_t kHeaderSize = 110;
constexpr std::string_view kMagic = "070701";
constexpr std::string_view kTrailer = "TRAILER!!!";
constexpr size_t kPathMax = 4095;  // Linux' PATH_MAX without the NUL
constexpr size_t kNameMax = 255;
constexpr size_t kSizeMax = 0xffffffff;

size_t aligned(size_t n) { return (n + 3) & ~size_t{3}; }

/// A name for messages: whatever it holds, one line.
std::string quoted(std::string_view name) {
  std::string out = "'";
  for (char c : name.substr(0, 60))
    out += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  return out + (name.size() > 60 ? "...'" : "'");
}

struct Header {
  uint32_t mode, size, name_size;
};

std::optional<Header> read_header(std::string_view text) {
  if (text.size() < kHeaderSize || (!text.starts_with(kMagic) && !text.starts_with("070702")))
    return std::nullopt;
  auto field = [&](size_t index) {
    uint32_t value = 0;
    std::string_view digits = text.substr(6 + 8 * index, 8);
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
  };
  return Header{field(1), field(6), field(11)};
}

}  // namespace

void Initrd::align() { bytes_.resize(aligned(bytes_.size())); }

/// Directories that are there keep their mode: a second entry would change it. A
/// compressed archive keeps its secrets; then parents get the usual mode.
void Initrd::note_directories(std::span<const std::byte> archive) {
  std::string_view text(reinterpret_cast<const char *>(archive.data()), archive.size());
  while (auto header = read_header(text)) {
    const size_t data = aligned(kHeaderSize + header->name_size);
    const size_t next = aligned(data + header->size);
    if (header->name_size == 0 || next < data || next > aligned(text.size()))
      break;
    std::string_view name = text.substr(kHeaderSize, header->name_size - 1);
    if (S_ISDIR(header->mode)) {
      size_t start = std::min(name.find_first_not_of("./"), name.size());
      directories_.emplace(name.substr(start));
    }
    text.remove_prefix(std::min(next, text.size()));
    if (name == kTrailer)  // zeroes, then perhaps another archive
      text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
  }
}

void Initrd::archive(std::span<const std::byte> bytes) {
  align();
  note_directories(bytes);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  align();
}

/// The name as it stands in the archive: relative, no empty components.
std::string Initrd::clean(std::string_view path) const {
  if (path.find('\0') != path.npos)
    throw std::invalid_argument("guest path " + quoted(path) + " has a zero byte in it");
  std::string out;
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".")
      continue;
    if (part == "..")
      throw std::invalid_argument("guest path " + quoted(path) + ": '..' can't be used here");
    if (part.size() > kNameMax)
      throw std::invalid_argument("guest path " + quoted(path) + " has a name longer than 255 bytes");
    if (!out.empty())
      out += '/';
    out += part;
  }
  if (out.empty())
    throw std::invalid_argument("guest path " + quoted(path) + " names no file");
  if (out.size() > kPathMax)
    throw std::invalid_argument("guest path " + quoted(path) + " is longer than 4095 bytes");
  if (out == kTrailer)
    throw std::invalid_argument("guest path " + quoted(path) + " can't be: it ends cpio archives");
  return out;
}

void Initrd::parents(const std::string &path) {
  for (size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1))
    if (std::string parent = path.substr(0, at); directories_.insert(parent).second)
      entry(parent, S_IFDIR | 0755, {});
}

void Initrd::entry(const std::string &name, uint32_t mode, std::span<const std::byte> bytes) {
  if (bytes.size() > kSizeMax)
    throw std::invalid_argument(quoted(name) + " is too large for the initial file system");
  char header[kHeaderSize + 1];
  // magic, inode, mode, uid, gid, links, mtime, size, device, its minor, rdev, its
  // minor, name's size with NUL, checksum
  std::snprintf(header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                next_inode_++, mode, 0U, 0U, 1U, 0U, static_cast<uint32_t>(bytes.size()), 0U, 0U, 0U, 0U,
                static_cast<uint32_t>(name.size() + 1), 0U);
  align();
  auto append = [&](std::span<const std::byte> piece) {
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
  };
  append(std::as_bytes(std::span(header, kHeaderSize)));
  append(std::as_bytes(std::span(name.c_str(), name.size() + 1)));
  align();
  append(bytes);
  align();
}

void Initrd::directory(std::string_view path, uint32_t mode) {
  std::string name = clean(path);
  parents(name);
  directories_.insert(name);
  entry(name, S_IFDIR | (mode & 07777), {});
}

void Initrd::file(std::string_view path, uint32_t mode, std::span<const std::byte> bytes) {
  std::string name = clean(path);
  parents(name);
  entry(name, S_IFREG | (mode & 07777), bytes);
}

void Initrd::symlink(std::string_view path, std::string_view target) {
  std::string name = clean(path);
  if (target.empty() || target.size() > kPathMax || target.find('\0') != target.npos)
    throw std::invalid_argument("symbolic link " + quoted(path) + " has an impossible target");
  parents(name);
  entry(name, S_IFLNK | 0777, std::as_bytes(std::span(target)));
}

std::vector<std::byte> Initrd::finish() && {
  entry(std::string(kTrailer), 0, {});
  return std::move(bytes_);
}

}  // namespace wasmlinux
