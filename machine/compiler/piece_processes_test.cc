// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/piece_processes.h"

#include <atomic>
#include <csignal>
#include <new>

#include <gtest/gtest.h>
#include <llvm/Support/ErrorHandling.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/compiler/compile.h"

namespace wasmlinux {
namespace {

using Kind = CompileError::Kind;

/// How work that does this to its process ends.
CompileError error_of(const std::function<void()> &deed) {
  try {
    run_in_processes(8, 2,
                     [&](size_t i) {
                       if (i == 3)
                         deed();
                     },
                     {});
  } catch (const CompileError &error) {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    return error;
  }
  ADD_FAILURE() << "no error";
  return {Kind::internal, ""};
}

TEST(PieceProcesses, DoAllOnce) {
  constexpr size_t kCount = 100;
  void *memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto *done = static_cast<std::atomic<unsigned char> *>(memory);
  unsigned last = 0;
  run_in_processes(
      kCount, 3, [&](size_t i) { done[i]++; },
      [&](unsigned now, unsigned pieces) {
        EXPECT_GT(now, last);
        EXPECT_EQ(pieces, kCount);
        last = now;
      });
  EXPECT_EQ(last, kCount);
  for (size_t i = 0; i < kCount; i++)
    EXPECT_EQ(done[i], 1) << i;
  munmap(memory, 4096);
}

TEST(PieceProcesses, TellErrors) {
  CompileError thrown = error_of([] { throw CompileError(Kind::bad_module, "no good"); });
  EXPECT_EQ(thrown.kind(), Kind::bad_module);
  EXPECT_STREQ(thrown.what(), "no good");
  EXPECT_EQ(error_of([] { throw std::bad_alloc(); }).kind(), Kind::limits);
  CompileError fatal = error_of([] { llvm::report_fatal_error("cannot select"); });
  EXPECT_EQ(fatal.kind(), Kind::internal);
  EXPECT_NE(std::string(fatal.what()).find("cannot select"), std::string::npos);
}

TEST(PieceProcesses, TellDeaths) {
  CompileError crash = error_of([] {
    std::signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  });
  EXPECT_EQ(crash.kind(), Kind::internal);
  EXPECT_NE(std::string(crash.what()).find("Segmentation"), std::string::npos);
  EXPECT_EQ(error_of([] { raise(SIGKILL); }).kind(), Kind::limits);
  EXPECT_EQ(error_of([] { raise(SIGXCPU); }).kind(), Kind::limits);
  EXPECT_EQ(error_of([] { _exit(3); }).kind(), Kind::internal);
}

}  // namespace
}  // namespace wasmlinux
