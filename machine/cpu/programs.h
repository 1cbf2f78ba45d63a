// SPDX-License-Identifier: Apache-2.0
/// What a kernel holds by handle: address spaces, user contexts, programs and the
/// requests for them. Touched only by the vCPU's thread, but for completions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "abi/machine.h"
#include "machine/code/code_service.h"
#include "machine/cpu/contexts.h"
#include "machine/cpu/handle_table.h"
#include "machine/cpu/interrupts.h"
#include "machine/mmu/address_space.h"

namespace wasmlinux {

class Programs {
public:
  Programs(CodeService::Options options, InterruptSink &interrupts, bool trace,
           std::function<void(const std::string &)> log);
  /// Waits for no one: what is under way is cancelled.
  ~Programs();

  // ---- machine_code_*() of abi/machine.h; results and errors are the kernel's ----
  int32_t request(std::vector<uint8_t> module);
  int32_t poll(uint32_t request, machine_code_info &info);
  void cancel(uint32_t request);
  void release(uint32_t code);
  int32_t data(uint32_t code, uint32_t index, machine_code_data &data) const;
  std::shared_ptr<const Code> find(uint32_t code) const;

  // ---- Tables of handles ----
  std::unique_ptr<Mmu> mmu;  // made when the kernel has told its page size
  HandleTable<std::unique_ptr<AddressSpace>> spaces;
  HandleTable<std::unique_ptr<UserContext>> users;

private:
  struct Pending {
    uint64_t service_request = 0;
    std::string name;  // for messages
    std::optional<CodeService::Result> result;
  };

  InterruptSink &interrupts_;
  const bool trace_;
  std::function<void(const std::string &)> log_;
  std::function<std::string(std::span<const uint8_t>)> describe_;
  HandleTable<std::shared_ptr<const Code>> codes_;
  std::mutex mutex_;  // guards requests_: completions come from other threads
  std::map<uint32_t, Pending> requests_;
  uint32_t next_request_ = 1;
  CodeService service_;  // last: its threads are gone before what they use
};

}  // namespace wasmlinux
