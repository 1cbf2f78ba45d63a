// SPDX-License-Identifier: Apache-2.0
/// The contract between generated code (machine/compiler) and what runs it
/// (machine/cpu): where state lies, how traps look, what a code image holds.
/// Everything here is part of the cache key by kNativeAbiVersion.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmlinux {

/// Raised with every change of this file's meaning or of generated code.
inline constexpr uint32_t kNativeAbiVersion = 1;

// ---- Per vCPU: at a constant offset from the host's thread pointer ------------
//
// The block is a thread_local of the machine; its offset from FS (negative on
// x86-64) is found when the machine starts, baked into generated code, part of
// the cache key, and compared when code is loaded. The registers in it are those
// of the context that the vCPU runs; the machine swaps them with contexts.

/// Values that cross a call but do not fit its registers: results of a function
/// with more than one, arguments and results of an adapted indirect call. Raw
/// 64-bit slots; i32 and f32 in the low half, upper half zero. `live` is the
/// number of slots in use: between setting it and clearing it an interrupt saves
/// that many with the frame. v128 takes two slots.
struct CallScratch {
  static constexpr uint32_t kSlots = 128;
  uint32_t live;
  uint32_t reserved;
  uint64_t slot[kSlots];
};

struct NativeBlock {
  uint32_t user_sp;      // __stack_pointer of user code
  uint32_t user_tls;     // __tls_base of user code
  uint32_t kernel_sp;    // __stack_pointer of kernel code
  uint32_t kernel_tls;   // __tls_base of kernel code
  uint64_t machine[12];  // the machine's own (cpu/)
  CallScratch scratch;
};
static_assert(offsetof(NativeBlock, scratch) == 112);

// ---- Per address space: below the base of linear memory -----------------------
//
// User code reaches its memory relative to GS, kernel code relative to a fixed
// address (or to GS, see MemoryBase). Either way "state" is at negative offsets,
// which no guest index (zero-extended, plus a non-negative offset) can name:
//
//   base - 64 MiB      function table: TableEntry[*table_size]
//   base - 16 MiB ...  module state blocks, one slot a module (kStateSlotSize)
//   base - 16          u32: number of table entries
//
// A module's slot is found by the 64-bit word `wl_state` in its own writable
// data: the slot's (negative) displacement from base. In the slot:
//   [0, kStateImports)              flags: one byte a data segment, 1 = dropped;
//                                   then one byte an element segment
//   [kStateImports, kStateGlobals)  8-byte pointers: the imported functions
//   [kStateGlobals, slot's size)    16 bytes a mutable global, module order

inline constexpr int64_t kTableDisplacement = -(int64_t{64} << 20);
inline constexpr int64_t kStateDisplacement = -(int64_t{16} << 20);
inline constexpr int64_t kTableSizeDisplacement = -16;
inline constexpr uint32_t kTableMaxEntries = (48u << 20) / 16;
inline constexpr uint64_t kStateSize = uint64_t{64} << 20;  // what is reserved below base
inline constexpr uint32_t kStateSlotSize = 64u << 10;
inline constexpr uint32_t kStateFlags = 0;
inline constexpr uint32_t kStateFlagsMax = 8u << 10;
inline constexpr uint32_t kStateImports = 8u << 10;
inline constexpr uint32_t kStateImportsMax = 1024;
inline constexpr uint32_t kStateGlobals = 16u << 10;
inline constexpr uint32_t kStateGlobalsMax = (kStateSlotSize - kStateGlobals) / 16;

/// What is reserved above base: 4 GiB of memory; index + offset + access size
/// reaches at most 8 GiB + 16 bytes.
inline constexpr uint64_t kMemorySize = uint64_t{4} << 30;
inline constexpr uint64_t kReservationSize = (uint64_t{8} << 30) + (64u << 10);

/// Where the kernel's memory lies on the host: low enough that base + any small
/// static offset is a 31-bit displacement, above kStateSize.
inline constexpr uint64_t kKernelBase = 0x10000000;

enum class MemoryBase : uint32_t {
  gs = 0,      // user code; kernel code where kKernelBase is taken
  kernel = 1,  // kKernelBase
};

/// An entry of the function table; an empty one is all zero. `code` is preceded
/// by an int32 (prefix data, 4 bytes before the entry point): the displacement
/// from the entry point to the adapter of its signature, native type void(void*):
/// called with `code`, takes its arguments from CallScratch (missing ones are the
/// zeros the caller filled in), clears `live`, calls code and leaves the results
/// in CallScratch slots from 0, with `live` set to their number.
struct TableEntry {
  uint64_t code;
  uint64_t signature;
};

