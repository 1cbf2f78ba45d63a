// SPDX-License-Identifier: Apache-2.0
#include "machine/code/cache.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <functional>

#include "machine/base/file.h"
#include "machine/code/scratch_directory.h"
#include "machine/code/testing/support.h"

namespace wasmlinux::testing {
namespace {

class Cache : public ::testing::Test {
protected:
  CodeCache open(std::vector<std::string> read_only = {}) {
    return CodeCache(directory_, std::move(read_only),
                     [this](const std::string &line) { log_.push_back(line); });
  }
  static std::vector<uint8_t> object_of(const UniqueFd &fd) {
    auto bytes = *read_whole(fd.get());
    auto object = CodeCache::object_of(bytes);
    return {object.begin(), object.end()};
  }

  TemporaryDirectory temporary_;
  const std::string directory_ = temporary_ / "below" + "/wasmlinux";
  std::vector<std::string> log_;
  const CompileSettings settings_{.worker_id = "test"};
  const CodeKey key_ = code_key(bytes_of("module"), settings_);
  const std::vector<uint8_t> object_ = bytes_of("native code, or what passes for it here");
  const std::string entry_ = directory_ + "/" + key_.hex() + ".so";
};

TEST_F(Cache, KeepsWhatItIsGiven) {
  EXPECT_FALSE(open().find(key_));
  auto stored = open().store(key_, object_);
  ASSERT_TRUE(stored) << stored.error();
  EXPECT_EQ(object_of(*stored), object_);
  EXPECT_EQ(object_of(open().find(key_)), object_);
  EXPECT_EQ(count_entries(directory_), 1u);
  struct stat st;
  ASSERT_EQ(::stat(directory_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  EXPECT_TRUE(log_.empty());
}

TEST_F(Cache, NamesDependOnAllThatCodeDependsOn) {
  auto with = [&](auto change) {
    CompileSettings other = settings_;
    change(other);
    return code_key(bytes_of("module"), other);
  };
  EXPECT_EQ(with([](CompileSettings &) {}), key_);
  EXPECT_NE(with([](CompileSettings &s) { s.worker_id = "next"; }), key_);
  EXPECT_NE(with([](CompileSettings &s) { s.fs_offset = 8; }), key_);
  EXPECT_NE(with([](CompileSettings &s) { s.kind = ImageKind::kernel; }), key_);
  EXPECT_NE(with([](CompileSettings &s) { s.memory = MemoryBase::kernel; }), key_);
  EXPECT_NE(with([](CompileSettings &s) { s.strict_signatures = true; }), key_);
  EXPECT_NE(code_key(bytes_of("module2"), settings_), key_);
}

TEST_F(Cache, FindsNothingInDamagedEntries) {
  ASSERT_TRUE(open().store(key_, object_));
  const auto whole = contents(entry_);
  for (size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] ^= 1;
    write(entry_, damaged);
    EXPECT_FALSE(open().find(key_)) << "byte " << at;
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    write(entry_, {whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)});
    EXPECT_FALSE(open().find(key_)) << "size " << size;
  }
  EXPECT_EQ(log_.size(), 2 * whole.size());
  EXPECT_NE(log_[0].find("damaged"), std::string::npos);
  ASSERT_TRUE(open().store(key_, object_));
  EXPECT_EQ(object_of(open().find(key_)), object_);
}

TEST_F(Cache, FindsNothingInAnotherModulesEntry) {
  ASSERT_TRUE(open().store(key_, object_));
  const CodeKey other = code_key(bytes_of("other"), settings_);
  std::filesystem::rename(entry_, directory_ + "/" + other.hex() + ".so");
  EXPECT_FALSE(open().find(other));
}

TEST_F(Cache, LooksIntoTheProductsDirectoryFirst) {
  TemporaryDirectory product;
  CodeCache maker(product / "code", {}, nullptr, CodeCache::Access::shared);
  ASSERT_TRUE(maker.store(key_, object_));
  struct stat st;
  ASSERT_EQ(::stat((product / "code/" + key_.hex() + ".so").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0644u);
  EXPECT_EQ(object_of(open({product / "code"}).find(key_)), object_);
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

TEST_F(Cache, RefusesADirectoryThatOthersWriteTo) {
  ASSERT_TRUE(open().store(key_, object_));
  ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
  EXPECT_FALSE(open().find(key_));
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find("not used"), std::string::npos);
}

TEST_F(Cache, SaysWhyItCantWrite) {
  CodeCache cache("/proc/there/is/no/such/place", {}, nullptr);
  auto stored = cache.store(key_, object_);
  ASSERT_FALSE(stored);
  EXPECT_NE(stored.error().find("/proc/there"), std::string::npos);
}

TEST_F(Cache, RemovesWhatKilledWritersLeft) {
  ASSERT_TRUE(open().store(key_, object_));
  auto leave = [&](const std::string &name, time_t age) {
    UniqueFd fd(::open((directory_ + "/" + name).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    const timespec times[] = {{::time(nullptr) - age, 0}, {::time(nullptr) - age, 0}};
    ::futimens(fd.get(), times);
    return fd;
  };
  leave(".new-stale1", 3600);
  leave(".new-young1", 0);
  UniqueFd writer = leave(".new-locked", 3600);
  ASSERT_EQ(::flock(writer.get(), LOCK_EX), 0);
  ASSERT_TRUE(open().store(key_, object_));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/.new-stale1"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/.new-young1"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/.new-locked"));
}

TEST_F(Cache, ListsAndClears) {
  ASSERT_TRUE(open().store(key_, object_));
  auto entries = open().list();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].name, key_.hex());
  EXPECT_EQ(entries[0].size, object_.size() + 64);
  EXPECT_EQ(open().clear(), 1u);
  EXPECT_FALSE(open().find(key_));
  EXPECT_EQ(open().clear(), 0u);
}

/// Runs in a child; the test goes on when it has succeeded.
int in_child(const std::function<int()> &body) {
  pid_t child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Cache, SurvivesManyWritersAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    pid_t child = ::fork();
    if (child == 0) {
      for (int round = 0; round < 50; ++round) {
        UniqueFd found = open().find(key_);
        if ((found && object_of(found) != object_) || !log_.empty() || !open().store(key_, object_))
          ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(count_entries(directory_), 1u);
}

TEST_F(Cache, LeavesNothingBehindOnAFullDisk) {
  constexpr int kCantMount = 77;
  std::string mount = temporary_ / "small";
  ASSERT_TRUE(std::filesystem::create_directory(mount));
  int result = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", mount.c_str(), "tmpfs", 0, "size=64k,mode=700") != 0)
      return kCantMount;
    CodeCache cache(mount + "/cache", {}, nullptr);
    auto stored = cache.store(key_, std::vector<uint8_t>(1 << 20));
    if (stored || stored.error().find("No space left") == std::string::npos)
      return 1;
    if (count_entries(mount + "/cache") != 0)
      return 2;
    return cache.store(key_, object_) ? 0 : 3;  // a small one fits
  });
  if (result == kCantMount)
    GTEST_SKIP() << "only root may mount a small disk";
  EXPECT_EQ(result, 0);
}

TEST_F(Cache, FollowsTheXdgSpecification) {
  ::setenv("XDG_CACHE_HOME", "/somewhere", 1);
  EXPECT_EQ(CodeCache::default_directory(), "/somewhere/wasmlinux");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::setenv("HOME", "/home/user", 1);
  EXPECT_EQ(CodeCache::default_directory(), "/home/user/.cache/wasmlinux");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(CodeCache::default_directory(), "");
}

TEST(ScratchDirectory, GoesWithItsOwner) {
  TemporaryDirectory place;
  {
    auto scratch = ScratchDirectory::make({"/proc/nowhere", place.path()});
    ASSERT_TRUE(scratch) << scratch.error();
    write(scratch->path() + "/file", bytes_of("x"));
    EXPECT_EQ(count_entries(place.path()), 1u);
  }
  EXPECT_EQ(count_entries(place.path()), 0u);
  EXPECT_FALSE(ScratchDirectory::make({"/proc/nowhere"}));
}

TEST(ScratchDirectory, RemovesThoseOfTheDead) {
  TemporaryDirectory place;
  EXPECT_EQ(in_child([&] {
              auto scratch = ScratchDirectory::make({place.path()});
              write(scratch->path() + "/file", bytes_of("x"));
              ::_exit(scratch ? 0 : 1);  // without its destructor
              return 1;
            }),
            0);
  EXPECT_EQ(count_entries(place.path()), 1u);
  auto mine = ScratchDirectory::make({place.path()});
  ASSERT_TRUE(mine);
  EXPECT_EQ(count_entries(place.path()), 1u);
  EXPECT_TRUE(std::filesystem::is_empty(mine->path()));
  auto second = ScratchDirectory::make({place.path()});
  EXPECT_TRUE(std::filesystem::exists(mine->path()));  // the living are left alone
}

}  // namespace
}  // namespace wasmlinux::testing
