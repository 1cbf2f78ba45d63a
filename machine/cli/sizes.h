// SPDX-License-Identifier: Apache-2.0
/// Amounts of memory as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wasmlinux::cli {

/// "256M", "1G", "1.5G", "65536K", "268435456", also "256MiB", "256mb"; powers of
/// 1024. Nothing if it is no such thing.
std::optional<uint64_t> parse_size(std::string_view text);

/// For messages: the largest unit that gives a whole number.
std::string size_text(uint64_t bytes);

/// RAM for a guest, in bytes. Throws Failure if the machine or the host can't have
/// that much or that little.
uint64_t parse_ram(const std::string &text);

}  // namespace wasmlinux::cli
