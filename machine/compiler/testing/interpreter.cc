// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/testing/interpreter.h"

#include <bit>
#include <cmath>
#include <map>
#include <stdexcept>

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

namespace wasmlinux {

Outcome canonical(uint64_t bits, char type) {
  if (type == 'f' && std::isnan(std::bit_cast<float>(static_cast<uint32_t>(bits))))
    return 0x7fc00000;
  if (type == 'd' && std::isnan(std::bit_cast<double>(bits)))
    return 0x7ff8000000000000;
  return bits;
}

struct Interpreter::Impl {
  wabt::interp::Store store;
  wabt::interp::Instance::Ptr instance;
  std::map<std::string, wabt::Index> functions;
};

Interpreter::Interpreter(const std::vector<uint8_t> &bytes) : impl_(std::make_unique<Impl>()) {
  wabt::Errors errors;
  wabt::interp::ModuleDesc description;
  wabt::ReadBinaryOptions options;
  options.features.enable_threads();
  if (Failed(
          wabt::interp::ReadBinaryInterp("test", bytes.data(), bytes.size(), options, &errors, &description)))
    throw std::runtime_error(errors[0].message);
  for (const auto &e : description.exports)
    impl_->functions[e.type.name] = e.index;
  auto module = wabt::interp::Module::New(impl_->store, description);
  wabt::interp::Trap::Ptr trap;
  impl_->instance = wabt::interp::Instance::Instantiate(impl_->store, module.ref(), {}, &trap);
}

Interpreter::~Interpreter() = default;

Outcome Interpreter::call(const std::string &name, const std::string &params, char result,
                          const std::vector<uint64_t> &arguments) {
  using wabt::interp::Value;
  wabt::interp::Func::Ptr function(impl_->store, impl_->instance->funcs()[impl_->functions.at(name)]);
  wabt::interp::Values values, results;
  for (size_t i = 0; i < arguments.size(); i++) {
    auto low = static_cast<uint32_t>(arguments[i]);
    switch (params[i]) {
      case 'i':
        values.push_back(Value::Make(low));
        break;
      case 'l':
        values.push_back(Value::Make(arguments[i]));
        break;
      case 'f':
        values.push_back(Value::Make(std::bit_cast<float>(low)));
        break;
      default:
        values.push_back(Value::Make(std::bit_cast<double>(arguments[i])));
    }
  }
  wabt::interp::Trap::Ptr trap;
  if (Failed(function->Call(impl_->store, values, results, &trap)))
    return std::nullopt;
  switch (result) {
    case 'i':
      return results[0].Get<uint32_t>();
    case 'l':
      return results[0].Get<uint64_t>();
    case 'f':
      return canonical(std::bit_cast<uint32_t>(results[0].Get<float>()), 'f');
    default:
      return canonical(std::bit_cast<uint64_t>(results[0].Get<double>()), 'd');
  }
}

}  // namespace wasmlinux
