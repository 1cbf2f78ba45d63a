// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/programs.h"

#include <cerrno>

#include "machine/cpu/trace.h"
#include "machine/cpu/user_imports.h"

namespace wasmlinux {

namespace {

/// Why a module that could be compiled is no program for this machine; empty if it is.
std::string why_unusable(const Code &code) {
  if (!code.image().entry_start)
    return "has no _start; programs are made with wasmlinux-cc";
  for (const ImageImport &import : code.array(code.image().imports)) {
    std::string_view module = code.text(import.module), name = code.text(import.name);
    if (!resolve_user_import(module, name, import.signature))
      return "imports " + std::string(module) + "." + std::string(name) +
             ", which is not there or has another type; programs are made with wasmlinux-cc";
  }
  return {};
}

}  // namespace

Programs::Programs(CodeService::Options options, InterruptSink &interrupts, bool trace,
                   std::function<void(const std::string &)> log)
    : interrupts_(interrupts), trace_(trace), log_(log), describe_(options.describe),
      service_(std::move(options), log) {}

Programs::~Programs() {
  users.clear();
  spaces.clear();
}

int32_t Programs::request(std::vector<uint8_t> module) {
  uint32_t number;
  {
    std::lock_guard lock(mutex_);
    number = next_request_++ & 0x7fffffff;
    requests_[number].name = describe_ ? describe_(module) : "";
  }
  uint64_t service_request = service_.request(std::move(module), [this, number](CodeService::Result result) {
    {
      std::lock_guard lock(mutex_);
      auto found = requests_.find(number);
      if (found == requests_.end())
        return;
      found->second.result = std::move(result);
    }
    interrupts_.raise(MACHINE_IRQ_CODE);
  });
  std::lock_guard lock(mutex_);
  if (auto found = requests_.find(number); found != requests_.end())
    found->second.service_request = service_request;
  return static_cast<int32_t>(number);
}

int32_t Programs::poll(uint32_t request, machine_code_info &info) {
  CodeService::Result result;
  std::string name;
  {
    std::lock_guard lock(mutex_);
    auto found = requests_.find(request);
    if (found == requests_.end())
      return -EINVAL;
    if (!found->second.result)
      return -EAGAIN;
    result = std::move(*found->second.result);
    name = std::move(found->second.name);
    requests_.erase(found);
  }
  if (!result) {
    log_(result.error().message);
    return -result.error().guest_errno;
  }
  if (std::string why = why_unusable(**result); !why.empty()) {
    log_((name.empty() ? "a program" : name) + " " + why);
    return -ENOEXEC;
  }
  const CodeImage &image = (*result)->image();
  info.memory_size = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{image.memory_min} << 16, 0xffff0000));
  info.data_start = image.data_start;
  info.heap_base = image.heap_base;
  info.nr_data = image.data.count;
  info.flags = image.entry_thread ? MACHINE_CODE_THREADS : 0;
  info.handle = codes_.add(std::move(*result));
  if (trace_)
    Trace::line("code: program %u, %u functions, %u bytes of memory", info.handle, image.functions.count,
                info.memory_size);
  return 0;
}

void Programs::cancel(uint32_t request) {
  uint64_t service_request = 0;
  {
    std::lock_guard lock(mutex_);
    auto found = requests_.find(request);
    if (found == requests_.end())
      return;
    service_request = found->second.service_request;
    requests_.erase(found);
  }
  service_.cancel(service_request);
}

void Programs::release(uint32_t code) { codes_.remove(code); }

int32_t Programs::data(uint32_t code, uint32_t index, machine_code_data &data) const {
  const Code *program = codes_.find(code);
  if (!program)
    return -EINVAL;
  auto segments = program->array(program->image().data);
  if (index >= segments.size())
    return -EINVAL;
  data = {segments[index].address, segments[index].size, segments[index].file_offset};
  return 0;
}

std::shared_ptr<const Code> Programs::find(uint32_t code) const { return codes_.share(code); }

}  // namespace wasmlinux
