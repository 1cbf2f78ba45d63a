// SPDX-License-Identifier: Apache-2.0
/// The machine with a kernel of one file (tests/machine): interrupts, traps, memory,
/// contexts and user code without Linux.
#include "machine/cpu/machine.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "machine/cpu/native_block.h"

namespace wasmlinux {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> file(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_FALSE(text.empty()) << path;
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  return {bytes, bytes + text.size()};
}

class MachineTest : public testing::Test {
protected:
  Machine::Options options(const std::string &kernel) {
    Machine::Options options;
    options.ram_bytes = uint64_t{64} << 20;
    options.kernel_image = compiled(kernel);
    options.devices.console = [this](std::string_view text) {
      console_ += text;
      spoke_ = true;
    };
    options.log = [this](const std::string &line) { console_ += line + "\n"; };
    options.code.worker = WASMLINUX_WORKER;
    return options;
  }

  /// A kernel module of the build, compiled for this program.
  static std::string compiled(const std::string &name, const std::string &memory = "kernel") {
    fs::path output =
        fs::path(testing::TempDir()) / (name + "." + memory + "." + std::to_string(getpid()) + ".so");
    if (!fs::exists(output)) {
      std::string command = std::string(WASMLINUX_WORKER) + " --kind=kernel --memory=" + memory +
                            " --fs-offset=" + std::to_string(native_fs_offset()) +
                            " " WASMLINUX_TEST_MODULES "/" + name + ".wasm -o " + output.string();
      EXPECT_EQ(std::system(command.c_str()), 0);
    }
    return output;
  }

  std::string console_;
  std::atomic<bool> spoke_ = false;
};

TEST_F(MachineTest, RunsTheMiniKernelAndItsProgram) {
  auto options = this->options("mini_kernel");
  options.initrd = file(WASMLINUX_TEST_MODULES "/mini_user.wasm");
  Machine machine(std::move(options));
  auto exit = machine.run();
  EXPECT_EQ(exit.reason, Machine::Exit::Reason::power_off) << exit.message;
  EXPECT_EQ(exit.status, 0u);
  EXPECT_EQ(console_, "mini kernel: all well\n");
}

TEST_F(MachineTest, RunsOnAHostWithoutFsgsbase) {
  auto options = this->options("mini_kernel");
  options.initrd = file(WASMLINUX_TEST_MODULES "/mini_user.wasm");
  options.fast_base = false;
  options.verbose = true;
  Machine machine(std::move(options));
  EXPECT_EQ(machine.run().reason, Machine::Exit::Reason::power_off);
  EXPECT_NE(console_.find("FSGSBASE"), std::string::npos);
}

TEST_F(MachineTest, AKernelBehindGsRunsWhereTheFixedAddressIsTaken) {
  Machine first(options("mini_kernel"));  // takes it
  auto options = this->options("mini_kernel");
  EXPECT_THROW(Machine second(options), std::system_error);
  options.kernel_image = compiled("mini_kernel", "gs");
  options.initrd = file(WASMLINUX_TEST_MODULES "/mini_user.wasm");
  Machine second(std::move(options));
  auto exit = second.run();
  EXPECT_EQ(exit.reason, Machine::Exit::Reason::power_off) << exit.message << console_;
  EXPECT_EQ(first.run().reason, Machine::Exit::Reason::power_off);
}

TEST_F(MachineTest, RunsAgainInTheSameProcess) {
  for (int i = 0; i < 3; i++) {
    Machine machine(options("mini_kernel"));
    EXPECT_EQ(machine.run().reason, Machine::Exit::Reason::power_off);
  }
}

TEST_F(MachineTest, AnExceptionOfAKernelCallEndsTheMachineWithItsMessage) {
  auto options = this->options("mini_kernel");
  options.initrd = std::vector<std::byte>(100, std::byte{'x'});  // no module: check() fails, then panics
  Machine machine(std::move(options));
  auto exit = machine.run();
  EXPECT_EQ(exit.reason, Machine::Exit::Reason::panic);
  EXPECT_NE(console_.find("mini_kernel.c:"), std::string::npos) << console_;
}

TEST_F(MachineTest, StopsAKernelThatLoops) {
  Machine machine(options("spin_kernel"));
  std::thread stopper([&] {
    while (!spoke_)
      std::this_thread::yield();
    machine.stop("stopped by the test");
  });
  auto exit = machine.run();
  stopper.join();
  EXPECT_EQ(exit.reason, Machine::Exit::Reason::failure);
  EXPECT_EQ(exit.message, "stopped by the test");
}

TEST_F(MachineTest, TheWatchdogStrikesAKernelThatIgnoresInterrupts) {
  auto options = this->options("spin_kernel");
  options.cmdline = "deaf";
  options.watchdog_seconds = 1;
  Machine machine(std::move(options));
  auto exit = machine.run();
  EXPECT_EQ(exit.reason, Machine::Exit::Reason::panic);
  EXPECT_NE(console_.find("spin_forever"), std::string::npos) << console_;
}

TEST_F(MachineTest, RefusesRamThatItCannotHave) {
  for (uint64_t bytes : {uint64_t{1} << 20, uint64_t{3} << 30, (uint64_t{64} << 20) + 1}) {
    auto options = this->options("mini_kernel");
    options.ram_bytes = bytes;
    EXPECT_THROW(Machine machine(std::move(options)), std::invalid_argument);
  }
}

TEST_F(MachineTest, RefusesAKernelThatIsNone) {
  auto options = this->options("mini_kernel");
  options.kernel_image = "/nonexistent/vmlinux";
  EXPECT_THROW(Machine machine(std::move(options)), std::exception);
}

}  // namespace
}  // namespace wasmlinux
