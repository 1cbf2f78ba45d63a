// SPDX-License-Identifier: Apache-2.0
#include "machine/module/module.h"

namespace wasmlinux {

const Export *Module::find_export(ExternKind kind, std::string_view name) const {
  for (const Export &e : exports)
    if (e.kind == kind && e.name == name)
      return &e;
  return nullptr;
}

std::optional<uint32_t> Module::find_global(std::string_view name) const {
  if (const Export *e = find_export(ExternKind::global, name))
    return e->index;
  for (uint32_t i = 0; i < globals.size(); i++)
    if (globals[i].name == name)
      return i;
  return std::nullopt;
}

}  // namespace wasmlinux
