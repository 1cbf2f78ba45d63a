// SPDX-License-Identifier: Apache-2.0
#include "machine/code/code.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "machine/base/file.h"
#include "machine/code/object.h"

namespace wasmlinux {
namespace {

/// A path of the open file that the loader has not seen before. The loader takes
/// an object of the same name for the same object, and descriptors are used anew:
/// so each load spells /proc/self/fd/N in a way of its own.
std::string unique_path(int fd) {
  static std::atomic<uint64_t> loads{0};
  std::string path = "/proc/self/fd";
  for (uint64_t n = loads.fetch_add(1); n != 0; n >>= 1)
    path += (n & 1) != 0 ? "/." : "/";
  return path + "/" + std::to_string(fd);
}

/// Checks that what an image refers to lies inside its object.
class ImageChecker {
public:
  ImageChecker(const CodeImage *image, uintptr_t base, const std::vector<ObjectSegment> &segments)
      : image_(image), base_(base), segments_(segments) {}

  bool header() const {
    return segment_of(reinterpret_cast<uintptr_t>(image_), sizeof(CodeImage)) != nullptr &&
           reinterpret_cast<uintptr_t>(image_) % alignof(CodeImage) == 0;
  }

  /// What is wrong with the image, or null.
  const char *wrong() const {
    const CodeImage &i = *image_;
    if (address(i.text_end) < address(i.text_start) || !inside(i.text_start, text_size(), kExecutable))
      return "its text is outside";
    if (!inside(i.state_word, sizeof(uint64_t), kWritable) || address(i.state_word) % sizeof(uint64_t) != 0)
      return "its state word is not writable data";
    for (Ref entry : {i.entry_start, i.entry_thread, i.entry_call})
      if (entry != 0 && !code(entry))
        return "an entry is outside its text";
    if (!inside(i.imports) || !inside(i.exports) || !inside(i.table) || !inside(i.globals) ||
        !inside(i.data) || !inside(i.functions))
      return "a table is outside";
    if (i.imports.count > kStateImportsMax)
      return "it has too many imports";
    if (i.table_size > kTableMaxEntries)
      return "its table is too large";
    if (!all(i.imports, [&](const ImageImport &e) { return inside(e.module) && inside(e.name); }) ||
        !all(i.exports, [&](const ImageExport &e) { return inside(e.name) && code(e.code); }))
      return "an import or export is outside";
    if (!all(i.table, [&](const ImageTableInit &e) {
          return e.index < i.table_size && (e.code == 0 || code(e.code));
        }))
      return "a table entry is outside";
    if (!all(i.globals, [&](const ImageGlobal &e) { return e.index < kStateGlobalsMax; }))
      return "a global is outside its slot";
    if (!all(i.data, [&](const ImageData &e) {
          return e.size <= kMemorySize - e.address && (e.bytes == 0 || inside(e.bytes, e.size));
        }))
      return "a data segment is outside";
    return functions_wrong();
  }

private:
  enum Kind { kAny, kWritable, kExecutable };

  uintptr_t address(Ref ref) const {
    return reinterpret_cast<uintptr_t>(image_) + static_cast<intptr_t>(ref);
  }
  uint64_t text_size() const { return address(image_->text_end) - address(image_->text_start); }
  template <typename T> const T *at(Ref ref) const { return reinterpret_cast<const T *>(address(ref)); }

  const ObjectSegment *segment_of(uintptr_t start, uint64_t size) const {
    uint64_t offset = start - base_;
    for (const ObjectSegment &s : segments_)
      if (offset >= s.start && offset - s.start <= s.size && size <= s.size - (offset - s.start))
        return &s;
    return nullptr;
  }
  bool inside(Ref ref, uint64_t size, Kind kind = kAny) const {
    const ObjectSegment *s = segment_of(address(ref), size);
    return s != nullptr && (kind != kWritable || s->writable) && (kind != kExecutable || s->executable);
  }
  template <typename T> bool inside(ImageArray<T> a) const {
    return a.count == 0 ||
           (inside(a.first, uint64_t{a.count} * sizeof(T)) && address(a.first) % alignof(T) == 0);
  }
  bool inside(ImageString s) const { return s.size == 0 || inside(s.text, s.size); }
  bool code(Ref ref) const { return address(ref) - address(image_->text_start) < text_size(); }

