// SPDX-License-Identifier: Apache-2.0
#include "machine/module/testing/wat.h"

#include <memory>
#include <stdexcept>

#include <wabt/binary-writer.h>
#include <wabt/ir.h>
#include <wabt/stream.h>
#include <wabt/wast-lexer.h>
#include <wabt/wast-parser.h>

namespace wasmlinux {

std::vector<uint8_t> wat(std::string_view text) {
  wabt::Errors errors;
  auto check = [&](wabt::Result result) {
    if (wabt::Failed(result))
      throw std::runtime_error(errors.empty() ? "bad text" : errors[0].message);
  };
  auto lexer = wabt::WastLexer::CreateBufferLexer("text", text.data(), text.size(), &errors);
  wabt::WastParseOptions options{wabt::Features()};
  options.features.enable_threads();
  options.features.enable_extended_const();
  std::unique_ptr<wabt::Module> module;
  check(wabt::ParseWatModule(lexer.get(), &module, &errors, &options));

  wabt::MemoryStream stream;
  wabt::WriteBinaryOptions binary;
  binary.features = options.features;
  binary.write_debug_names = true;
  check(wabt::WriteBinaryModule(&stream, module.get(), binary));
  return stream.output_buffer().data;
}

}  // namespace wasmlinux
