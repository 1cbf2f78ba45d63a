// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/image.h"

#include <cstring>
#include <map>
#include <set>

#include <llvm/Object/ELFObjectFile.h>

#include "machine/compiler/signature.h"
#include "machine/compiler/unit.h"

namespace wasmlinux {

namespace {

/// Bytes with places that the linker fills in: distances of symbols from the start.
class Blob {
public:
  template <typename T> size_t add(const T &value) {
    bytes_.resize((bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    size_t at = bytes_.size();
    bytes_.append(reinterpret_cast<const char *>(&value), sizeof value);
    return at;
  }
  template <typename T> void put(size_t at, const T &value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void align(size_t to) { bytes_.resize((bytes_.size() + to - 1) / to * to); }
  void append(std::span<const uint8_t> bytes) {
    bytes_.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  }
  void distance(size_t at, const std::string &symbol) { distances_[at] = symbol; }
  size_t size() const { return bytes_.size(); }

  /// Texts are put behind everything else by finish().
  void text(size_t at, std::string_view text) {
    if (!text.empty())
      texts_.emplace_back(at, text);
  }

  void finish() {
    std::map<std::string_view, size_t> known;
    for (const auto &[at, text] : texts_) {
      auto [place, is_new] = known.try_emplace(text, bytes_.size());
      if (is_new)
        bytes_.append(text);
      put(at, ImageString{static_cast<Ref>(place->second), static_cast<uint32_t>(text.size())});
    }
  }

  /// The global variable that holds it.
  llvm::GlobalVariable *make(Unit &unit, const char *name) const {
    auto *i8 = unit.ir.getInt8Ty();
    auto *i32 = unit.ir.getInt32Ty();
    auto *i64 = unit.ir.getInt64Ty();
    std::vector<llvm::Type *> types;
    size_t at = 0;
    auto bytes_until = [&](size_t end) {
      if (end > at)
        types.push_back(llvm::ArrayType::get(i8, end - at));
      at = end;
    };
    for (const auto &[place, symbol] : distances_) {
      bytes_until(place);
      types.push_back(i32);
      at = place + 4;
    }
    bytes_until(bytes_.size());
    auto *type = llvm::StructType::get(unit.context, types, /*isPacked=*/true);
    auto *variable = new llvm::GlobalVariable(unit.llvm_module, type, /*isConstant=*/true,
                                              llvm::GlobalValue::ExternalLinkage, nullptr, name);
    variable->setAlignment(llvm::Align(16));
    variable->setDSOLocal(true);
    llvm::Constant *start = llvm::ConstantExpr::getPtrToInt(variable, i64);

    std::vector<llvm::Constant *> values;
    at = 0;
    auto copy_until = [&](size_t end) {
      if (end > at)
        values.push_back(
            llvm::ConstantDataArray::getRaw(llvm::StringRef(bytes_).slice(at, end), end - at, i8));
      at = end;
    };
    auto *function_type = llvm::FunctionType::get(unit.ir.getVoidTy(), false);
    for (const auto &[place, symbol] : distances_) {
      copy_until(place);
      llvm::Constant *target = symbol == kStateSymbol || symbol.starts_with("__")
                                   ? static_cast<llvm::Constant *>(unit.symbol(symbol.c_str()))
                                   : unit.function(symbol, function_type);
      values.push_back(llvm::ConstantExpr::getTrunc(
          llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(target, i64), start), i32));
      at = place + 4;
    }
    copy_until(bytes_.size());
    variable->setInitializer(llvm::ConstantStruct::get(type, values));
    return variable;
  }

private:
  std::string bytes_;
  std::map<size_t, std::string> distances_;
  std::vector<std::pair<size_t, std::string_view>> texts_;
};

class ImageMaker {
public:
  ImageMaker(const Module &module, const Facts &facts, const CompileOptions &options,
             const std::vector<NativeFunction> &functions)
      : module_(module), facts_(facts), options_(options), functions_(functions),
        unit_(module, facts, options) {
    for (const NativeFunction &f : functions)
      defined_.insert(f.symbol);
  }

  ObjectBytes make() {
    header();
    imports();
    exports();
    table();
    globals();
    data();
    functions();
    blob_.put(0, image_);
    blob_.finish();
    blob_.make(unit_, kImageSymbol);
    references();
    segments();
    auto *state = unit_.symbol(kStateSymbol);
    state->setInitializer(llvm::ConstantInt::getSigned(unit_.ir.getInt64Ty(), kStateDisplacement));
    state->setAlignment(llvm::Align(8));
    return emit_object(unit_.llvm_module, false);
  }

private:
  template <typename T> ImageArray<T> begin_array() {
    blob_.align(alignof(T));
    return {static_cast<Ref>(blob_.size()), 0};
  }

  void entry(size_t field, const char *symbol) {
    if (defined_.contains(symbol))
      blob_.distance(field, symbol);
  }

  uint32_t constant_global(const char *name, uint32_t otherwise) {
    const Export *e = module_.find_export(ExternKind::global, name);
    if (!e || module_.globals[e->index].is_mutable)
      return otherwise;
    return static_cast<uint32_t>(module_.globals[e->index].value.value);
  }

  void header() {
    std::memcpy(image_.magic, kCodeMagic, sizeof image_.magic);
    image_.abi_version = kNativeAbiVersion;
    image_.kind = options_.kind;
    image_.memory_base = options_.memory;
    image_.fs_offset = options_.fs_offset;
    if (module_.memory) {
      image_.memory_min = module_.memory->min;
      image_.memory_max = module_.memory->max.value_or(65536);
    }
    if (facts_.stack_pointer)
      image_.initial_sp = static_cast<uint32_t>(module_.globals[*facts_.stack_pointer].value.value);
    image_.data_start = data_start(module_);
    uint64_t end = uint64_t{image_.memory_min} << 16;
    image_.heap_base = constant_global("__heap_base", static_cast<uint32_t>(std::min<uint64_t>(end, ~0u)));
    if (module_.table)
      image_.table_size = module_.table->min;
    blob_.add(image_);
    blob_.distance(offsetof(CodeImage, text_start), "__start_" + std::string(kTextSection));
    blob_.distance(offsetof(CodeImage, text_end), "__stop_" + std::string(kTextSection));
    blob_.distance(offsetof(CodeImage, state_word), kStateSymbol);
    entry(offsetof(CodeImage, entry_start), kEntryStart);
    entry(offsetof(CodeImage, entry_thread), kEntryThread);
    entry(offsetof(CodeImage, entry_call), kEntryCall);
  }

  void imports() {
    image_.imports = begin_array<ImageImport>();
    for (uint32_t i = 0; i < module_.imports.size(); i++) {
      size_t at = blob_.add(ImageImport{{}, {}, signature_of(module_.type_of(i))});
      blob_.text(at + offsetof(ImageImport, module), module_.imports[i].module);
      blob_.text(at + offsetof(ImageImport, name), module_.imports[i].name);
      image_.imports.count++;
    }
  }

  void exports() {
    image_.exports = begin_array<ImageExport>();
    for (const Export &e : module_.exports) {
      if (e.kind != ExternKind::function)
        continue;
      size_t at = blob_.add(ImageExport{{}, 0, 0, signature_of(module_.type_of(e.index))});
      blob_.text(at + offsetof(ImageExport, name), e.name);
      blob_.distance(at + offsetof(ImageExport, code), function_symbol(e.index));
      image_.exports.count++;
    }
  }

  void table() {
    image_.table = begin_array<ImageTableInit>();
    for (const ElementSegment &segment : module_.elements) {
      if (segment.mode != SegmentMode::active)
        continue;
      if (uint64_t{segment.offset} + segment.elements.size() > image_.table_size)
        throw CompileError(CompileError::Kind::bad_module, "an element segment does not fit its table");
      for (uint32_t i = 0; i < segment.elements.size(); i++) {
        const Constant &element = segment.elements[i];
        if (element.kind != Constant::Kind::function)
          continue;
        auto function = static_cast<uint32_t>(element.value);
        size_t at = blob_.add(ImageTableInit{segment.offset + i, 0, signature_of(module_.type_of(function))});
        blob_.distance(at + offsetof(ImageTableInit, code), function_symbol(function));
        image_.table.count++;
      }
    }
  }

  void globals() {
    image_.globals = begin_array<ImageGlobal>();
    for (uint32_t i = 0; i < module_.globals.size(); i++) {
      const Global &global = module_.globals[i];
      if (facts_.globals[i].kind != GlobalPlace::Kind::state)
        continue;
      if (global.value.kind == Constant::Kind::function)
        throw CompileError(CompileError::Kind::bad_module,
                           "a mutable global begins as a reference to a function, which is not supported");
      uint64_t value = global.value.kind == Constant::Kind::bits ? global.value.value : 0;
      blob_.add(ImageGlobal{facts_.globals[i].offset, 0, value, 0});
      image_.globals.count++;
    }
  }

  void data() {
    image_.data = begin_array<ImageData>();
    uint64_t memory = uint64_t{image_.memory_min} << 16;
    for (uint32_t i = 0; i < module_.data.size(); i++) {
      const DataSegment &segment = module_.data[i];
      if (segment.mode != SegmentMode::active)
        continue;
      if (uint64_t{segment.address} + segment.size > memory)
        throw CompileError(CompileError::Kind::bad_module, "a data segment does not fit the initial memory");
      size_t at = blob_.add(ImageData{segment.address, segment.size, segment.file_offset, 0});
      if (options_.kind == ImageKind::kernel)
        data_bytes_.emplace_back(at + offsetof(ImageData, bytes), i);
      image_.data.count++;
    }
  }

  void functions() {
    image_.functions = begin_array<ImageFunction>();
    for (const NativeFunction &f : functions_) {
      bool is_wasm = f.symbol[0] == 'f';
      uint32_t index = is_wasm ? static_cast<uint32_t>(std::stoul(f.symbol.substr(1))) : ~0u;
      size_t at = blob_.add(ImageFunction{0, f.size, index, {}});
      blob_.distance(at + offsetof(ImageFunction, code), f.symbol);
      blob_.text(at + offsetof(ImageFunction, name),
                 is_wasm ? std::string_view(module_.functions[index].name) : std::string_view(f.symbol));
      image_.functions.count++;
    }
    // The kernel's data goes with the image, behind the arrays.
    for (auto [at, segment] : data_bytes_) {
      blob_.align(16);
      blob_.put(at, static_cast<Ref>(blob_.size()));
      const DataSegment &s = module_.data[segment];
      blob_.append(module_.bytes.subspan(s.file_offset, s.size));
    }
  }

  void references() {
    Blob refs;
    for (const ElementSegment &segment : module_.elements) {
      if (segment.mode != SegmentMode::passive)
        continue;
      for (const Constant &element : segment.elements) {
        size_t at = refs.add(int32_t{0});
        if (element.kind == Constant::Kind::function)
          refs.distance(at, function_symbol(static_cast<uint32_t>(element.value)));
      }
    }
    refs.add(int32_t{0});
    refs.make(unit_, kRefsSymbol)->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }

  void segments() {
    Blob bytes;
    for (uint32_t i = 0; i < module_.data.size(); i++)
      if (facts_.data_offset[i])
        bytes.append(module_.bytes.subspan(module_.data[i].file_offset, module_.data[i].size));
    bytes.add(char{0});
    bytes.make(unit_, kDataSymbol)->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }

  const Module &module_;
  const Facts &facts_;
  const CompileOptions &options_;
  const std::vector<NativeFunction> &functions_;
  Unit unit_;
  std::set<std::string, std::less<>> defined_;
  CodeImage image_{};
  Blob blob_;
  std::vector<std::pair<size_t, uint32_t>> data_bytes_;
};

}  // namespace

std::vector<NativeFunction> functions_of(const ObjectBytes &object) {
  auto parsed = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "object"));
  if (!parsed)
    throw CompileError(CompileError::Kind::internal, llvm::toString(parsed.takeError()));
  std::map<uint64_t, NativeFunction> by_address;
  for (const llvm::object::ELFSymbolRef &symbol :
       llvm::cast<llvm::object::ELFObjectFileBase>(**parsed).symbols()) {
    auto type = symbol.getType();
    if (!type || *type != llvm::object::SymbolRef::ST_Function || !symbol.getSize())
      continue;
    by_address[llvm::cantFail(symbol.getValue())] = {llvm::cantFail(symbol.getName()).str(),
                                                     static_cast<uint32_t>(symbol.getSize())};
  }
  std::vector<NativeFunction> functions;
  for (auto &[address, function] : by_address)
    functions.push_back(std::move(function));
  return functions;
}

ObjectBytes make_image(const Module &module, const Facts &facts, const CompileOptions &options,
                       const std::vector<NativeFunction> &functions) {
  return ImageMaker(module, facts, options, functions).make();
}

}  // namespace wasmlinux
