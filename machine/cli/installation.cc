// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/installation.h"

#include <filesystem>

#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {

Installation Installation::of_this_command() {
  std::error_code error;
  auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    throw Failure(kFailed, "can't find my own files: /proc/self/exe: " + error.message());
  const auto root = self.parent_path().parent_path();
  const auto share = root / "share/wasmlinux";
  return {root / "libexec/wasmlinux/compile-worker", share / "vmlinux.code.so", share / "initramfs.cpio",
          share / "code"};
}

}  // namespace wasmlinux::cli
