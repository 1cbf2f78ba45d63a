// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/link.h"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include "machine/compiler/compile.h"

LLD_HAS_DRIVER(elf)

namespace wasmlinux {

void link_image(const std::vector<std::string> &objects, const std::string &output) {
  std::vector<const char *> arguments = {"ld.lld", "-shared", "-o", output.c_str(), "--threads=1",
                                         // The code can't be relocated and depends on nothing.
                                         "-z", "text", "-z", "defs", "--no-dynamic-linker", "-Bsymbolic",
                                         // The symbols of the text's bounds are ours alone.
                                         "-z", "start-stop-visibility=hidden",
                                         // Unwinding through frames of the kernel.
                                         "--eh-frame-hdr",
                                         // Small, and the same for the same input.
                                         "-z", "noseparate-code", "-z", "norelro", "-z", "noexecstack",
                                         "--build-id=none", "--hash-style=gnu", "--strip-all",
                                         "--no-gc-sections", "-O1"};
  for (const std::string &object : objects)
    arguments.push_back(object.c_str());

  std::string messages;
  llvm::raw_string_ostream stream(messages);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result result = lld::lldMain(arguments, llvm::nulls(), stream, drivers);
  if (result.retCode != 0)
    throw CompileError(CompileError::Kind::internal,
                       "linking failed: " + messages.substr(0, messages.find('\n')));
}

}  // namespace wasmlinux
