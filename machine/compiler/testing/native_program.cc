// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/testing/native_program.h"

#include <csetjmp>
#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include <asm/prctl.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "machine/compiler/codegen.h"
#include "machine/module/module_reader.h"

namespace wasmlinux {

namespace {

thread_local NativeBlock native_block;

// Where a trap goes back to, and what it was.
thread_local sigjmp_buf *landing;
thread_local Trapped trapped;
thread_local char *memory_base;

void on_signal(int signal, siginfo_t *info, void *context) {
  if (!landing) {
    std::signal(signal, SIG_DFL);
    return;
  }
  trapped = {};
  const auto *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
  const auto *pc = reinterpret_cast<const uint8_t *>(registers[REG_RIP]);
  constexpr uint8_t kTrap[] = {0x67, 0x0f, 0xb9, 0x40};
  if (signal == SIGILL && std::memcmp(pc, kTrap, sizeof kTrap) == 0)
    trapped.code = static_cast<TrapCode>(pc[4]);
  else
    trapped.address = static_cast<uint64_t>(static_cast<char *>(info->si_addr) - memory_base);
  siglongjmp(*landing, 1);
}

void install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    initialize_llvm();
    constexpr size_t kSize = 64 << 10;
    stack_t stack{};
    stack.ss_sp = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack.ss_size = kSize;
    sigaltstack(&stack, nullptr);
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int signal : {SIGILL, SIGSEGV, SIGFPE, SIGBUS})
      sigaction(signal, &action, nullptr);
  });
}

}  // namespace

NativeBlock &NativeProgram::block() { return native_block; }

int32_t NativeProgram::fs_offset() {
  return static_cast<int32_t>(reinterpret_cast<char *>(&native_block) -
                              static_cast<char *>(__builtin_thread_pointer()));
}

NativeProgram::NativeProgram(std::vector<uint8_t> bytes, Options options) : bytes_(std::move(bytes)) {
  install_handlers();
  auto module = read_module(bytes_);
  if (!module)
    throw std::runtime_error(module.error());
  options.compile.fs_offset = fs_offset();
  options.compile.note = [](const std::string &text) {
    throw CompileError(CompileError::Kind::internal, text);
  };
  char path[] = "/tmp/wasmlinux-test-XXXXXX";
  int fd = mkstemp(path);
  if (fd < 0)
    throw std::runtime_error("mkstemp");
  close(fd);
  path_ = path;
  compile_module(*module, options.compile, path_);
  map_memory(*module, options);
  load(*module, options);
}

NativeProgram::~NativeProgram() {
  if (handle_)
    dlclose(handle_);
  if (reserved_)
    munmap(reserved_, reserved_size_);
  unlink(path_.c_str());
}

void NativeProgram::map_memory(const Module &module, const Options &options) {
  bool fixed = options.compile.memory == MemoryBase::kernel;
  reserved_size_ = kStateSize + kReservationSize;
  void *hint = fixed ? reinterpret_cast<void *>(kKernelBase - kStateSize) : nullptr;
  void *place = mmap(hint, reserved_size_, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (fixed ? MAP_FIXED_NOREPLACE : 0), -1, 0);
  if (place == MAP_FAILED)
    throw std::runtime_error("no room for a memory");
  reserved_ = static_cast<char *>(place);
  base_ = reserved_ + kStateSize;
  uint64_t mapped = options.mapped;
  if (!mapped && module.memory)
    mapped = uint64_t{module.memory->min} << 16;
  mprotect(reserved_, kStateSize, PROT_READ | PROT_WRITE);
  mprotect(base_, mapped, PROT_READ | PROT_WRITE);
}

void NativeProgram::load(const Module &module, const Options &options) {
  handle_ = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_)
    throw std::runtime_error(dlerror());
  image_ = static_cast<const CodeImage *>(dlsym(handle_, "wl_image"));
  if (!image_ || std::memcmp(image_->magic, kCodeMagic, sizeof kCodeMagic) != 0)
    throw std::runtime_error("not a code image");

  std::memcpy(base_ + kTableSizeDisplacement, &image_->table_size, 4);
  auto *table = reinterpret_cast<TableEntry *>(base_ + kTableDisplacement);
  auto *inits = at<ImageTableInit>(image_->table.first);
  for (uint32_t i = 0; i < image_->table.count; i++)
    table[inits[i].index] = {reinterpret_cast<uint64_t>(at(inits[i].code)), inits[i].signature};

  char *slot = base_ + kStateDisplacement;
  auto *imports = reinterpret_cast<void **>(slot + kStateImports);
  for (uint32_t i = 0; i < module.imports.size(); i++)
    imports[i] =
        options.import ? options.import(module.imports[i].module + "." + module.imports[i].name) : nullptr;
  auto *globals = at<ImageGlobal>(image_->globals.first);
  for (uint32_t i = 0; i < image_->globals.count; i++)
    std::memcpy(slot + kStateGlobals + globals[i].index * 16, &globals[i].low, 16);
  auto *data = at<ImageData>(image_->data.first);
  for (uint32_t i = 0; i < image_->data.count; i++)
    std::memcpy(base_ + data[i].address,
                data[i].bytes ? at(data[i].bytes)
                              : reinterpret_cast<const char *>(bytes_.data()) + data[i].file_offset,
                data[i].size);
  block().user_sp = block().kernel_sp = image_->initial_sp;
}

void *NativeProgram::exported(std::string_view name) const {
  auto *exports = at<ImageExport>(image_->exports.first);
  for (uint32_t i = 0; i < image_->exports.count; i++)
    if (std::string_view(at(exports[i].name.text), exports[i].name.size) == name)
      return const_cast<char *>(at(exports[i].code));
  throw std::runtime_error("no export " + std::string(name));
}

void NativeProgram::guarded(const std::function<void()> &body) {
  syscall(SYS_arch_prctl, ARCH_SET_GS, base_);
  memory_base = base_;
  sigjmp_buf here;
  landing = &here;
  if (sigsetjmp(here, 1) == 0) {
    body();
    landing = nullptr;
    return;
  }
  landing = nullptr;
  throw trapped;
}

std::vector<uint64_t> NativeProgram::take_scratch() {
  CallScratch &scratch = block().scratch;
  std::vector<uint64_t> values(scratch.slot, scratch.slot + scratch.live);
  scratch.live = 0;
  return values;
}

}  // namespace wasmlinux
