// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/sizes.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>

#include <charconv>
#include <cmath>

#include "abi/machine.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {
namespace {

constexpr uint64_t kRamUnit = uint64_t{64} << 10;
constexpr uint64_t kRamMin = uint64_t{32} << 20;
constexpr std::string_view kUnits = "KMGT";

}  // namespace

std::optional<uint64_t> parse_size(std::string_view text) {
  double number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || number < 0)
    return std::nullopt;
  std::string_view unit(end, text.data() + text.size());
  if (!unit.empty()) {
    auto power = kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0]))));
    std::string_view rest = unit.substr(1);
    if (power == kUnits.npos || (!rest.empty() && rest != "B" && rest != "b" && rest != "iB" && rest != "ib"))
      return std::nullopt;
    number *= std::pow(1024.0, static_cast<double>(power + 1));
  }
  if (number >= std::pow(2.0, 63) || number != std::floor(number))
    return std::nullopt;
  return static_cast<uint64_t>(number);
}

std::string size_text(uint64_t bytes) {
  size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", bytes, unit == 0 ? "" : std::string(1, kUnits[unit - 1]));
}

uint64_t parse_ram(const std::string &text) {
  auto bytes = parse_size(text);
  if (!bytes)
    throw Failure(kFailed, fmt::format("--ram {}: give an amount such as 256M or 1G", text));
  if (*bytes < kRamMin || *bytes > MACHINE_RAM_MAX || *bytes % kRamUnit != 0)
    throw Failure(kFailed, fmt::format("--ram {}: must be between {} and {}, in steps of {}", text,
                                       size_text(kRamMin), size_text(MACHINE_RAM_MAX), size_text(kRamUnit)));
  struct sysinfo host;
  if (::sysinfo(&host) == 0) {
    uint64_t available = (uint64_t{host.totalram} + host.totalswap) * host.mem_unit;
    if (*bytes > available)
      throw Failure(kFailed,
                    fmt::format("--ram {}: the host has only {}M; give less", text, available >> 20));
  }
  return *bytes;
}

}  // namespace wasmlinux::cli
