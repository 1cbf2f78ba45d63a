// SPDX-License-Identifier: Apache-2.0
/// Each kind of fault planted once, assembled by LLVM's own assembler.
#include "machine/compiler/verifier.h"

#include <gtest/gtest.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/MC/MCAsmBackend.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCCodeEmitter.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCObjectFileInfo.h>
#include <llvm/MC/MCObjectWriter.h>
#include <llvm/MC/MCParser/MCAsmParser.h>
#include <llvm/MC/MCParser/MCTargetAsmParser.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCStreamer.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

namespace wasmlinux {
namespace {

constexpr const char *kTriple = "x86_64-unknown-linux-gnu";
constexpr int32_t kFsOffset = -4096;

/// An object with one function of these lines.
std::string assemble(const std::string &body) {
  static const bool initialised = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmParser();
    LLVMInitializeX86Disassembler();
    return true;
  }();
  EXPECT_TRUE(initialised);
  std::string source = ".text\n.type planted,@function\nplanted:\n" + body + "\n.size planted, .-planted\n";
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(kTriple, error);
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers(target->createMCRegInfo(kTriple));
  std::unique_ptr<llvm::MCAsmInfo> info(target->createMCAsmInfo(*registers, kTriple, options));
  std::unique_ptr<llvm::MCInstrInfo> instructions(target->createMCInstrInfo());
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(kTriple, "x86-64", "+avx2,+fsgsbase,+x87"));
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(source), llvm::SMLoc());
  llvm::MCContext context(llvm::Triple(kTriple), info.get(), registers.get(), subtarget.get(), &sources,
                          &options);
  std::unique_ptr<llvm::MCObjectFileInfo> file_info(target->createMCObjectFileInfo(context, true));
  context.setObjectFileInfo(file_info.get());
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  std::unique_ptr<llvm::MCAsmBackend> backend(target->createMCAsmBackend(*subtarget, *registers, options));
  std::unique_ptr<llvm::MCObjectWriter> writer = backend->createObjectWriter(stream);
  std::unique_ptr<llvm::MCCodeEmitter> emitter(target->createMCCodeEmitter(*instructions, context));
  std::unique_ptr<llvm::MCStreamer> streamer(target->createMCObjectStreamer(
      llvm::Triple(kTriple), context, std::move(backend), std::move(writer), std::move(emitter), *subtarget));
  std::unique_ptr<llvm::MCAsmParser> parser(llvm::createMCAsmParser(sources, context, *streamer, *info));
  std::unique_ptr<llvm::MCTargetAsmParser> target_parser(
      target->createMCAsmParser(*subtarget, *parser, *instructions, options));
  parser->setTargetParser(*target_parser);
  EXPECT_FALSE(parser->Run(false)) << source;
  return std::string(object.begin(), object.end());
}

/// What is wrong with a function of these lines; "" if nothing is.
std::string verify(const std::string &body, MemoryBase memory = MemoryBase::gs) {
  std::string object = assemble(body);
  auto result =
      verify_object({reinterpret_cast<const uint8_t *>(object.data()), object.size()}, {memory, kFsOffset});
  return result ? "" : result.error();
}

TEST(Verifier, AcceptsWhatTheCompilerMakes) {
  EXPECT_EQ(verify(R"(
    pushq %rbx
    subq $32, %rsp
    movl %fs:-4096, %eax
    movl %edi, %ecx
    movl %gs:16(%rcx), %edx
    movq %rdx, 8(%rsp)
    movl %edx, %gs:-64(%rcx,%rdx)
    movsd 0x1234(%rip), %xmm0
    addsd 8(%rsp), %xmm0
    leal 4(%rax,%rdx), %ecx
    callq *%gs:-16777216(%rcx)
    callq planted
    ud1l 7(%eax), %eax
    nopw %cs:512(%rax,%rax)
    addq $32, %rsp
    popq %rbx
    retq)"),
            "");
}

TEST(Verifier, AcceptsJumpTablesAndDataSegments) {
  EXPECT_EQ(verify(R"(
    leaq planted(%rip), %rcx
    movslq (%rcx,%rax,4), %rdx
    addq %rcx, %rdx
    jmpq *%rdx)"),
            "");
  EXPECT_EQ(verify(R"(
    subq $24, %rsp
    leaq planted(%rip), %rcx
    movq %rcx, 8(%rsp)
    movq 8(%rsp), %rsi
    movups (%rsi,%rax), %xmm0
    addq $24, %rsp
    retq)"),
            "");
}