/// Signatures are exact: three bits a value type (1 i32, 2 i64, 3 f32, 4 f64,
/// 5 v128, 6 funcref, 7 externref), the results above a marker 0 above the
/// parameters, lowest bits first, a top marker bit; up to 20 types. Longer ones are 62 bits of
/// SHA-256 of the type's bytes with the top two bits 01. Never 0.
/// See machine/compiler/signature.h.

// ---- Native calling convention ---------------------------------------------------
//
// The C calling convention of the host, parameters as in wasm (i32, i64, float,
// double); no or one result as in C; with more, none natively, all of them in
// CallScratch (live = their number until the caller has taken them out).
// rsp, return addresses and callee-saved registers as in C. No red zone.
// Imported functions are called through their slot in the module's state.

// ---- Traps ------------------------------------------------------------------------
//
// `ud1l imm8(%eax), %eax` (llvm.ubsantrap), bytes 67 0f b9 40 imm8.
enum class TrapCode : uint8_t {
  unreachable = 1,
  divide_by_zero = 2,
  integer_overflow = 3,
  bad_table_index = 4,
  null_function = 5,
  bad_signature = 6,
  misaligned = 7,   // address lost; eax etc. are of no use
  bad_address = 8,  // memory.copy and the like beyond 4 GiB
};

// ---- Code image: the shared object of a module ---------------------------------------
//
// No dynamic relocations, hidden symbols but `wl_image`, a CodeImage in read-only
// data. Every "Ref" is the distance in bytes from the CodeImage itself, 0: none.

using Ref = int32_t;

struct ImageString {
  Ref text;
  uint32_t size;
};

enum class ImageKind : uint32_t { user = 0, kernel = 1 };

struct ImageImport {  // a function; n-th in kStateImports
  ImageString module;
  ImageString name;
  uint64_t signature;
};

struct ImageExport {  // a function
  ImageString name;
  Ref code;
  uint32_t reserved;
  uint64_t signature;
};

struct ImageTableInit {  // from active element segments
  uint32_t index;
  Ref code;
  uint64_t signature;
};

struct ImageGlobal {  // initial value of a mutable global in the state slot
  uint32_t index;     // n-th in kStateGlobals
  uint32_t reserved;
  uint64_t low, high;
};

struct ImageData {  // an active data segment
  uint32_t address;
  uint32_t size;
  uint32_t file_offset;  // in the module's file
  Ref bytes;             // 0 in user images: the kernel reads the file
};

struct ImageFunction {  // sorted by code
  Ref code;
  uint32_t size;     // bytes of native code
  uint32_t index;    // wasm function index
  ImageString name;  // from the name section; empty if there is none
};

template <typename T> struct ImageArray {
  Ref first;
  uint32_t count;
};

struct CodeImage {
  char magic[8];         // "wl-code\0"
  uint32_t abi_version;  // kNativeAbiVersion
  ImageKind kind;
  MemoryBase memory_base;
  int32_t fs_offset;    // of NativeBlock
  uint32_t memory_min;  // in wasm pages of 64 KiB
  uint32_t memory_max;
  uint32_t initial_sp;       // initial value of __stack_pointer
  uint32_t data_start;       // lowest static address, 0 if unknown
  uint32_t heap_base;        // exported __heap_base, else end of initial memory
  uint32_t table_size;       // initial number of table entries
  Ref text_start, text_end;  // all generated code
  Ref state_word;            // wl_state
  // Entries: native functions, called by the machine on a fresh native stack (call:
  // on top of what the context was doing). The machine provides the address they
  // return to. `call` is how handlers of signals are entered.
  Ref entry_start;   // void(u32 sp): start function, then _start(sp). kernel: start function, then
                     // kernel_start()
  Ref entry_thread;  // void(u32 sp): table function [sp] (i32)->i32 with [sp+4]
  Ref entry_call;    // void(u32 fn, u32 a0, u32 a1, u32 a2): (i32,i32,i32)->()
  ImageArray<ImageImport> imports;
  ImageArray<ImageExport> exports;
  ImageArray<ImageTableInit> table;
  ImageArray<ImageGlobal> globals;
  ImageArray<ImageData> data;
  ImageArray<ImageFunction> functions;
};

inline constexpr char kCodeMagic[8] = {'w', 'l', '-', 'c', 'o', 'd', 'e', '\0'};

}  // namespace wasmlinux
