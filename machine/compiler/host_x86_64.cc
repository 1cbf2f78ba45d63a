// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/host.h"

#include <mutex>

#include <llvm/IR/IntrinsicInst.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>

namespace wasmlinux::host {

namespace {

constexpr const char *kTriple = "x86_64-unknown-linux-gnu";
// Every x86-64 CPU since 2009; no AVX, whose registers trap frames would have to save.
constexpr const char *kCpu = "x86-64-v2";

// LLVM's address spaces that stand for segments.
constexpr unsigned kGs = 256;
constexpr unsigned kFs = 257;

// The code generator at -O0 keeps copies of rsp in other registers, unless registers
// are allocated as at -O2. LLVM has that as an option of its command line only.
void use_optimizing_allocator() {
  auto &options = llvm::cl::getRegisteredOptions();
  auto option = options.find("optimize-regalloc");
  if (option == options.end() || option->second->addOccurrence(0, "optimize-regalloc", "true"))
    throw CompileError(CompileError::Kind::internal, "this LLVM has no option optimize-regalloc");
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> target_machine(bool fast) {
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(kTriple, error);
  if (!target)
    throw CompileError(CompileError::Kind::internal, error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  auto level = fast ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      kTriple, kCpu, "", options, llvm::Reloc::PIC_, llvm::CodeModel::Small, level));
  if (fast) {
    machine->setO0WantsFastISel(true);
    static std::once_flag once;
    std::call_once(once, use_optimizing_allocator);
  }
  return machine;
}

void prepare(llvm::Function &function) {
  function.addFnAttr(llvm::Attribute::NoRedZone);
  function.addFnAttr(llvm::Attribute::NoUnwind);
  function.addFnAttr(llvm::Attribute::NullPointerIsValid);
  function.setUWTableKind(llvm::UWTableKind::Async);
  function.addFnAttr("target-cpu", kCpu);
  function.addFnAttr("tune-cpu", "generic");
  function.addFnAttr("frame-pointer", "none");
  function.addFnAttr("no-realign-stack");
  function.addFnAttr("no-builtins");
  function.addFnAttr("prefer-vector-width", "128");
  function.setAlignment(llvm::Align(16));
}

llvm::Value *memory_address(llvm::IRBuilder<> &ir, MemoryBase base, llvm::Value *displacement) {
  if (base == MemoryBase::gs)
    return ir.CreateIntToPtr(displacement, ir.getPtrTy(kGs));
  return ir.CreateIntToPtr(ir.CreateAdd(displacement, ir.getInt64(kKernelBase)), ir.getPtrTy());
}

llvm::Value *block_address(llvm::IRBuilder<> &ir, int32_t fs_offset, uint32_t offset) {
  return llvm::ConstantExpr::getIntToPtr(
      llvm::ConstantInt::getSigned(ir.getInt64Ty(), int64_t{fs_offset} + offset), ir.getPtrTy(kFs));
}

void trap(llvm::IRBuilder<> &ir, TrapCode code, bool keep_apart) {
  llvm::CallInst *call =
      ir.CreateIntrinsic(llvm::Intrinsic::ubsantrap, {}, {ir.getInt8(static_cast<uint8_t>(code))});
  if (keep_apart)
    call->addFnAttr(llvm::Attribute::NoMerge);
  ir.CreateUnreachable();
}

}  // namespace wasmlinux::host
