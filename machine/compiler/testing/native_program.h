// SPDX-License-Identifier: Apache-2.0
/// For tests: a module, compiled and run in this process, with a memory of its own
/// and traps reported. What machine/cpu and machine/mmu do for guests, in small.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/compiler/compile.h"
#include "machine/module/module.h"

namespace wasmlinux {

/// How a call ended if it did not return.
struct Trapped {
  std::optional<TrapCode> code;     // a trap of the compiler's
  std::optional<uint64_t> address;  // an access to memory that is not mapped
};

class NativeProgram {
public:
  struct Options {
    CompileOptions compile;
    uint64_t mapped = 0;  // bytes of memory that are mapped; 0: the module's initial memory
    /// Addresses of imported functions, by "module.name".
    std::function<void *(const std::string &name)> import;
  };

  explicit NativeProgram(std::vector<uint8_t> module) : NativeProgram(std::move(module), Options()) {}
  NativeProgram(std::vector<uint8_t> module, Options options);
  ~NativeProgram();
  NativeProgram(const NativeProgram &) = delete;

  /// Calls an exported function; throws Trapped.
  template <typename R, typename... A> R call(std::string_view name, A... arguments) {
    auto *function = reinterpret_cast<R (*)(A...)>(exported(name));
    if constexpr (std::is_void_v<R>) {
      guarded([&] { function(arguments...); });
    } else {
      R result;
      guarded([&] { result = function(arguments...); });
      return result;
    }
  }
  /// Calls a function that returns `count` results through CallScratch.
  template <typename... A> std::vector<uint64_t> call_multi(std::string_view name, A... arguments) {
    call<void>(name, arguments...);
    return take_scratch();
  }
  void guarded(const std::function<void()> &body);

  void *exported(std::string_view name) const;
  const CodeImage &image() const { return *image_; }
  template <typename T = char> const T *at(Ref ref) const {
    return reinterpret_cast<const T *>(reinterpret_cast<const char *>(image_) + ref);
  }
  char *memory() const { return base_; }
  const std::string &path() const { return path_; }

  static NativeBlock &block();
  static int32_t fs_offset();

private:
  std::vector<uint64_t> take_scratch();
  void map_memory(const Module &module, const Options &options);
  void load(const Module &module, const Options &options);

  std::vector<uint8_t> bytes_;
  std::string path_;
  void *handle_ = nullptr;
  const CodeImage *image_ = nullptr;
  char *reserved_ = nullptr;
  uint64_t reserved_size_ = 0;
  char *base_ = nullptr;
};

}  // namespace wasmlinux
