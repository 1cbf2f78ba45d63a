// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/user_imports.h"

#include "machine/cpu/frames.h"
#include "machine/cpu/kernel_call.h"

namespace wasmlinux {

uint64_t resolve_user_import(std::string_view module, std::string_view name, uint64_t signature) {
  using Syscall = int32_t (*)(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t);
  using Clock = uint64_t (*)();
  const struct {
    std::string_view name;
    uint64_t signature;
    const char *code;
  } imports[] = {{"syscall", detail::signature_of(Syscall{}), wl_syscall},
                 {"clock", detail::signature_of(Clock{}), wl_clock}};
  for (const auto &import : imports)
    if (module == "linux" && name == import.name && signature == import.signature)
      return reinterpret_cast<uint64_t>(import.code);
  return 0;
}

}  // namespace wasmlinux
