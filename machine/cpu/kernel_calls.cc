// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/kernel_calls.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include "machine/cpu/machine.h"
#include "machine/cpu/native_block.h"
#include "machine/cpu/programs.h"
#include "machine/cpu/user_imports.h"
#include "machine/cpu/vcpu.h"

namespace wasmlinux {

namespace {

/// A struct in the kernel's memory. A bad address is a bug of the kernel's.
template <typename T> T &struct_at(uint32_t address) {
  auto bytes = current_machine().ram_at(address, sizeof(T));
  if (bytes.empty())
    throw std::logic_error("the kernel names memory that is not there: " + std::to_string(address));
  return *reinterpret_cast<T *>(bytes.data());
}

Vcpu &vcpu() { return current_machine().vcpu(); }
Programs &programs() { return current_machine().programs(); }

UserContext &user_at(uint32_t handle) {
  UserContext *user = programs().users.find(handle);
  if (!user)
    throw std::logic_error("the kernel names user context " + std::to_string(handle) +
                           ", which is not there");
  return *user;
}

AddressSpace &space_at(uint32_t handle) {
  AddressSpace *space = programs().spaces.find(handle);
  if (!space)
    throw std::logic_error("the kernel names address space " + std::to_string(handle) +
                           ", which is not there");
  return *space;
}

// ---- vCPUs and time ------------------------------------------------------------

void vcpu_init(uint32_t cpu, uint32_t block) {
  if (cpu != 0)
    throw std::logic_error("the kernel initialises vCPU " + std::to_string(cpu) + " of one");
  vcpu().set_block(block, &struct_at<machine_vcpu>(block));
}

int32_t vcpu_start(uint32_t, uint32_t, uint32_t) { return -ENODEV; }  // boot_info says one vCPU

void ipi(uint32_t cpu) {
  if (cpu == 0)
    vcpu().raise(MACHINE_IRQ_IPI);
}

void idle() { vcpu().idle(); }
uint64_t clock() { return Vcpu::clock(); }
void timer_set(uint64_t when) { vcpu().set_timer(when); }

// ---- Contexts --------------------------------------------------------------------

uint32_t context_new(uint32_t sp, uint32_t argument) { return vcpu().context_new(sp, argument); }
void context_free(uint32_t context) { vcpu().context_free(context); }
uint32_t context_switch(uint32_t next, uint32_t value) { return vcpu().context_switch(next, value); }
uint32_t context_current() { return vcpu().context_current(); }

int32_t user_new(uint32_t mm) {
  auto user = vcpu().user_new(space_at(mm));
  if (!user)
    return -ENOMEM;
  uint32_t handle = programs().users.add(std::move(user));
  user_at(handle).handle = handle;
  return static_cast<int32_t>(handle);
}

void user_free(uint32_t handle) {
  if (auto user = programs().users.remove(handle))
    vcpu().user_free(std::move(user));
}

int32_t user_exec(uint32_t handle, uint32_t code_handle, uint32_t sp) {
  UserContext &user = user_at(handle);
  auto code = programs().find(code_handle);
  if (!code)
    return -EINVAL;
  vcpu().unload(user);
  if (auto loaded = user.space->load(code, resolve_user_import); !loaded) {
    current_machine().log("cannot run the program: " + loaded.error().message);
    return -loaded.error().guest_errno;
  }
  if (!code->image().entry_start)
    return -ENOEXEC;
  user.sp = sp;
  user.tls = 0;
  user.start_at(reinterpret_cast<uint64_t>(code->at(code->image().entry_start)), sp);
  return 0;
}

int32_t user_thread(uint32_t handle, uint32_t, uint32_t sp, uint32_t tls) {
  UserContext &user = user_at(handle);
  const Code *program = user.space->program();
  if (!program || !program->image().entry_thread)
    return -EINVAL;
  vcpu().unload(user);
  user.sp = sp;
  user.tls = tls;
  user.start_at(reinterpret_cast<uint64_t>(program->at(program->image().entry_thread)), sp);
  return 0;
}

int32_t user_fork(uint32_t handle, uint32_t parent_handle) {
  UserContext &user = user_at(handle), &parent = user_at(parent_handle);
  vcpu().unload(parent);
  user.sp = parent.sp;
  user.tls = parent.tls;
  return user.copy_stack(parent) ? 0 : -ENOMEM;
}

uint32_t user_run(uint32_t handle, uint32_t trap) {
  // Every system call comes by here: nearly always for the context that ran last.
  Vcpu &cpu = *current_vcpu();
  UserContext *user = cpu.loaded();
  if (!user || user->handle != handle)
    user = &user_at(handle);
  return cpu.user_run(*user, struct_at<machine_trap>(trap));
}

int32_t user_call(uint32_t handle, uint32_t fn, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t sp,
                  uint32_t cookie) {
  UserContext &user = user_at(handle);
  const Code *program = user.space->program();
  if (!program || !program->image().entry_call)
    return -EINVAL;
  vcpu().unload(user);
  if (!user.push_call(reinterpret_cast<uint64_t>(program->at(program->image().entry_call)), {fn, a0, a1, a2},
                      cookie))
    return -ENOMEM;
  user.sp = sp;
  return 0;
}

uint32_t user_get(uint32_t handle, uint32_t reg) {
  UserContext &user = user_at(handle);
  vcpu().unload(user);
  return reg == MACHINE_REG_SP ? user.sp : user.tls;
}

void user_set(uint32_t handle, uint32_t reg, uint32_t value) {
  UserContext &user = user_at(handle);
  vcpu().unload(user);
  (reg == MACHINE_REG_SP ? user.sp : user.tls) = value;
}

// ---- Memory ------------------------------------------------------------------------

int32_t mm_new(uint32_t pgd) {
  try {
    return static_cast<int32_t>(programs().spaces.add(programs().mmu->create(pgd)));
  } catch (const std::system_error &) {
    return -ENOMEM;
  }
}

void mm_free(uint32_t handle) {
  if (auto space = programs().spaces.remove(handle))
    vcpu().forget(*space);
}

int32_t mm_fork(uint32_t handle, uint32_t parent) {
  try {
    space_at(handle).copy_state(space_at(parent));
    return 0;
  } catch (const std::system_error &) {
    return -ENOMEM;
  }
}

void mm_flush(uint32_t handle, uint32_t start, uint32_t size) {
  if (current_machine().options().trace.mmu)
    Trace::line("mmu: flush %u %08x+%x", handle, start, size);
  space_at(handle).flush(start, size);
}

void mm_prefill(uint32_t handle, uint32_t start, uint32_t size) { space_at(handle).prefill(start, size); }

int32_t kernel_map(uint32_t address, uint32_t physical, uint32_t size, uint32_t write) {
  return current_machine().ram().map(address, physical, size, write != 0);
}

void kernel_unmap(uint32_t address, uint32_t size) { current_machine().ram().unmap(address, size); }

// ---- Programs ------------------------------------------------------------------------

int32_t code_request(uint32_t chunks, uint32_t count) {
  std::vector<uint8_t> module;
  for (uint32_t i = 0; i < count; i++) {
    const auto &chunk = struct_at<const machine_chunk>(chunks + i * sizeof(machine_chunk));
    auto bytes = current_machine().ram_at(chunk.address, chunk.size);
    if (bytes.size() != chunk.size)
      return -EFAULT;
    const auto *first = reinterpret_cast<const uint8_t *>(bytes.data());
    module.insert(module.end(), first, first + bytes.size());
  }
  return programs().request(std::move(module));
}

int32_t code_poll(uint32_t request, uint32_t info) {
  return programs().poll(request, struct_at<machine_code_info>(info));
}

void code_cancel(uint32_t request) { programs().cancel(request); }
void code_release(uint32_t code) { programs().release(code); }

int32_t code_data(uint32_t code, uint32_t index, uint32_t data) {
  return programs().data(code, index, struct_at<machine_code_data>(data));
}

// ---- For debugging -----------------------------------------------------------------------

uint32_t backtrace(uint32_t codes, uint32_t max) {
  constexpr uint32_t kMost = 128;
  uint64_t pcs[kMost];
  size_t count = vcpu().backtrace(pcs, std::min(max, kMost));
  auto bytes = current_machine().ram_at(codes, static_cast<uint32_t>(count * 4));
  for (size_t i = 0; i < count && !bytes.empty(); i++) {
    auto code = static_cast<uint32_t>(pcs[i] - current_machine().kernel().text_start());
    std::memcpy(bytes.data() + i * 4, &code, 4);
  }
  return static_cast<uint32_t>(count);
}

uint32_t symbol(uint32_t code, uint32_t user, uint32_t buffer, uint32_t size) {
  const Code *program = &current_machine().kernel();
  if (user)
    program = user_at(user).space->program();
  auto bytes = current_machine().ram_at(buffer, size);
  if (!program || bytes.empty())
    return 0;
  uintptr_t pc = program->text_start() + code;
  const ImageFunction *function = program->function_at(pc);
  char text[256];
  if (function) {
    std::string_view name = program->text(function->name);
    auto offset = static_cast<unsigned>(pc - reinterpret_cast<uintptr_t>(program->at(function->code)));
    if (name.empty())
      std::snprintf(text, sizeof text, "function[%u]+0x%x/0x%x", function->index, offset, function->size);
    else
      std::snprintf(text, sizeof text, "%.*s+0x%x/0x%x", static_cast<int>(name.size()), name.data(), offset,
                    function->size);
  } else {
    std::snprintf(text, sizeof text, "0x%x", code);
  }
  size_t length = std::min<size_t>(std::strlen(text), size - 1);
  std::memcpy(bytes.data(), text, length);
  bytes[length] = std::byte{0};
  return static_cast<uint32_t>(length);
}

}  // namespace

std::span<const KernelCall> cpu_calls() {
  static const KernelCall calls[] = {
      kernel_call<vcpu_init>("vcpu_init"),
      kernel_call<vcpu_start>("vcpu_start"),
      kernel_call<ipi>("ipi"),
      kernel_call<idle>("idle"),
      kernel_call<clock>("clock"),
      kernel_call<timer_set>("timer_set"),
      kernel_call<context_new>("context_new"),
      kernel_call<context_free>("context_free"),
      kernel_call<context_switch>("context_switch"),
      kernel_call<context_current>("context_current"),
      kernel_call<user_new>("user_new"),
      kernel_call<user_free>("user_free"),
      kernel_call<user_exec>("user_exec"),
      kernel_call<user_thread>("user_thread"),
      kernel_call<user_fork>("user_fork"),
      kernel_call<user_run>("user_run"),
      kernel_call<user_call>("user_call"),
      kernel_call<user_get>("user_get"),
      kernel_call<user_set>("user_set"),
      kernel_call<mm_new>("mm_new"),
      kernel_call<mm_free>("mm_free"),
      kernel_call<mm_fork>("mm_fork"),
      kernel_call<mm_flush>("mm_flush"),
      kernel_call<mm_prefill>("mm_prefill"),
      kernel_call<kernel_map>("kernel_map"),
      kernel_call<kernel_unmap>("kernel_unmap"),
      kernel_call<code_request>("code_request"),
      kernel_call<code_poll>("code_poll"),
      kernel_call<code_cancel>("code_cancel"),
      kernel_call<code_release>("code_release"),
      kernel_call<code_data>("code_data"),
      kernel_call<backtrace>("backtrace"),
      kernel_call<symbol>("symbol"),
  };
  return calls;
}

}  // namespace wasmlinux