  template <typename T, typename F> bool all(ImageArray<T> a, F good) const {
    const T *first = at<T>(a.first);
    return std::all_of(first, first + a.count, good);
  }

  const char *functions_wrong() const {
    uint64_t end = 0;  // of the function before, as an offset into the text
    const auto *f = at<ImageFunction>(image_->functions.first);
    for (uint32_t i = 0; i < image_->functions.count; ++i, ++f) {
      uint64_t offset = address(f->code) - address(image_->text_start);
      if (offset < end || offset > text_size() || f->size > text_size() - offset)
        return "its functions are out of order or outside its text";
      if (!inside(f->name))
        return "a function's name is outside";
      end = offset + f->size;
    }
    return nullptr;
  }

  const CodeImage *image_;
  uintptr_t base_;
  const std::vector<ObjectSegment> &segments_;
};

CodeError bad(const std::string &name, const std::string &what) {
  return {ENOEXEC, name + ": not a usable code image: " + what};
}

}  // namespace

tl::expected<std::shared_ptr<const Code>, CodeError> Code::load(int fd, const std::string &name,
                                                                int32_t fs_offset) {
  auto segments = inspect_object(MappedFile(fd).bytes());
  if (!segments)
    return tl::unexpected(bad(name, segments.error()));

  std::shared_ptr<Code> code(new Code);
  code->handle_ = ::dlopen(unique_path(fd).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (code->handle_ == nullptr)
    return tl::unexpected(CodeError{ENOMEM, name + ": the host can't load it: " + ::dlerror()});
  code->image_ = static_cast<const CodeImage *>(::dlsym(code->handle_, "wl_image"));
  link_map *map = nullptr;
  if (code->image_ == nullptr || ::dlinfo(code->handle_, RTLD_DI_LINKMAP, static_cast<void *>(&map)) != 0)
    return tl::unexpected(bad(name, "there is no image in it"));

  ImageChecker checker(code->image_, map->l_addr, *segments);
  const CodeImage &image = *code->image_;
  if (!checker.header() || std::memcmp(image.magic, kCodeMagic, sizeof(kCodeMagic)) != 0)
    return tl::unexpected(bad(name, "there is no image in it"));
  if (image.abi_version != kNativeAbiVersion)
    return tl::unexpected(bad(name, "made for version " + std::to_string(image.abi_version) +
                                        " of the machine's code, this is version " +
                                        std::to_string(kNativeAbiVersion)));
  if (image.fs_offset != fs_offset)
    return tl::unexpected(bad(name, "made for another build of the machine (FS offset " +
                                        std::to_string(image.fs_offset) + ", here " +
                                        std::to_string(fs_offset) + ")"));
  if (const char *what = checker.wrong())
    return tl::unexpected(bad(name, what));

  code->text_start_ = reinterpret_cast<uintptr_t>(code->at(image.text_start));
  code->text_size_ = reinterpret_cast<uintptr_t>(code->at(image.text_end)) - code->text_start_;
  return code;
}

Code::~Code() {
  if (handle_ != nullptr)
    ::dlclose(handle_);
}

const ImageFunction *Code::function_at(uintptr_t pc) const {
  if (!contains(pc))
    return nullptr;
  auto functions = array(image_->functions);
  auto after = std::partition_point(functions.begin(), functions.end(), [&](const ImageFunction &f) {
    return reinterpret_cast<uintptr_t>(at(f.code)) <= pc;
  });
  if (after == functions.begin())
    return nullptr;
  const ImageFunction &f = *std::prev(after);
  return pc - reinterpret_cast<uintptr_t>(at(f.code)) < f.size ? &f : nullptr;
}

uintptr_t Code::exported(std::string_view name) const {
  for (const ImageExport &e : array(image_->exports))
    if (text(e.name) == name)
      return reinterpret_cast<uintptr_t>(at(e.code));
  return 0;
}

}  // namespace wasmlinux
