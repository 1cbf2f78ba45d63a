// SPDX-License-Identifier: Apache-2.0
/// The table of functions that kernel code imports from module "machine". Each
/// part of the machine lists its own; names and types are checked against the
/// kernel's imports when the kernel is loaded.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace wasmlinux {

class Machine;

/// One machine_* function of abi/machine.h. The native function is called with
/// the kernel's arguments; it finds its machine by current_machine().
struct KernelCall {
  std::string_view name;
  void *function;
  uint64_t signature;
};

/// The machine whose vCPU this thread is.
Machine &current_machine();

namespace detail {
template <typename T> constexpr uint64_t type_code() {
  if constexpr (std::is_same_v<T, float>)
    return 3;
  else if constexpr (std::is_same_v<T, double>)
    return 4;
  else if constexpr (sizeof(T) == 8)
    return 2;
  else
    return 1;
}

template <typename R, typename... A> constexpr uint64_t signature_of(R (*)(A...)) {
  uint64_t bits = 0;
  unsigned at = 0;
  ((bits |= type_code<A>() << at, at += 3), ...);
  at += 3;  // the marker between parameters and results
  if constexpr (!std::is_void_v<R>) {
    bits |= type_code<R>() << at;
    at += 3;
  }
  return bits | uint64_t{1} << at;
}
/// What generated code calls: an exception must not leave a kernel call through its
/// frames, so it ends the machine.
[[noreturn]] void end_machine_by_exception();

/// Takes interrupts that came while the kernel's call was in the machine's code,
/// which can't be interrupted itself.
void look_at_interrupts();

template <auto function, typename Signature> struct Guarded;
template <auto function, typename R, typename... A> struct Guarded<function, R (*)(A...)> {
  static R call(A... arguments) noexcept {
    try {
      if constexpr (std::is_void_v<R>) {
        function(arguments...);
        look_at_interrupts();
      } else {
        R result = function(arguments...);
        look_at_interrupts();
        return result;
      }
    } catch (...) {
      end_machine_by_exception();
    }
  }
};
}  // namespace detail

/// `kernel_call<function>("name")`. Parameters are uint32_t, int32_t, uint64_t, int64_t.
template <auto function> KernelCall kernel_call(std::string_view name) {
  return {name, reinterpret_cast<void *>(detail::Guarded<function, decltype(function)>::call),
          detail::signature_of(function)};
}

}  // namespace wasmlinux
