// SPDX-License-Identifier: Apache-2.0
/// The last word on generated machine code: does it keep to the rules that let a
/// context be interrupted at any instruction and its native stack be copied?
///
/// LLVM is asked for such code in many small ways (docs/compiler.md); none of them
/// is a promise. So every object is disassembled and refused if it holds
///   - a value made from the stack pointer: a frame pointer, the address of a local
///   - memory that is neither the guest's (GS, or the kernel's fixed place), nor the
///     vCPU's block (FS, in its bounds), nor the frame's (rsp), nor constant
///   - the thread pointer itself, or an instruction that reads or writes a segment
///   - anything below rsp, a frame larger than the guard of native stacks
///   - registers that a trap does not save: x87, MMX, AVX
///   - string instructions (absolute pointers in registers), system calls, anything
///     privileged
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <cstdint>

#include <tl/expected.hpp>

#include "machine/cpu/native_abi.h"

namespace wasmlinux {

struct VerifyOptions {
  MemoryBase memory = MemoryBase::gs;
  int32_t fs_offset = 0;  // of NativeBlock
  /// The one function that is not looked at: it reads what lies before code
  /// (TableEntry of machine/cpu/native_abi.h). Functions of a module can't have its name.
  std::string_view reads_code;
};

/// Largest frame of one function; native stacks end in a guard four times as large.
inline constexpr uint64_t kMaxFrame = 256 << 10;

/// Looks at every function of an ELF object for the host. The error names the
/// function and the instruction. LLVM's target must have been initialised, its
/// disassembler included.
tl::expected<void, std::string> verify_object(std::span<const uint8_t> object, const VerifyOptions &options);

}  // namespace wasmlinux
