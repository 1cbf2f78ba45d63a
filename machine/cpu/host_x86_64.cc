// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/host_cpu.h"

#include <cstring>
#include <stdexcept>

#include <asm/prctl.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wasmlinux {

namespace {

constexpr unsigned long kHwcap2Fsgsbase = 1 << 1;  // arch/x86/include/uapi/asm/hwcap2.h
constexpr greg_t kPageFaultWrite = 1 << 1;         // arch/x86/include/asm/trap_pf.h: X86_PF_WRITE

}  // namespace

bool MemoryBaseRegister::host_is_fast() { return (getauxval(AT_HWCAP2) & kHwcap2Fsgsbase) != 0; }

void MemoryBaseRegister::set(const char *base) const {
  if (slow_)
    syscall(SYS_arch_prctl, ARCH_SET_GS, base);
  else
    asm volatile("wrgsbase %0" : : "r"(base));
}

void check_host_cpu() {
  // x86-64-v2, what machine/compiler generates.
  if (!__builtin_cpu_supports("x86-64-v2"))
    throw std::runtime_error("this processor is too old: x86-64-v2 (SSE4.2, POPCNT) is needed");
}

uint64_t Interrupted::pc() const { return static_cast<uint64_t>(context_->uc_mcontext.gregs[REG_RIP]); }

uint64_t Interrupted::stack_pointer() const {
  return static_cast<uint64_t>(context_->uc_mcontext.gregs[REG_RSP]);
}

bool Interrupted::fault_was_write() const {
  return (context_->uc_mcontext.gregs[REG_ERR] & kPageFaultWrite) != 0;
}

uint8_t Interrupted::trap_code() const {
  // ud1l imm8(%eax), %eax: see native_abi.h.
  const auto *code = reinterpret_cast<const uint8_t *>(pc());
  constexpr uint8_t kTrap[] = {0x67, 0x0f, 0xb9, 0x40};
  return std::memcmp(code, kTrap, sizeof kTrap) == 0 ? code[4] : 0;
}

uint64_t Interrupted::frame_address(uint32_t scratch_live) const {
  uint64_t flags = stack_pointer() - 16;
  return (flags - sizeof(InterruptFrame) - uint64_t{scratch_live} * 8) & ~uint64_t{15};
}

InterruptFrame *Interrupted::save_frame(const char *resume, const CallScratch &scratch) {
  const auto &regs = context_->uc_mcontext.gregs;
  uint64_t flags = stack_pointer() - 16;
  auto *frame = reinterpret_cast<InterruptFrame *>(frame_address(scratch.live));
  auto *above = reinterpret_cast<uint64_t *>(flags);
  above[0] = static_cast<uint64_t>(regs[REG_EFL]);
  above[1] = pc();
  frame->resume = reinterpret_cast<uint64_t>(resume);
  frame->to_flags = flags - reinterpret_cast<uint64_t>(&frame->to_flags);
  frame->scratch_live = scratch.live;
  const int order[15] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RBP, REG_RSI, REG_RDI, REG_R8,
                         REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  uint64_t *saved = &frame->rax;
  for (int reg : order)
    *saved++ = static_cast<uint64_t>(regs[reg]);
  std::memcpy(frame->xmm, context_->uc_mcontext.fpregs->_xmm, sizeof frame->xmm);
  if (scratch.live)
    std::memcpy(frame + 1, scratch.slot, uint64_t{scratch.live} * 8);
  return frame;
}

void Interrupted::jump(const char *pc) {
  context_->uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(pc);
}

void Interrupted::continue_at(const char *pc, uint64_t stack_pointer, uint32_t result) {
  auto &regs = context_->uc_mcontext.gregs;
  regs[REG_RIP] = reinterpret_cast<greg_t>(pc);
  regs[REG_RSP] = static_cast<greg_t>(stack_pointer);
  regs[REG_RAX] = result;
}

}  // namespace wasmlinux
