// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/devices.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "machine/devices/entropy.h"
#include "machine/devices/terminal.h"

namespace wasmlinux {
namespace {

struct Lines : InterruptSink {
  void raise(uint32_t lines) override { raised |= lines; }
  std::atomic<uint32_t> raised{0};
};

/// One register, which interrupts when written.
class Register : public MmioDevice {
public:
  uint32_t read(uint32_t offset, uint32_t size) override { return offset == 8 && size == 4 ? value_ : 0; }
  void write(uint32_t offset, uint32_t, uint32_t value) override {
    if (offset == 8) {
      value_ = value;
      interrupt();
    }
  }

private:
  uint32_t value_ = 0;
};

TEST(MmioBus, DevicesHaveWindowsAndInterrupt) {
  Lines lines;
  MmioBus bus(lines);
  const uint32_t first = bus.add(std::make_unique<Register>());
  const uint32_t second = bus.add(std::make_unique<Register>());
  EXPECT_EQ(first, MACHINE_DEVICE_START + 0x1000);
  EXPECT_EQ(second, first + 0x1000);
  bus.write(second + 8, 4, 77);
  EXPECT_EQ(bus.read(second + 8, 4), 77u);
  EXPECT_EQ(bus.read(first + 8, 4), 0u);
  EXPECT_EQ(lines.raised, MACHINE_IRQ_DEVICE);
  EXPECT_EQ(bus.read(MACHINE_DEVICE_STATUS, 4), 2u);
  EXPECT_EQ(bus.read(MACHINE_DEVICE_STATUS, 4), 0u);  // reading clears
}

TEST(MmioBus, WhatIsNotThereIsZero) {
  Lines lines;
  MmioBus bus(lines);
  const uint32_t address = bus.add(std::make_unique<Register>());
  bus.write(address + 8, 4, 1);
  for (uint32_t nowhere : {uint32_t{0}, MACHINE_DEVICE_START + 4, address + 0x1000, MACHINE_DEVICE_END - 4,
                           uint32_t{0xfffffffc}})
    EXPECT_EQ(bus.read(nowhere, 4), 0u);
  EXPECT_EQ(bus.read(address + 8, 3), 0u);
  EXPECT_EQ(bus.read(address + 8, 0), 0u);
  EXPECT_EQ(bus.read(address + 9, 4), 0u);
  bus.write(address + 0x1000, 4, 5);
  for (uint32_t i = 1; i < MmioBus::kDevicesMax; ++i)
    bus.add(std::make_unique<Register>());
  EXPECT_THROW(bus.add(std::make_unique<Register>()), std::length_error);
}

TEST(Entropy, DoesNotRepeatItself) {
  std::array<std::byte, 64> first{}, second{};
  fill_random(first);
  fill_random(second);
  EXPECT_NE(first, second);
  fill_random({});
}

TEST(Devices, KnowTheWindowsSize) {
  int master, slave;
  winsize size{33, 111, 0, 0};
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
  Lines lines;
  Devices devices({.files = {.terminal_in = slave, .terminal_out = slave}, .console = {}}, lines);
  EXPECT_TRUE(devices.has_terminal());
  EXPECT_EQ(devices.window_size(), 33u << 16 | 111);
  size = {0, 0, 0, 0};
  ::ioctl(master, TIOCSWINSZ, &size);
  EXPECT_EQ(devices.window_size(), 24u << 16 | 80);
  devices.window_changed();
  EXPECT_EQ(lines.raised, MACHINE_IRQ_WINDOW);
  ::close(master);
  ::close(slave);
}

TEST(Devices, GiveTheConsoleWhatTheKernelSays) {
  Lines lines;
  std::string console;
  Devices devices({.files = {}, .console = [&](std::string_view text) { console += text; }}, lines);
  EXPECT_FALSE(devices.has_terminal());
  EXPECT_EQ(devices.window_size(), 0u);
  devices.console_write("Linux version");
  devices.console_write(" 6.12\n");
  EXPECT_EQ(console, "Linux version 6.12\n");
  devices.drain();
}

TEST(RawTerminal, IsRestoredAsItWasFound) {
  int master, slave;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  auto modes = [&] {
    termios now;
    ::tcgetattr(slave, &now);
    return now.c_lflag & (ECHO | ICANON | ISIG);
  };
  const tcflag_t found = modes();
  EXPECT_NE(found, 0u);
  {
    RawTerminal terminal(slave);
    terminal.enter();
    EXPECT_TRUE(terminal.raw());
    EXPECT_EQ(modes(), 0u);
    terminal.leave();
    EXPECT_EQ(modes(), found);
    terminal.enter();
    terminal.enter();
    EXPECT_EQ(modes(), 0u);
  }
  EXPECT_EQ(modes(), found);
  RawTerminal nothing(-1);
  nothing.enter();
  EXPECT_FALSE(nothing.raw());
  ::close(master);
  ::close(slave);
}

}  // namespace
}  // namespace wasmlinux
