// SPDX-License-Identifier: Apache-2.0
/// Objects to the shared object of a code image.
#pragma once

#include <string>
#include <vector>

namespace wasmlinux {

/// Links the objects at these paths, in this order: no dynamic relocations, nothing
/// needed from elsewhere, only wl_image exported. Throws CompileError.
void link_image(const std::vector<std::string> &objects, const std::string &output);

}  // namespace wasmlinux
