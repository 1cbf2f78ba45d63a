// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/initrd.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace wasmlinux {
namespace {

namespace fs = std::filesystem;

struct Found {
  fs::file_type type;
  unsigned mode;
  std::string content;
};

/// What cpio makes of it: the format's other implementation.
std::map<std::string, Found> unpack(const std::vector<std::byte> &archive) {
  std::string directory = ::testing::TempDir() + "wl-initrd-XXXXXX";
  EXPECT_NE(::mkdtemp(directory.data()), nullptr);
  {
    std::ofstream out(directory + ".cpio", std::ios::binary);
    out.write(reinterpret_cast<const char *>(archive.data()), static_cast<std::streamsize>(archive.size()));
  }
  EXPECT_EQ(std::system(("cd " + directory + " && cpio -idm --quiet < " + directory + ".cpio").c_str()), 0);
  std::map<std::string, Found> found;
  for (const auto &entry : fs::recursive_directory_iterator(directory)) {
    Found f{entry.symlink_status().type(), 0, {}};
    if (entry.is_symlink())
      f.content = fs::read_symlink(entry.path());
    else
      f.mode = static_cast<unsigned>(entry.status().permissions());
    if (entry.is_regular_file() && !entry.is_symlink()) {
      std::ifstream in(entry.path(), std::ios::binary);
      f.content.assign(std::istreambuf_iterator<char>(in), {});
    }
    found[entry.path().lexically_relative(directory)] = f;
  }
  fs::remove_all(directory);
  fs::remove(directory + ".cpio");
  return found;
}

TEST(Initrd, HoldsWhatWasAdded) {
  Initrd initrd;
  initrd.file("/usr/local/bin/program", 0755, "code");
  initrd.file("etc//wasmlinux/./run", 0600, std::string_view("a\0b\0", 4));
  initrd.directory("/empty", 01777);
  initrd.symlink("/usr/local/bin/link", "program");
  initrd.file("/nothing", 0644, "");
  auto found = unpack(std::move(initrd).finish());
  EXPECT_EQ(found["usr/local/bin/program"].content, "code");
  EXPECT_EQ(found["usr/local/bin/program"].mode, 0755u);
  EXPECT_EQ(found["usr/local"].mode, 0755u);
  EXPECT_EQ(found["etc/wasmlinux/run"].content, std::string("a\0b\0", 4));
  EXPECT_EQ(found["etc/wasmlinux/run"].mode, 0600u);
  EXPECT_EQ(found["empty"].mode, 01777u);
  EXPECT_EQ(found["usr/local/bin/link"].type, fs::file_type::symlink);
  EXPECT_EQ(found["usr/local/bin/link"].content, "program");
  EXPECT_EQ(found["nothing"].content, "");
  EXPECT_EQ(found.size(), 10u);
}

TEST(Initrd, KeepsOddNamesAndSizes) {
  Initrd initrd;
  const std::string long_name(255, 'n');
  initrd.file("new\nline and \xff bytes", 0644, "x");
  initrd.file(long_name + "/" + long_name, 0644, "y");
  for (size_t size = 0; size < 9; ++size)
    initrd.file("size" + std::to_string(size), 0644, std::string(size, 's'));
  auto found = unpack(std::move(initrd).finish());
  EXPECT_EQ(found["new\nline and \xff bytes"].content, "x");
  EXPECT_EQ(found[long_name + "/" + long_name].content, "y");
  for (size_t size = 0; size < 9; ++size)
    EXPECT_EQ(found["size" + std::to_string(size)].content.size(), size);
}

TEST(Initrd, RefusesImpossibleNames) {
  Initrd initrd;
  for (const std::string &path : {std::string(""), std::string("/"), std::string("a/../b"), std::string(".."),
                                  std::string("a\0b", 3), std::string(256, 'n'), std::string("TRAILER!!!")})
    EXPECT_THROW(initrd.file(path, 0644, "x"), std::invalid_argument) << path;
  std::string deep;
  for (int i = 0; i < 50; ++i)
    deep += "/" + std::string(100, 'd');
  EXPECT_THROW(initrd.file(deep, 0644, "x"), std::invalid_argument);
  EXPECT_THROW(initrd.symlink("link", ""), std::invalid_argument);
  try {
    initrd.file("line\n/../" + std::string(500, 'x'), 0644, "x");
    FAIL();
  } catch (const std::invalid_argument &error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    EXPECT_LT(std::string(error.what()).size(), 200u);
  }
}

TEST(Initrd, AddsToAnArchiveWithoutChangingItsDirectories) {
  Initrd base;
  base.directory("/tmp", 01777);
  base.directory("/root", 0700);
  base.file("/init", 0755, "init");
  auto archive = std::move(base).finish();
  archive.push_back(std::byte{0});  // a length that is no multiple of four

  Initrd initrd;
  initrd.archive(archive);
  initrd.file("/tmp/new/file", 0644, "x");
  initrd.file("/root/file", 0644, "y");
  auto whole = std::move(initrd).finish();
  EXPECT_EQ(whole.size() % 4, 0u);

  // cpio stops at the first archive's end; Linux goes on behind zeroes.
  const size_t second = (archive.size() + 3) & ~size_t{3};
  auto first = unpack({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(second)});
  EXPECT_EQ(first["init"].content, "init");
  EXPECT_EQ(first["tmp"].mode, 01777u);
  std::string added(reinterpret_cast<const char *>(whole.data()) + second, whole.size() - second);
  EXPECT_TRUE(added.starts_with("070701"));
  auto has_entry = [&](const std::string &name) {
    return added.find('\0' + std::string()) != added.npos && added.find(name + '\0') != added.npos;
  };
  EXPECT_TRUE(has_entry("tmp/new/file"));
  EXPECT_TRUE(has_entry("tmp/new"));
  EXPECT_EQ(added.find(std::string("00000000tmp\0", 12)), added.npos);  // name behind the checksum
  EXPECT_EQ(added.find(std::string("00000000root\0", 13)), added.npos);
}

TEST(Initrd, TakesAnythingForACompressedArchive) {
  for (const std::string &text : {std::string(), std::string("\x1f\x8b whatever"), std::string("070701"),
                                  std::string("070701") + std::string(200, 'f'), std::string(110, '0')}) {
    Initrd initrd;
    initrd.archive(std::as_bytes(std::span(text)));
    initrd.file("/file", 0644, "x");
    EXPECT_FALSE(std::move(initrd).finish().empty());
  }
}

}  // namespace
}  // namespace wasmlinux
