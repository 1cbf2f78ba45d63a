// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

namespace wasmlinux {
namespace {

/// A vCPU that waits for its interrupt.
class Interrupts : public InterruptSink {
public:
  void raise(uint32_t lines) override {
    std::lock_guard lock(mutex_);
    pending_ |= lines;
    ++count_;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [&] { return pending_ != 0; }));
    EXPECT_EQ(pending_, MACHINE_IRQ_STREAM);
    pending_ = 0;
  }
  int count() {
    std::lock_guard lock(mutex_);
    return count_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint32_t pending_ = 0;
  int count_ = 0;
};

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out = UniqueFd(ends[0]);
    in = UniqueFd(ends[1]);
  }
  UniqueFd out, in;  // out comes what in took
};

/// A pseudo-terminal. What is read from and written to its master may wait, and the
/// host has no second way to open it: a file of the last kind.
struct Terminal {
  Terminal() {
    int a, b;
    EXPECT_EQ(::openpty(&a, &b, nullptr, nullptr, nullptr), 0);
    master = UniqueFd(a);
    slave = UniqueFd(b);
    termios raw;
    ::tcgetattr(b, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(b, TCSANOW, &raw);
  }
  UniqueFd master, slave;
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class StreamsTest : public ::testing::Test {
protected:
  Streams &open(const Streams::Files &files) {
    streams_.emplace(files, io_, interrupts_);
    return *streams_;
  }
  static std::string now(Streams &streams, uint32_t stream, size_t size) {
    std::string buffer(size, '\0');
    int32_t n = streams.read(stream, std::as_writable_bytes(std::span(buffer)));
    return n < 0 ? std::string("errno ") + std::to_string(-n) : buffer.substr(0, static_cast<size_t>(n));
  }
  /// As a driver does: asks again after each interrupt.
  std::string read(Streams &streams, uint32_t stream, size_t size) {
    for (;;) {
      std::string got = now(streams, stream, size);
      if (got != "errno " + std::to_string(EAGAIN))
        return got;
      interrupts_.wait();
      if (HasFatalFailure())
        return "nothing";
    }
  }
  void write_all(Streams &streams, uint32_t stream, std::string_view text) {
    while (!text.empty()) {
      int32_t n = streams.write(stream, bytes(text));
      if (n == -EAGAIN) {
        interrupts_.wait();
        ASSERT_FALSE(HasFatalFailure());
      } else {
        ASSERT_GT(n, 0);
        text.remove_prefix(static_cast<size_t>(n));
      }
    }
  }
  static std::string all_of(int fd) {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<size_t>(n));
    return text;
  }

  Interrupts interrupts_;
  IoThread io_;
  std::optional<Streams> streams_;
};

TEST_F(StreamsTest, ReadsAPipeToItsEnd) {
  Pipe pipe;
  auto &streams = open({.input = pipe.out.get()});
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 10), "errno 11");
  ASSERT_EQ(::write(pipe.in.get(), "hello", 5), 5);
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 3), "hel");
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "lo");
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 10), "errno 11");
  pipe.in.reset();
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "");
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "");
}

TEST_F(StreamsTest, LeavesWhatTheGuestDoesNotRead) {
  Pipe pipe;
  auto &streams = open({.input = pipe.out.get()});
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 1), "errno 11");
  ASSERT_EQ(::write(pipe.in.get(), "for the guest\nfor the next\n", 27), 27);
  interrupts_.wait();
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 1u);
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 14), "for the guest\n");
  streams_.reset();
  pipe.in.reset();
  EXPECT_EQ(all_of(pipe.out.get()), "for the next\n");
}

TEST_F(StreamsTest, LeavesTheHostsFilesBlocking) {
  Pipe in, out;
  open({.input = in.out.get(), .output = out.in.get()});
  EXPECT_EQ(::fcntl(in.out.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(out.in.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(StreamsTest, HoldsAWriterUntilItsReaderIsThere) {
  Pipe pipe;
  auto &streams = open({.output = pipe.in.get()});
  const std::string text(1 << 20, 'x');
  std::string got;
  std::thread reader([&] { got = all_of(pipe.out.get()); });
  write_all(streams, MACHINE_STREAM_STDOUT, text);
  streams_.reset();
  pipe.in.reset();
  reader.join();
  EXPECT_EQ(got, text);
}

TEST_F(StreamsTest, TellsAWriterThatItsReaderIsGone) {
  Pipe pipe;
  auto &streams = open({.output = pipe.in.get()});
  pipe.out.reset();
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("x")), -EPIPE);  // and we are still here
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_FALSE(sigismember(&pending, SIGPIPE));
}

TEST_F(StreamsTest, WakesAWriterWhenItsReaderGoes) {
  Pipe pipe;
  auto &streams = open({.output = pipe.in.get()});
  const std::string text(1 << 20, 'x');
  int32_t n;
  while ((n = streams.write(MACHINE_STREAM_STDOUT, bytes(text))) > 0) {
  }
  EXPECT_EQ(n, -EAGAIN);
  pipe.out.reset();
  interrupts_.wait();
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("x")), -EPIPE);
}

TEST_F(StreamsTest, PollsWithoutTaking) {
  Pipe in, out;
  auto &streams = open({.input = in.out.get(), .output = out.in.get()});
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 0u);
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDOUT), 2u);
  ASSERT_EQ(::write(in.in.get(), "x", 1), 1);
  interrupts_.wait();
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 1u);
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "x");
}

