// SPDX-License-Identifier: Apache-2.0
/// Any valid module compiles to code that the verifier accepts, or is refused for a
/// reason of its own. The first byte chooses how.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "machine/compiler/codegen.h"
#include "machine/compiler/facts.h"
#include "machine/compiler/image.h"
#include "machine/compiler/plan.h"
#include "machine/module/module_reader.h"

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  wasmlinux::initialize_llvm();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace wasmlinux;
  if (size == 0)
    return 0;
  CompileOptions options;
  options.kind = data[0] & 1 ? ImageKind::kernel : ImageKind::user;
  options.memory = data[0] & 2 ? MemoryBase::kernel : MemoryBase::gs;
  options.fast = data[0] & 4;
  options.strict_signatures = data[0] & 8;
  options.fs_offset = -4096;
  options.note = [](const std::string &text) {
    std::fprintf(stderr, "%s\n", text.c_str());
    std::abort();
  };
  auto module = read_module({data + 1, size - 1});
  if (!module)
    return -1;  // of no use as a seed here
  try {
    Facts facts = find_facts(*module, options);
    std::vector<NativeFunction> functions;
    for (const Piece &piece : plan_pieces(*module, options.fast))
      for (NativeFunction &f : functions_of(compile_piece(*module, facts, options, piece)))
        functions.push_back(std::move(f));
    make_image(*module, facts, options, functions);
  } catch (const CompileError &error) {
    if (error.kind() != CompileError::Kind::bad_module) {
      std::fprintf(stderr, "%s\n", error.what());
      std::abort();
    }
  }
  return 0;
}
