// SPDX-License-Identifier: Apache-2.0
/// Where the product's files are: relative to the command itself, so that a build
/// directory works as an installation does.
#pragma once

#include <string>

namespace wasmlinux::cli {

struct Installation {
  std::string worker;     // libexec/wasmlinux/compile-worker
  std::string kernel;     // share/wasmlinux/vmlinux.code.so
  std::string initramfs;  // share/wasmlinux/initramfs.cpio
  std::string code;       // share/wasmlinux/code: native code of the image's programs

  /// Of the running command. Throws Failure.
  static Installation of_this_command();
};

}  // namespace wasmlinux::cli
