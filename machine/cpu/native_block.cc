// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/native_block.h"

alignas(64) thread_local wasmlinux::NativeBlock wl_native_block;

namespace wasmlinux {

int32_t native_fs_offset() {
  return static_cast<int32_t>(reinterpret_cast<intptr_t>(&wl_native_block) -
                              reinterpret_cast<intptr_t>(__builtin_thread_pointer()));
}

}  // namespace wasmlinux
