// SPDX-License-Identifier: Apache-2.0
#include "postlink.h"

namespace postlink {
namespace {

constexpr std::string_view kStubPrefix = "signature_mismatch:";

bool is_stub(const Module &module, uint32_t function, const std::string &name) {
  return function >= module.imported_functions() && name.starts_with(kStubPrefix);
}

// One value of the stack as another type: its bits, upper half zero.
void put_conversion(Bytes &out, uint8_t from, uint8_t to) {
  if (from == to)
    return;
  if (from == kF32)
    out.push_back(kI32ReinterpretF32), from = kI32;
  if (from == kF64)
    out.push_back(kI64ReinterpretF64), from = kI64;
  const uint8_t integer = to == kF32 ? kI32 : to == kF64 ? kI64 : to;
  if (from == kI32 && integer == kI64)
    out.push_back(kI64ExtendI32U);
  if (from == kI64 && integer == kI32)
    out.push_back(kI32WrapI64);
  if (to == kF32)
    out.push_back(kF32ReinterpretI32);
  if (to == kF64)
    out.push_back(kF64ReinterpretI64);
}

void put_zero(Bytes &out, uint8_t type) {
  switch (type) {
    case kI32:
      out.insert(out.end(), {kI32Const, 0});
      break;
    case kI64:
      out.insert(out.end(), {kI64Const, 0});
      break;
    case kF32:
      out.insert(out.end(), {kF32Const, 0, 0, 0, 0});
      break;
    case kF64:
      out.insert(out.end(), {kF64Const, 0, 0, 0, 0, 0, 0, 0, 0});
      break;
    default:
      throw Error("an adapter for a type that C does not have");
  }
}

Bytes adapter(const Signature &from, const Signature &to, uint32_t target) {
  Bytes body = {0};  // no locals
  for (uint32_t i = 0; i < to.params.size(); i++) {
    if (i < from.params.size()) {
      body.push_back(kLocalGet);
      put_u32(body, i);
      put_conversion(body, from.params[i], to.params[i]);
    } else {
      put_zero(body, to.params[i]);
    }
  }
  body.push_back(kCall);
  put_u32(body, target);
  if (from.results.size() > 1 || to.results.size() > 1)
    throw Error("an adapter for several results");
  if (!to.results.empty() && !from.results.empty())
    put_conversion(body, to.results[0], from.results[0]);
  else if (!to.results.empty())
    body.push_back(kDrop);
  else if (!from.results.empty())
    put_zero(body, from.results[0]);
  body.push_back(kEnd);
  return body;
}

std::map<std::string, uint32_t> take_exports(Module &module, const std::set<std::string> &names) {
  std::map<std::string, uint32_t> taken;
  Section &section = module.get(kExports, "exports");
  Reader in(section.payload);
  Bytes kept;
  uint32_t kept_count = 0;
  for (uint32_t count = in.u32(); count; count--) {
    const std::string name = in.name();
    const uint8_t kind = in.byte();
    const uint32_t index = in.u32();
    if (kind == kFunctionKind && names.contains(name)) {
      taken[name] = index;
      continue;
    }
    put_name(kept, name);
    kept.push_back(kind);
    put_u32(kept, index);
    kept_count++;
  }
  section.payload.clear();
  put_u32(section.payload, kept_count);
  put(section.payload, kept);
  return taken;
}

}  // namespace

std::set<std::string> mismatches(const Module &module) {
  std::set<std::string> names;
  for (const auto &[function, name] : module.function_names())
    if (is_stub(module, function, name))
      names.insert(name.substr(kStubPrefix.size()));
  return names;
}

void adapt_stubs(Module &module, const std::set<std::string> &names) {
  if (names.empty())
    return;
  const std::map<std::string, uint32_t> targets = take_exports(module, names);
  std::vector<Bytes> bodies = module.bodies();
  for (const auto &[function, name] : module.function_names()) {
    if (!is_stub(module, function, name))
      continue;
    const auto target = targets.find(name.substr(kStubPrefix.size()));
    if (target == targets.end())
      continue;
    bodies.at(function - module.imported_functions()) =
        adapter(module.signature(function), module.signature(target->second), target->second);
  }
  module.set_bodies(bodies);
}

}  // namespace postlink
