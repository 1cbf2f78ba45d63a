// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/guest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "machine/cli/messages.h"
#include "machine/cli/sizes.h"

namespace wasmlinux::cli {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

TEST(Sizes, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_size("256M"), uint64_t{256} << 20);
  EXPECT_EQ(parse_size("1g"), uint64_t{1} << 30);
  EXPECT_EQ(parse_size("1.5G"), uint64_t{1536} << 20);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("64kb"), 65536u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  for (const char *wrong :
       {"", "M", "-1M", "1X", "1MM", "1.0001K", "0x10", "1e3", "nan", "99999999999G", " 1M", "1M "})
    EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
  EXPECT_EQ(size_text(uint64_t{2816} << 20), "2816M");
  EXPECT_EQ(size_text(1000), "1000");
}

TEST(Sizes, OfRamHaveLimits) {
  EXPECT_EQ(parse_ram("32M"), uint64_t{32} << 20);
  for (const char *wrong : {"0", "31M", "2817M", "1T", "33554433", "much"})
    EXPECT_THROW(parse_ram(wrong), Failure) << wrong;
}

TEST(Environment, TakesTheHostsValueOnlyWhenAsked) {
  ::setenv("WL_TEST_GIVEN", "host", 1);
  ::unsetenv("WL_TEST_MISSING");
  Environment environment;
  environment.add("A=1");
  environment.add("WL_TEST_GIVEN");
  environment.add("WL_TEST_MISSING");
  environment.add("EMPTY=");
  environment.add("A=x=y");
  EXPECT_EQ(environment.variables(), (Variables{{"A", "x=y"}, {"WL_TEST_GIVEN", "host"}, {"EMPTY", ""}}));
  EXPECT_THROW(environment.add("=1"), Failure);
  EXPECT_THROW(environment.add(""), Failure);
}

TEST(Environment, ReadsFiles) {
  std::string name = ::testing::TempDir() + "wl-environment-XXXXXX";
  ::close(::mkstemp(name.data()));
  std::ofstream(name) << "# comment\n\nA=1\r\nB=two words\nC=last";
  Environment environment;
  environment.add_file(name);
  EXPECT_EQ(environment.variables(), (Variables{{"A", "1"}, {"B", "two words"}, {"C", "last"}}));
  std::ofstream(name) << "=wrong\n";
  EXPECT_THROW(environment.add_file(name), Failure);
  ::unlink(name.c_str());
  EXPECT_THROW(environment.add_file(name), Failure);
}

TEST(Environment, HasATerminalsNameOnlyWithOne) {
  ::setenv("TERM", "xterm-test", 1);
  auto names = [](const Environment &environment) {
    std::string all;
    for (const auto &[name, value] : environment.variables())
      all += name + " ";
    return all;
  };
  EXPECT_EQ(names(Environment::of_guest(false)), "PATH HOME ");
  EXPECT_EQ(names(Environment::of_guest(true)), "PATH HOME TERM ");
}

TEST(GuestRun, IsARecordAString) {
  GuestRun run;
  run.directory = "/root";
  run.program = "/usr/local/bin/args.wasm";
  run.environment.add("A=1");
  run.arguments = {"./args.wasm", "", "b c"};
  static constexpr char kExpected[] =
      "tty=0\0workdir=/root\0program=/usr/local/bin/args.wasm\0env=A=1\0arg=./args.wasm\0arg=\0arg=b c\0";
  EXPECT_EQ(run.text(), std::string(kExpected, sizeof kExpected - 1));
  run.error_is_stream = true;  // as everything is, without a terminal
  EXPECT_EQ(run.text().find("stderr"), std::string::npos);
  run.terminal = true;
  EXPECT_NE(run.text().find("tty=1"), std::string::npos);
  EXPECT_NE(run.text().find("stderr=stream"), std::string::npos);
}

TEST(FileMapping, SplitsAtTheGuestsPath) {
  auto parsed = FileMapping::parse("some/file:/etc/file");
  EXPECT_EQ(parsed.host, "some/file");
  EXPECT_EQ(parsed.guest, "/etc/file");
  EXPECT_EQ(FileMapping::parse("odd:name:/x").host, "odd:name");
  for (const char *wrong : {"file", "file:relative", ":/guest", ""})
    EXPECT_THROW(FileMapping::parse(wrong), Failure) << wrong;
}

}  // namespace
}  // namespace wasmlinux::cli
