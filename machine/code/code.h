// SPDX-License-Identifier: Apache-2.0
/// A loaded code image: native code of a module, shared by all who run it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "machine/cpu/native_abi.h"

namespace wasmlinux {

/// What went wrong with a module, for a person and for the guest.
struct CodeError {
  int guest_errno;      // positive, Linux' number: ENOEXEC, ENOMEM, ...
  std::string message;  // one line, no newline
};

/// An open shared object. Immutable and without state: safe to share between
/// machines and threads. Unloaded when the last owner goes.
class Code {
public:
  /// Loads the shared object behind an open file. Refuses one that is not a code
  /// image of this machine: magic, ABI version, FS offset (native_fs_offset()), or
  /// that refers to anything outside itself.
  static tl::expected<std::shared_ptr<const Code>, CodeError> load(int fd, const std::string &name,
                                                                   int32_t fs_offset);

  Code(const Code &) = delete;
  Code &operator=(const Code &) = delete;
  ~Code();

  const CodeImage &image() const { return *image_; }

  /// The address of something a Ref of the image names.
  template <typename T = char> const T *at(Ref ref) const {
    return reinterpret_cast<const T *>(reinterpret_cast<const char *>(image_) + ref);
  }
  template <typename T> std::span<const T> array(ImageArray<T> a) const { return {at<T>(a.first), a.count}; }
  std::string_view text(ImageString s) const { return {at(s.text), s.size}; }

  bool contains(uintptr_t pc) const { return pc - text_start_ < text_size_; }
  uintptr_t text_start() const { return text_start_; }

  /// The function that this native address lies in, or null.
  const ImageFunction *function_at(uintptr_t pc) const;
  /// The native address of an exported function, or 0.
  uintptr_t exported(std::string_view name) const;

private:
  Code() = default;
  void *handle_ = nullptr;
  const CodeImage *image_ = nullptr;
  uintptr_t text_start_ = 0, text_size_ = 0;
};

}  // namespace wasmlinux
