// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/verifier.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/raw_ostream.h>

namespace wasmlinux {

namespace {

using llvm::MCInst;
using llvm::StringRef;

/// A memory operand of x86: segment:displacement(base, index, scale).
struct Memory {
  unsigned base, index, segment;
  int64_t displacement;
};

/// What reaches beyond a trap's frame, or beyond user code's business, by the
/// beginning of LLVM's name for it.
constexpr StringRef kForbidden[] = {
    "SYSCALL", "SYSENTER", "SYSRET",   "SYSEXIT",  "INT3",     "INT",    "INTO",    "IRET",    "HLT",
    "CLI",     "STI",      "IN8",      "IN16",     "IN32",     "OUT",    "INS",     "OUTS",    "LGDT",
    "LIDT",    "LLDT",     "LTR",      "SGDT",     "SIDT",     "SLDT",   "STR",     "SWAPGS",  "WRMSR",
    "RDMSR",   "RDFSBASE", "RDGSBASE", "WRFSBASE", "WRGSBASE", "INVLPG", "WBINVD",  "INVD",    "CLTS",
    "LMSW",    "SMSW",     "MOVS",     "STOS",     "LODS",     "SCAS",   "CMPSB",   "CMPSW",   "CMPSL",
    "CMPSQ",   "REP",      "FARCALL",  "FARJMP",   "LRET",     "ENTER",  "LEAVE",   "XBEGIN",  "XSAVE",
    "XRSTOR",  "FXSAVE",   "FXRSTOR",  "LDMXCSR",  "STMXCSR",  "EMMS",   "FEMMS",   "MOV64ao", "MOV32ao",
    "MOV16ao", "MOV8ao",   "MOV64o",   "MOV32o",   "MOV16o",   "MOV8o",  "PUSHF",   "POPF",    "POPGS",
    "POPFS",   "PUSHGS",   "PUSHFS",   "CPUID",    "RDTSC",    "RDPMC",  "MONITOR", "MWAIT",   "LFS",
    "LGS",     "LSS",      "LDS",      "LES",      "CMOVB_F",  "LD_F",   "ST_F",    "FLD",     "FST",
    "FNST",    "FNINIT",   "FXTRACT",  "ADD_F",    "SUB_F",    "MUL_F",  "DIV_F",   "ILD_F",   "IST_F"};
/// Their names begin like forbidden ones.
constexpr StringRef kAllowed[] = {"MOVSX", "MOVSS", "MOVSD", "MOVSHDUP", "MOVSLDUP", "INSERTPS", "STC"};

bool begins_with_any(StringRef name, std::span<const StringRef> prefixes) {
  for (StringRef prefix : prefixes)
    if (name.starts_with(prefix))
      return true;
  return false;
}

class Disassembler {
public:
  Disassembler() {
    std::string error;
    const llvm::Target *target = llvm::TargetRegistry::lookupTarget(kTriple, error);
    if (!target)
      throw std::runtime_error(error);
    registers_.reset(target->createMCRegInfo(kTriple));
    asm_info_.reset(target->createMCAsmInfo(*registers_, kTriple, llvm::MCTargetOptions()));
    instructions_.reset(target->createMCInstrInfo());
    subtarget_.reset(target->createMCSubtargetInfo(kTriple, "x86-64", ""));
    context_ = std::make_unique<llvm::MCContext>(llvm::Triple(kTriple), asm_info_.get(), registers_.get(),
                                                 subtarget_.get());
    disassembler_.reset(target->createMCDisassembler(*subtarget_, *context_));
    printer_.reset(
        target->createMCInstPrinter(llvm::Triple(kTriple), 0, *asm_info_, *instructions_, *registers_));
  }

  bool next(llvm::ArrayRef<uint8_t> bytes, uint64_t address, MCInst &out, uint64_t &size) const {
    return disassembler_->getInstruction(out, size, bytes, address, llvm::nulls()) ==
           llvm::MCDisassembler::Success;
  }
  StringRef name(const MCInst &inst) const { return instructions_->getName(inst.getOpcode()); }
  const llvm::MCInstrDesc &description(const MCInst &inst) const {
    return instructions_->get(inst.getOpcode());
  }
  StringRef register_name(unsigned reg) const { return reg ? registers_->getName(reg) : ""; }
  /// The 64-bit register that a register is part of.
  unsigned whole(unsigned reg) const {
    for (auto super : registers_->superregs_inclusive(reg))
      if (StringRef name = registers_->getName(super); name.size() == 3 && name[0] == 'R')
        return super;
    return reg;
  }
  std::string text(const MCInst &inst) const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    printer_->printInst(&inst, 0, "", *subtarget_, stream);
    for (char &c : text)
      if (c == '\t')
        c = ' ';
    return text;
  }

private:
  static constexpr const char *kTriple = "x86_64-unknown-linux-gnu";
  std::unique_ptr<llvm::MCRegisterInfo> registers_;
  std::unique_ptr<llvm::MCAsmInfo> asm_info_;
  std::unique_ptr<llvm::MCInstrInfo> instructions_;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
  std::unique_ptr<llvm::MCContext> context_;
  std::unique_ptr<llvm::MCDisassembler> disassembler_;
  std::unique_ptr<llvm::MCInstPrinter> printer_;
};

/// One function: its instructions, then what is wrong with them.
class Function {
public:
  Function(const Disassembler &machine, const VerifyOptions &options)
      : machine_(machine), options_(options) {}

