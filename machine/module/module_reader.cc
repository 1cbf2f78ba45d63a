// SPDX-License-Identifier: Apache-2.0
#include "machine/module/module_reader.h"

#include <wabt/binary-reader.h>

#include "machine/module/limits.h"
#include "machine/module/module_builder.h"

namespace wasmlinux {

namespace {

wabt::Features features() {
  wabt::Features f;
  f.enable_threads();
  f.enable_extended_const();
  return f;
}

std::string one_line(std::string text) {
  for (char &c : text)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return text;
}

}  // namespace

tl::expected<Module, std::string> read_module(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8 || bytes[0] != 0 || bytes[1] != 'a' || bytes[2] != 's' || bytes[3] != 'm')
    return tl::unexpected<std::string>("not a WebAssembly module");
  if (bytes.size() > limits::kModuleSize)
    return tl::unexpected<std::string>("module is larger than 1 GiB");

  wabt::ReadBinaryOptions options;
  options.features = features();
  options.read_debug_names = true;
  options.fail_on_custom_section_error = false;
  ModuleBuilder builder(bytes, options.features);
  if (wabt::Failed(wabt::ReadBinary(bytes.data(), bytes.size(), &builder, options)))
    return tl::unexpected(one_line(builder.error()));
  return builder.take();
}

}  // namespace wasmlinux