TEST(Verifier, AcceptsTheKernelsFixedPlace) {
  EXPECT_EQ(verify("movl 0x10000010(%rax), %ecx\n movl %ecx, 0x10000010\n retq", MemoryBase::kernel), "");
}

struct Fault {
  const char *name, *code, *message;
};

class PlantedFault : public testing::TestWithParam<Fault> {};

TEST_P(PlantedFault, IsRefused) {
  std::string message = verify(GetParam().code);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << "got: " << message;
}

INSTANTIATE_TEST_SUITE_P(
    Verifier, PlantedFault,
    testing::Values(
        Fault{"frame_pointer", "pushq %rbp\n movq %rsp, %rbp", "stack pointer"},
        Fault{"address_of_local", "leaq 8(%rsp), %rdi", "stack pointer"},
        Fault{"realigned", "andq $-32, %rsp", "stack pointer"},
        Fault{"rsp_stored", "movq %rsp, 8(%rsp)", "stack pointer"},
        Fault{"esp_used", "movl %esp, %eax", "stack pointer"},
        Fault{"rsp_pushed", "pushq %rsp", "stack pointer"},
        Fault{"rsp_as_index_base", "movl (%rsp,%rax,8), %ecx", "indexed"},
        Fault{"thread_pointer", "movq %fs:0, %rax", "outside the vCPU's block"},
        Fault{"other_thread_data", "movq %fs:-8, %rax", "outside the vCPU's block"},
        Fault{"indexed_block", "movq %fs:-4096(%rax), %rcx", "outside the vCPU's block"},
        Fault{"bare_load", "movl (%rax), %ecx", "without a segment"},
        Fault{"bare_store", "movl %ecx, 16(%rax,%rdx)", "without a segment"},
        Fault{"absolute", "movl 0x1000, %ecx", "without a segment"},
        Fault{"store_to_constants", "movl %ecx, planted(%rip)", "constants"},
        Fault{"store_through_constant_pointer", "leaq planted(%rip), %rax\n movl %ecx, (%rax)",
              "without a segment"},
        Fault{"other_segment", "movl %ds:(%rax), %ecx", ""}, Fault{"write_gs", "wrgsbase %rax", "forbidden"},
        Fault{"read_gs", "rdgsbase %rax", "forbidden"}, Fault{"write_fs", "wrfsbase %rax", "forbidden"},
        Fault{"system_call", "syscall", "forbidden"}, Fault{"interrupt", "int $0x80", "forbidden"},
        Fault{"halt", "hlt", "forbidden"}, Fault{"rep_movs", "rep movsb", "forbidden"},
        Fault{"rep_stos", "rep stosq", "forbidden"},
        Fault{"red_zone", "movl %eax, -8(%rsp)", "below the stack pointer"},
        Fault{"huge_frame", "subq $1000000, %rsp", "larger than the guard"},
        Fault{"avx", "vaddps %ymm0, %ymm1, %ymm2", "AVX"},
        Fault{"avx_128", "vaddss %xmm0, %xmm1, %xmm2", "AVX"}, Fault{"x87", "fld1", "forbidden"},
        Fault{"mmx", "movq %mm0, %mm1", "don't save"}, Fault{"far_jump", "ljmpq *%gs:(%rax)", "forbidden"},
        Fault{"flags", "pushfq", "forbidden"}, Fault{"garbage", ".byte 0x06, 0x06", "no instruction"}),
    [](const auto &fault) { return std::string(fault.param.name); });

TEST(Verifier, GsIsNotForCodeAtAFixedPlace) {
  EXPECT_NE(verify("movl %gs:(%rax), %ecx", MemoryBase::kernel), "");
}

TEST(Verifier, AnObjectThatIsNone) {
  std::string text = "this is no object";
  EXPECT_FALSE(verify_object({reinterpret_cast<const uint8_t *>(text.data()), text.size()}, {}));
}

}  // namespace
}  // namespace wasmlinux