  std::optional<std::string> check(llvm::ArrayRef<uint8_t> code) {
    for (uint64_t at = 0; at < code.size();) {
      MCInst inst;
      uint64_t size = 0;
      if (!machine_.next(code.slice(at), at, inst, size) || size == 0)
        return "bytes that are no instruction at +" + std::to_string(at);
      body_.push_back(inst);
      at += size;
    }
    find_constants();
    for (const MCInst &inst : body_)
      if (const char *wrong = check(inst))
        return std::string(wrong) + ": " + machine_.text(inst);
    return std::nullopt;
  }

private:
  bool is(unsigned reg, StringRef name) const { return machine_.register_name(reg) == name; }

  std::optional<Memory> memory_of(const MCInst &inst) const {
    const auto &operands = machine_.description(inst).operands();
    bool lea = machine_.name(inst).starts_with("LEA");  // whose operands LLVM does not call memory
    for (unsigned i = 0; i + 5 <= operands.size() && i + 5 <= inst.getNumOperands(); i++) {
      if (operands[i].OperandType != llvm::MCOI::OPERAND_MEMORY && !(lea && i == 1))
        continue;
      const auto &displacement = inst.getOperand(i + 3);
      return Memory{inst.getOperand(i).getReg(), inst.getOperand(i + 2).getReg(),
                    inst.getOperand(i + 4).getReg(), displacement.isImm() ? displacement.getImm() : 0};
    }
    return std::nullopt;
  }

  bool is_frame_slot(const Memory &memory) const {
    return is(memory.base, "RSP") && memory.index == 0 && memory.segment == 0;
  }

  /// Registers and frame slots that hold an address of constants (jump tables, data
  /// segments) at some place: made by lea from rip, or copied from such. Not where,
  /// only whether: what is to be caught is code of another shape, not an adversary.
  void find_constants() {
    for (bool more = true; more;) {
      more = false;
      for (const MCInst &inst : body_) {
        StringRef name = machine_.name(inst);
        auto memory = memory_of(inst);
        if (name == "LEA64r" && memory && is(memory->base, "RIP"))
          more |= constants_.insert(inst.getOperand(0).getReg()).second;
        else if (name == "LEA64r" && memory &&
                 (constants_.count(memory->base) || constants_.count(memory->index)))
          more |= constants_.insert(inst.getOperand(0).getReg()).second;
        else if (name == "MOV64rr" && constants_.count(inst.getOperand(1).getReg()))
          more |= constants_.insert(inst.getOperand(0).getReg()).second;
        else if ((name == "ADD64rr" || name == "ADD64rr_REV") &&
                 (constants_.count(inst.getOperand(1).getReg()) ||
                  constants_.count(inst.getOperand(2).getReg())))
          more |= constants_.insert(inst.getOperand(0).getReg()).second;
        else if (name == "MOV64mr" && memory && is_frame_slot(*memory) &&
                 constants_.count(inst.getOperand(5).getReg()))
          more |= constant_slots_.insert(memory->displacement).second;
        else if (name == "MOV64rm" && memory && is_frame_slot(*memory) &&
                 constant_slots_.count(memory->displacement))
          more |= constants_.insert(inst.getOperand(0).getReg()).second;
      }
    }
  }

  const char *check(const MCInst &inst) const {
    StringRef name = machine_.name(inst);
    if (begins_with_any(name, kForbidden) && !begins_with_any(name, kAllowed))
      return "forbidden instruction";
    if (name.starts_with("V"))
      return "AVX instruction";
    auto memory = memory_of(inst);
    if (const char *wrong = check_registers(inst, name, memory))
      return wrong;
    if (!memory || name.starts_with("NOOP") || name.starts_with("UD1"))
      return nullptr;
    return check_memory(inst, name, *memory);
  }

