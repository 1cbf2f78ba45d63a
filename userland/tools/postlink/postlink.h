// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "module.h"

namespace postlink {

/// Makes the data segments that the start function copies active ones.
void activate_data(Module &module);

/// Functions that are called with another signature than they have.
std::set<std::string> mismatches(const Module &module);

/// Lets the stubs for these functions, which are exported, call them; removes the exports.
void adapt_stubs(Module &module, const std::set<std::string> &names);

}  // namespace postlink
