// SPDX-License-Identifier: Apache-2.0
#include "machine/code/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "machine/base/file.h"

namespace wasmlinux {
namespace {

namespace fs = std::filesystem;

constexpr char kTrailerMagic[8] = {'w', 'l', '-', 'c', 'a', 'c', 'h', 'e'};
constexpr std::string_view kSuffix = ".so";
constexpr std::string_view kTemporary = ".new-";
constexpr time_t kYoungSeconds = 60;

/// Behind the shared object.
struct Trailer {
  char magic[8];
  uint64_t object_size;
  CodeKey key;
  uint64_t checksum[2];  // XXH3-128 of the object
};
static_assert(sizeof(Trailer) == 64);

Trailer trailer_of(const CodeKey &key, std::span<const uint8_t> object) {
  Trailer t{};
  std::memcpy(t.magic, kTrailerMagic, sizeof t.magic);
  t.object_size = object.size();
  t.key = key;
  XXH128_hash_t hash = XXH3_128bits(object.data(), object.size());
  t.checksum[0] = hash.low64;
  t.checksum[1] = hash.high64;
  return t;
}

bool is_whole(const CodeKey &key, std::span<const uint8_t> file) {
  if (file.size() < sizeof(Trailer))
    return false;
  Trailer expected = trailer_of(key, file.first(file.size() - sizeof(Trailer)));
  return std::memcmp(&expected, file.data() + expected.object_size, sizeof expected) == 0;
}

std::string path_of(const std::string &directory, const CodeKey &key) {
  return directory + "/" + key.hex() + std::string(kSuffix);
}

/// The same bytes where the host lets code be mapped, if it doesn't here.
UniqueFd loadable(UniqueFd fd, std::span<const uint8_t> bytes) {
  struct statvfs st;
  if (::fstatvfs(fd.get(), &st) == 0 && (st.f_flag & ST_NOEXEC) == 0)
    return fd;
  return memory_file("wasmlinux code", bytes);
}

}  // namespace

CodeCache::CodeCache(std::string directory, std::vector<std::string> read_only, Log log, Access access)
    : directory_(std::move(directory)), read_only_(std::move(read_only)), log_(std::move(log)),
      access_(access) {
  // A stranger's entries would be a stranger's code.
  struct stat st;
  if (!directory_.empty() && ::stat(directory_.c_str(), &st) == 0 &&
      (st.st_uid != ::geteuid() || (st.st_mode & 022) != 0)) {
    log_("code cache " + directory_ +
         " is not used: it must be yours, and not writable by others (chmod 700)");
    directory_.clear();
  }
}

CodeCache::Found CodeCache::open_entry(const std::string &directory, const CodeKey &key,
                                       UniqueFd &out) const {
  UniqueFd fd(::open(path_of(directory, key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd)
    return Found::missing;
  MappedFile file(fd.get());
  if (!is_whole(key, file.bytes()))
    return Found::corrupt;
  out = loadable(std::move(fd), file.bytes());
  return out ? Found::whole : Found::missing;
}

UniqueFd CodeCache::find(const CodeKey &key) {
  UniqueFd fd;
  for (const std::string &directory : read_only_) {
    Found found = open_entry(directory, key, fd);
    if (found == Found::whole)
      return fd;
    if (found == Found::corrupt)
      log_("code cache: " + path_of(directory, key) + " is damaged and not used");
  }
  if (directory_.empty())
    return fd;
  if (open_entry(directory_, key, fd) == Found::corrupt)
    log_("code cache: " + path_of(directory_, key) + " is damaged and made anew");
  else if (fd)
    ::futimens(fd.get(), nullptr);  // `used` of list(); a read-only disk keeps the old time
  return fd;
}

tl::expected<void, std::string> CodeCache::make_directory() {
  std::error_code error;
  fs::path path(directory_);
  if (path.has_parent_path())
    fs::create_directories(path.parent_path(), error);
  if (::mkdir(directory_.c_str(), access_ == Access::own ? 0700 : 0755) != 0 && errno != EEXIST)
    return tl::unexpected("code cache " + directory_ + ": " + std::strerror(errno));
  return {};
}

/// What writers that were killed have left: their locks are gone. A young file may
/// be one that its writer has not locked yet.
void CodeCache::remove_stale() const {
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(kTemporary))
      continue;
    UniqueFd fd(::open(it->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat st;
    if (fd && ::fstat(fd.get(), &st) == 0 && ::time(nullptr) - st.st_mtime > kYoungSeconds &&
        ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0)
      ::unlink(it->path().c_str());
  }
}

tl::expected<UniqueFd, std::string> CodeCache::store(const CodeKey &key, std::span<const uint8_t> object) {
  if (directory_.empty())
    return tl::unexpected<std::string>("there is no code cache");
  if (auto made = make_directory(); !made)
    return tl::unexpected(made.error());
  remove_stale();

  std::string temporary = directory_ + "/" + std::string(kTemporary) + "XXXXXX";
  auto failed = [&](const char *what) {
    return tl::unexpected("code cache " + directory_ + ": " + what + ": " + std::strerror(errno));
  };
  UniqueFd out(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!out)
    return failed("can't write");
  ::flock(out.get(), LOCK_EX | LOCK_NB);  // a live writer's, see remove_stale()
  Trailer trailer = trailer_of(key, object);
  if ((access_ == Access::shared && ::fchmod(out.get(), 0644) != 0) || !write_all(out.get(), object) ||
      !write_all(out.get(), {reinterpret_cast<const uint8_t *>(&trailer), sizeof trailer}) ||
      ::rename(temporary.c_str(), path_of(directory_, key).c_str()) != 0) {
    auto error = failed("can't write");
    ::unlink(temporary.c_str());
    return error;
  }
  UniqueFd fd;
  if (open_entry(directory_, key, fd) != Found::whole)
    return failed("what was written can't be read");
  return fd;
}

std::span<const uint8_t> CodeCache::object_of(std::span<const uint8_t> entry) {
  return entry.first(entry.size() - std::min(entry.size(), sizeof(Trailer)));
}

std::string CodeCache::default_directory() {
  // The XDG base directory specification: a relative path is to be ignored.
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return std::string(cache) + "/wasmlinux";
  if (const char *home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.cache/wasmlinux";
  return {};
}

std::vector<CodeCache::Entry> CodeCache::list() const {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    struct stat st;
    if (it->path().extension() == kSuffix && ::lstat(it->path().c_str(), &st) == 0)
      entries.push_back({it->path().stem(), static_cast<uint64_t>(st.st_size), st.st_mtime});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
  return entries;
}

size_t CodeCache::clear() {
  if (directory_.empty())
    return 0;
  remove_stale();
  size_t removed = 0;
  for (const Entry &entry : list())
    removed += ::unlink((directory_ + "/" + entry.name + std::string(kSuffix)).c_str()) == 0 ? 1 : 0;
  return removed;
}

}  // namespace wasmlinux