  const char *check_registers(const MCInst &inst, StringRef name, const std::optional<Memory> &memory) const {
    bool frame_update =
        name == "SUB64ri8" || name == "SUB64ri32" || name == "ADD64ri8" || name == "ADD64ri32";
    for (const auto &operand : inst) {
      if (!operand.isReg() || !operand.getReg())
        continue;
      unsigned reg = operand.getReg();
      StringRef text = machine_.register_name(reg);
      if (text.starts_with("YMM") || text.starts_with("ZMM") || text.starts_with("MM") ||
          text.starts_with("ST"))
        return "register that traps don't save";
      if (!is(machine_.whole(reg), "RSP") || frame_update)
        continue;
      // Only as the base of a memory operand, or when the frame is made or left by lea.
      bool frame_lea =
          name == "LEA64r" && is(inst.getOperand(0).getReg(), "RSP") && memory && is_frame_slot(*memory);
      bool base =
          name != "LEA64r" && memory && is(memory->base, "RSP") && is(reg, "RSP") && count(inst, reg) == 1;
      if (!frame_lea && !base)
        return "value made from the stack pointer";
    }
    if (frame_update && is(inst.getOperand(0).getReg(), "RSP")) {
      int64_t size = inst.getOperand(2).getImm();
      if (size < -static_cast<int64_t>(kMaxFrame) || size > static_cast<int64_t>(kMaxFrame))
        return "frame larger than the guard of native stacks allows";
    }
    return nullptr;
  }

  static unsigned count(const MCInst &inst, unsigned reg) {
    unsigned count = 0;
    for (const auto &operand : inst)
      count += operand.isReg() && operand.getReg() == reg;
    return count;
  }

  const char *check_memory(const MCInst &inst, StringRef name, const Memory &memory) const {
    if (name == "LEA64r" || name == "LEA32r" || name == "LEA64_32r" || name == "LEA16r")
      return memory.segment ? "segment in an address computation" : nullptr;
    if (is(memory.segment, "FS")) {
      int64_t offset = memory.displacement - options_.fs_offset;
      bool inside = offset >= 0 && offset < static_cast<int64_t>(sizeof(NativeBlock));
      return memory.base == 0 && memory.index == 0 && inside ? nullptr
                                                             : "thread's memory outside the vCPU's block";
    }
    if (is(memory.segment, "GS"))
      return options_.memory == MemoryBase::gs ? nullptr : "GS in code with memory at a fixed place";
    if (memory.segment)
      return "segment override";
    if (is(memory.base, "RIP"))
      return machine_.description(inst).mayStore() && !machine_.description(inst).isCall()
                 ? "store to constants"
                 : nullptr;
    if (is_frame_slot(memory))
      return memory.displacement < 0 ? "memory below the stack pointer" : nullptr;
    if (is(memory.base, "RSP"))
      return "indexed access to the frame";
    bool constant = constants_.count(memory.base) || constants_.count(memory.index);
    if (constant && !machine_.description(inst).mayStore())
      return nullptr;
    if (options_.memory == MemoryBase::kernel) {
      constexpr int64_t kLowest = static_cast<int64_t>(kKernelBase) - static_cast<int64_t>(kStateSize);
      if (memory.displacement >= kLowest)
        return nullptr;
      // A large offset does not fit a displacement: base and offset are in a register.
      return memory.base ? nullptr : "absolute address outside the kernel's memory";
    }
    return "memory without a segment";
  }

  const Disassembler &machine_;
  const VerifyOptions &options_;
  std::vector<MCInst> body_;
  std::set<unsigned> constants_;
  std::set<int64_t> constant_slots_;
};

}  // namespace

tl::expected<void, std::string> verify_object(std::span<const uint8_t> object, const VerifyOptions &options) {
  llvm::MemoryBufferRef buffer(StringRef(reinterpret_cast<const char *>(object.data()), object.size()),
                               "object");
  auto file = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!file)
    return tl::unexpected("not an object: " + llvm::toString(file.takeError()));

  Disassembler machine;
  for (const auto &symbol : (*file)->symbols()) {
    auto type = symbol.getType();
    if (!type || *type != llvm::object::SymbolRef::ST_Function)
      continue;
    auto section = symbol.getSection();
    uint64_t size = llvm::object::ELFSymbolRef(symbol).getSize();
    if (!section || *section == (*file)->section_end() || size == 0)
      continue;
    auto contents = (*section)->getContents();
    auto value = symbol.getValue();
    if (!contents || !value || *value + size > contents->size())
      return tl::unexpected(std::string("a function lies outside its section"));
    auto code = llvm::arrayRefFromStringRef(contents->substr(*value, size));
    auto symbol_name = symbol.getName();
    if (symbol_name && std::string_view(*symbol_name) == options.reads_code)
      continue;
    if (auto wrong = Function(machine, options).check(code)) {
      auto name = symbol.getName();
      return tl::unexpected((name ? name->str() : "?") + ": " + *wrong);
    }
  }
  return {};
}

}  // namespace wasmlinux
