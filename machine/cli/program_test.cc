// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/program.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {
namespace {

namespace fs = std::filesystem;

std::vector<uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

constexpr std::string_view kModule("\0asm\1\0\0\0\1\4\1\x60\0\0", 14);  // one type

class ProgramTest : public ::testing::Test {
protected:
  ProgramTest() {
    std::string name = ::testing::TempDir() + "wl-program-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    before_ = fs::current_path();
    fs::current_path(directory_);
    fs::create_directory("bin");
    ::setenv("PATH", (directory_ / "bin").c_str(), 1);
  }
  ~ProgramTest() override {
    fs::current_path(before_);
    fs::remove_all(directory_);
  }
  static void make(const std::string &path, std::string_view content = kModule) {
    std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  static int status_of(const std::string &name) {
    try {
      find_program(name);
      return 0;
    } catch (const Failure &failure) {
      EXPECT_EQ(std::string(failure.what()).find('\n'), std::string::npos);
      return failure.status;
    }
  }

  fs::path directory_, before_;
};

TEST_F(ProgramTest, IsFoundAsShellsWould) {
  make("here.wasm");
  make("bin/there.wasm");
  make("bin/plain");
  make("bin/host",
       "\x7f"
       "ELF...");
  EXPECT_EQ(find_program("here").path, "./here.wasm");
  EXPECT_EQ(find_program("here.wasm").path, "./here.wasm");
  EXPECT_EQ(find_program("./here.wasm").path, "./here.wasm");
  EXPECT_EQ(find_program("there").path, (directory_ / "bin/there.wasm").string());
  EXPECT_EQ(find_program("plain").name(), "plain");
  EXPECT_EQ(status_of("./here"), kNotFound);
  EXPECT_EQ(status_of("host"), kNotFound);  // a command of the host is not meant
  EXPECT_EQ(status_of("nothing"), kNotFound);
  EXPECT_EQ(status_of(""), kNotFound);
  EXPECT_EQ(status_of("bin"), kNotExecutable);
  EXPECT_EQ(status_of("./bin"), kNotExecutable);
  EXPECT_EQ(status_of("/dev/null"), kNotExecutable);
}

TEST_F(ProgramTest, WhatCannotBeReadCannotBeExecuted) {
  make("secret.wasm");
  fs::permissions("secret.wasm", fs::perms::none);
  if (::geteuid() == 0)
    GTEST_SKIP() << "root reads everything";
  EXPECT_EQ(status_of("./secret.wasm"), kNotExecutable);
}

TEST(WhyNoProgram, TellsKindsOfFilesApart) {
  auto why = [](std::string_view text) { return why_no_program(bytes(text)); };
  EXPECT_EQ(why(kModule), "");
  EXPECT_NE(why("").find("empty"), std::string::npos);
  EXPECT_NE(why("\x7f"
                "ELF\2\1\1")
                .find("ELF"),
            std::string::npos);
  EXPECT_NE(why("#!/bin/sh\n").find("script"), std::string::npos);
  EXPECT_NE(why("int main() {}\n").find("text file"), std::string::npos);
  EXPECT_NE(why("(module)").find("text file"), std::string::npos);
  EXPECT_NE(why(std::string_view("\1\2\3\4\5\6\7\0", 8)).find("not a WebAssembly module"), std::string::npos);
  EXPECT_NE(why(std::string_view("\0asm\xd\0\1\0", 8)).find("component"), std::string::npos);
  EXPECT_NE(why(kModule.substr(0, 8)).find("empty"), std::string::npos);
  for (size_t size = 1; size < kModule.size(); ++size)
    if (size != 8)
      EXPECT_NE(why(kModule.substr(0, size)).find("truncated"), std::string::npos) << size;
  EXPECT_NE(why(std::string(kModule) + "\1\xff\xff\xff\xff\xff\xff").find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace wasmlinux::cli
