// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/signature.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Endian.h>
#include <llvm/Support/SHA256.h>

namespace wasmlinux {

uint64_t signature_of(const FunctionType &type) {
  constexpr size_t kExactTypes = 20;
  std::vector<uint8_t> codes;
  for (ValueType t : type.params)
    codes.push_back(static_cast<uint8_t>(t));
  codes.push_back(0);
  for (ValueType t : type.results)
    codes.push_back(static_cast<uint8_t>(t));

  if (codes.size() <= kExactTypes + 1) {
    uint64_t bits = 0;
    unsigned at = 0;
    for (uint8_t code : codes) {
      bits |= uint64_t{code} << at;
      at += 3;
    }
    return bits | uint64_t{1} << at;
  }
  auto hash = llvm::SHA256::hash(codes);
  uint64_t low = llvm::support::endian::read64le(hash.data());
  return (low & ~(uint64_t{3} << 62)) | uint64_t{1} << 62;
}

}  // namespace wasmlinux
