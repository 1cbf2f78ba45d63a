// SPDX-License-Identifier: Apache-2.0
/// Any bytes: the reader says what is wrong, or the code reader can read all of it.
#include <cstdint>
#include <cstdlib>

#include "machine/module/code_reader.h"
#include "machine/module/module_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace wasmlinux;
  auto module = read_module({data, size});
  if (!module) {
    if (module.error().empty() || module.error().find('\n') != std::string::npos)
      std::abort();
    return 0;
  }
  for (uint32_t f = static_cast<uint32_t>(module->imports.size()); f < module->functions.size(); f++) {
    CodeReader code(*module, f);
    Instruction in;
    while (!code.at_end()) {
      code.next(in);
      if (in.op == Op::block || in.op == Op::loop || in.op == Op::if_)
        block_type(*module, in);
    }
  }
  return 0;
}
