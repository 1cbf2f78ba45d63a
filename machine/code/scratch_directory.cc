// SPDX-License-Identifier: Apache-2.0
#include "machine/code/scratch_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace wasmlinux {
namespace {

namespace fs = std::filesystem;

/// Below this a place is used only if there is none with more.
constexpr uint64_t kWantedSpace = uint64_t{256} << 20;

std::string name_prefix() { return "wasmlinux-" + std::to_string(::geteuid()) + "-"; }

UniqueFd open_directory(const std::string &path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void remove_stale(const std::string &place) {
  std::error_code error;
  const std::string prefix = name_prefix();
  for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(prefix))
      continue;
    UniqueFd fd = open_directory(it->path());
    struct stat st;
    if (!fd || ::fstat(fd.get(), &st) != 0 || st.st_uid != ::geteuid())
      continue;
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      std::error_code ignored;
      fs::remove_all(it->path(), ignored);
    }
  }
}

uint64_t free_space(const std::string &place) {
  struct statvfs st;
  return ::statvfs(place.c_str(), &st) == 0 ? uint64_t{st.f_bavail} * st.f_frsize : 0;
}

/// Whether the path still names what is open: another process may have taken the
/// directory for a stale one before it was locked.
bool still_there(const std::string &path, int fd) {
  struct stat by_name, open;
  return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(fd, &open) == 0 && by_name.st_ino == open.st_ino &&
         by_name.st_dev == open.st_dev;
}

}  // namespace

std::vector<std::string> ScratchDirectory::default_places() {
  std::vector<std::string> places = {"/dev/shm"};
  if (const char *tmp = std::getenv("TMPDIR"); tmp != nullptr && *tmp != '\0')
    places.emplace_back(tmp);
  places.emplace_back("/tmp");
  places.emplace_back("/var/tmp");
  return places;
}

tl::expected<ScratchDirectory, std::string> ScratchDirectory::make(const std::vector<std::string> &places) {
  std::string why = "there is no directory for temporary files";
  for (uint64_t wanted : {kWantedSpace, uint64_t{0}}) {
    for (const std::string &place : places) {
      remove_stale(place);
      if (free_space(place) < wanted)
        continue;
      for (int attempt = 0; attempt < 10; ++attempt) {
        std::string path = place + "/" + name_prefix() + "XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) {
          why = place + ": " + std::strerror(errno);
          break;
        }
        UniqueFd lock = open_directory(path);
        if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && still_there(path, lock.get()))
          return ScratchDirectory(std::move(path), std::move(lock));
      }
    }
  }
  return tl::unexpected(why);
}

ScratchDirectory::~ScratchDirectory() {
  if (!lock_)
    return;  // moved from
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace wasmlinux
