// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/codegen.h"

#include <optional>
#include <span>

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "machine/compiler/host.h"
#include "machine/compiler/support.h"
#include "machine/compiler/translator.h"
#include "machine/compiler/verifier.h"

namespace wasmlinux {

namespace {

// WebAssembly comes optimised: this light pipeline gets within a few percent of -O2.
constexpr const char *kPasses =
    "function(mem2reg,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,gvn,dse,simplifycfg)";

// SelectionDAG's time grows with the square of a block's length.
constexpr unsigned kFastBlock = 400;

void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error = builder.parsePassPipeline(passes, kPasses))
    throw CompileError(CompileError::Kind::internal, llvm::toString(std::move(error)));
  passes.run(module, modules);
}

void split_long_blocks(llvm::Function &function) {
  std::vector<llvm::Instruction *> places;
  for (llvm::BasicBlock &block : function) {
    unsigned length = 0;
    for (llvm::Instruction &in : block) {
      // Allocas must stay in the first block: elsewhere they need a frame pointer.
      if (llvm::isa<llvm::PHINode, llvm::AllocaInst>(in) || ++length < kFastBlock || in.isTerminator())
        continue;
      places.push_back(&in);
      length = 0;
    }
  }
  // From the end, so that no instruction is moved twice.
  for (auto place = places.rbegin(); place != places.rend(); ++place)
    (*place)->getParent()->splitBasicBlock((*place)->getIterator());
}

// Locals stay in the frame. LLVM must not make addresses of them, as it does where it
// turns a choice between two loads into a load from a chosen place.
void pin_locals(llvm::Function &function) {
  for (llvm::Instruction &in : llvm::instructions(function)) {
    if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&in);
        load && llvm::isa<llvm::AllocaInst>(load->getPointerOperand()))
      load->setVolatile(true);
    if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&in);
        store && llvm::isa<llvm::AllocaInst>(store->getPointerOperand()))
      store->setVolatile(true);
  }
}

void set_target(llvm::Module &module, const llvm::TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
}

ObjectBytes emit(llvm::Module &module, llvm::TargetMachine &machine) {
  ObjectBytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile,
                                  /*DisableVerify=*/true))
    throw CompileError(CompileError::Kind::internal, "this LLVM can't write objects");
  passes.run(module);
  return bytes;
}

// What is wrong with an object, if anything.
std::optional<std::string> broken_rule(const ObjectBytes &object, const CompileOptions &options) {
  std::span bytes(reinterpret_cast<const uint8_t *>(object.data()), object.size());
  auto verified = verify_object(bytes, {options.memory, options.fs_offset, kAdapt});
  return verified ? std::nullopt : std::optional(verified.error());
}

void translate(Unit &unit, uint32_t function) {
  try {
    Translator(unit, function).translate();
  } catch (const BadCode &error) {
    throw CompileError(CompileError::Kind::bad_module, "function " + std::to_string(function) + " " +
                                                           unit.wasm.functions[function].name + ": " +
                                                           error.what());
  }
}

ObjectBytes translate_and_emit(const Module &module, const Facts &facts, const CompileOptions &options,
                               const Piece &piece, bool fast) {
  auto machine = host::target_machine(fast);
  Unit unit(module, facts, options);
  set_target(unit.llvm_module, *machine);
  if (piece.support)
    emit_support(unit);
  for (uint32_t function : piece.functions)
    translate(unit, function);
#ifndef NDEBUG
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(unit.llvm_module, &stream))
    throw CompileError(CompileError::Kind::internal, "malformed LLVM IR: " + problem);
#endif
  if (fast) {
    for (llvm::Function &f : unit.llvm_module) {
      pin_locals(f);
      split_long_blocks(f);
    }
  } else {
    optimize(unit.llvm_module, *machine);
  }
  return emit(unit.llvm_module, *machine);
}

}  // namespace

void initialize_llvm() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
  LLVMInitializeX86Disassembler();
}

ObjectBytes emit_object(llvm::Module &module, bool fast) {
  auto machine = host::target_machine(fast);
  set_target(module, *machine);
  return emit(module, *machine);
}

ObjectBytes compile_piece(const Module &module, const Facts &facts, const CompileOptions &options,
                          const Piece &piece) {
  // LLVM promises nothing about the verifier's rules. Where its optimisers break one,
  // the plain way may not.
  std::optional<std::string> broken;
  for (bool fast : {false, true}) {
    if (piece.fast && !fast)
      continue;
    if (broken && options.note)
      options.note("compiled without optimisation: " + *broken);
    ObjectBytes object = translate_and_emit(module, facts, options, piece, fast);
    broken = broken_rule(object, options);
    if (!broken)
      return object;
  }
  throw CompileError(CompileError::Kind::internal, "generated code breaks a rule: " + *broken);
}

}  // namespace wasmlinux