TEST_F(StreamsTest, IsAsleepWhenNobodyAsks) {
  Pipe pipe;
  open({.input = pipe.out.get()});
  ASSERT_EQ(::write(pipe.in.get(), "x", 1), 1);
  pipe.in.reset();  // readable, at its end, hung up: nothing to do with us
  streams_.reset();
  EXPECT_EQ(interrupts_.count(), 0);
}

TEST_F(StreamsTest, KeepsTheOrderOfOutputAndErrors) {
  Pipe pipe;
  auto &streams = open({.output = pipe.in.get(), .error = pipe.in.get()});
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    write_all(streams, MACHINE_STREAM_STDOUT, "out ");
    write_all(streams, MACHINE_STREAM_STDERR, "err ");
    expected += "out err ";
  }
  streams_.reset();
  pipe.in.reset();
  EXPECT_EQ(all_of(pipe.out.get()), expected);
}

TEST_F(StreamsTest, WritesFilesAtOnceAndTellsOfFullDisks) {
  char name[] = "/tmp/wl-streams-XXXXXX";
  UniqueFd file(::mkostemp(name, O_CLOEXEC));
  ::unlink(name);
  UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  auto &streams = open({.input = file.get(), .output = file.get(), .error = full.get()});
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("text")), 4);
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDERR, bytes("text")), -ENOSPC);
  ::lseek(file.get(), 1, SEEK_SET);
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 10), "ext");
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 4);  // the position is the host's
}

TEST_F(StreamsTest, ClosedFilesAreBadFiles) {
  auto &streams = open({});
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 1), "errno 9");
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("x")), -EBADF);
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDIN, bytes("x")), -EBADF);
  EXPECT_EQ(streams.write(17, bytes("x")), -EBADF);
  EXPECT_EQ(streams.poll(17), 0u);
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 1u);
}

TEST_F(StreamsTest, UsesSockets) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd ours(ends[0]), theirs(ends[1]);
  auto &streams = open({.input = ours.get(), .output = ours.get()});
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("ping")), 4);
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 10), "errno 11");
  ASSERT_EQ(::write(theirs.get(), "pong", 4), 4);
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "pong");
  char ping[8];
  EXPECT_EQ(::read(theirs.get(), ping, sizeof ping), 4);
  theirs.reset();
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 10), "");
  EXPECT_EQ(streams.write(MACHINE_STREAM_STDOUT, bytes("x")), -EPIPE);
}

TEST_F(StreamsTest, TerminalsGoBothWays) {
  Terminal terminal;
  auto &streams = open({.terminal_in = terminal.slave.get(), .terminal_out = terminal.slave.get()});
  EXPECT_EQ(streams.poll(MACHINE_STREAM_TTY), 2u);
  ASSERT_EQ(::write(terminal.master.get(), "typed", 5), 5);
  interrupts_.wait();
  EXPECT_EQ(streams.poll(MACHINE_STREAM_TTY), 3u);
  EXPECT_EQ(read(streams, MACHINE_STREAM_TTY, 10), "typed");
  EXPECT_EQ(streams.write(MACHINE_STREAM_TTY, bytes("shown\r\n")), 7);
  char shown[16];
  ASSERT_EQ(::read(terminal.master.get(), shown, sizeof shown), 7);
  EXPECT_EQ(std::string(shown, 7), "shown\r\n");
}

TEST_F(StreamsTest, ReadsWhatMayWaitByTheThread) {
  Terminal terminal;
  ASSERT_EQ(HostFile(terminal.master.get()).mode(), HostFile::Mode::blocking);
  auto &streams = open({.input = terminal.master.get()});
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 0u);
  ASSERT_EQ(::write(terminal.slave.get(), "slowly", 6), 6);
  interrupts_.wait();
  EXPECT_EQ(streams.poll(MACHINE_STREAM_STDIN), 1u);
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 4), "slow");
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 4), "ly");
  EXPECT_EQ(now(streams, MACHINE_STREAM_STDIN, 4), "errno 11");
  terminal.slave.reset();
  EXPECT_EQ(read(streams, MACHINE_STREAM_STDIN, 4), "errno 5");
}

TEST_F(StreamsTest, DrainsWhatMayWaitInOrder) {
  Terminal terminal;
  auto &streams = open({.output = terminal.master.get(), .error = terminal.master.get()});
  std::string expected, got;
  std::thread reader([&] {
    char buffer[4096];
    while (!got.ends_with("end"))
      got.append(buffer, static_cast<size_t>(::read(terminal.slave.get(), buffer, sizeof buffer)));
  });
  for (int i = 0; i < 50; ++i) {
    write_all(streams, MACHINE_STREAM_STDOUT, std::string(1000, 'o'));
    write_all(streams, MACHINE_STREAM_STDERR, "e");
    expected += std::string(1000, 'o') + "e";
  }
  write_all(streams, MACHINE_STREAM_STDOUT, "end");
  streams.drain();
  reader.join();
  EXPECT_EQ(got, expected + "end");
}

TEST_F(StreamsTest, ADrainCanBeAbandoned) {
  Terminal terminal;
  auto &streams = open({.output = terminal.master.get()});
  while (streams.write(MACHINE_STREAM_STDOUT, bytes(std::string(4096, 'x'))) > 0) {
  }
  std::thread user([&] { streams.abandon(); });
  streams.drain();  // nobody ever reads
  user.join();
}

}  // namespace
}  // namespace wasmlinux
