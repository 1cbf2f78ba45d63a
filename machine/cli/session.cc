// SPDX-License-Identifier: Apache-2.0
#include "machine/cli/session.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <thread>

#include "machine/base/file.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/host_signals.h"
#include "machine/code/worker_process.h"
#include "machine/devices/terminal.h"

namespace wasmlinux::cli {
namespace {

/// How long a guest may take to end its program after the host's first signal, and
/// the machine to stop after that.
constexpr uint64_t kGrace = 2'000'000'000;
constexpr uint64_t kLastGrace = 1'000'000'000;

/// The kernel's messages: kept for the case that they are its last.
class Console {
public:
  enum class Show { keep, standard_output, standard_error };

  Console(Show show, Messages &messages) : show_(show), messages_(messages) {}

  /// On the vCPU's thread.
  void add(std::string_view text, bool raw) {
    if (show_ == Show::standard_error)
      messages_.text(text);
    else if (show_ == Show::standard_output)
      write_all(STDOUT_FILENO, raw ? with_returns(text) : std::string(text));
    kept_.append(text);
    if (kept_.size() > 2 * kKeep)
      kept_.erase(0, kept_.size() - kKeep);
  }

  /// After the machine's end: from where things began to go wrong.
  void show_end() {
    if (show_ != Show::keep)
      return;
    size_t start = kept_.size();
    for (std::string_view sign : {"------------[ cut here", "Oops", "BUG:", "Kernel panic"})
      start = std::min(start, kept_.find(sign));
    if (start == kept_.size())
      start = kept_.size() - std::min<size_t>(kept_.size(), 2048);
    start = kept_.rfind('\n', start) + 1;  // npos + 1: the beginning
    messages_.text(std::string_view(kept_).substr(start));
    if (!kept_.ends_with('\n'))
      messages_.text("\n");
  }

private:
  static constexpr size_t kKeep = 64 << 10;

  static std::string with_returns(std::string_view text) {
    std::string out;
    for (char c : text) {
      if (c == '\n')
        out += '\r';
      out += c;
    }
    return out;
  }

  const Show show_;
  Messages &messages_;
  std::string kept_;
};

Streams::Files host_files(bool terminal) {
  Streams::Files files{.input = STDIN_FILENO, .output = STDOUT_FILENO, .error = STDERR_FILENO};
  if (terminal) {
    files.terminal_in = STDIN_FILENO;
    files.terminal_out = STDOUT_FILENO;
  }
  return files;
}

/// Waits for the machine and for the host's signals, whichever comes.
class Session {
public:
  Session(Machine &machine, RawTerminal &terminal, SignalEvents &signals)
      : machine_(machine), terminal_(terminal), signals_(signals) {}

  Machine::Exit wait() {
    UniqueFd ended(::eventfd(0, EFD_CLOEXEC));
    std::optional<Machine::Exit> exit;
    std::thread runner([&] {
      exit = machine_.run();
      ::eventfd_write(ended.get(), 1);
    });
    for (;;) {
      if (signals_.wait(ended.get(), timeout()))
        break;
      while (int number = signals_.next())
        take(number);
      if (deadline_ != 0 && monotonic_now() >= deadline_)
        insist();
    }
    runner.join();
    return *exit;
  }

  /// The signal that ended it, 0 for none.
  int ended_by() const { return ended_by_; }

private:
  int timeout() const {
    if (deadline_ == 0)
      return -1;
    const uint64_t now = monotonic_now();
    return now >= deadline_ ? 0 : static_cast<int>((deadline_ - now) / 1'000'000 + 1);
  }

  void take(int number) {
    switch (number) {
      case SIGWINCH:
        machine_.devices().window_changed();
        break;
      case SIGTSTP:
        // Stopped in this call, until SIGCONT.
        terminal_.leave();
        ::kill(::getpid(), SIGSTOP);
        [[fallthrough]];
      case SIGCONT:
        if (terminal_.in_foreground())
          terminal_.enter();
        machine_.devices().window_changed();
        break;
      default:
        if (ended_by_ != 0)
          return insist();
        ended_by_ = number;
        deadline_ = monotonic_now() + kGrace;
        machine_.request_power_off();
    }
  }

  /// The guest had its chance, or the user has none of its patience left.
  void insist() {
    if (insisted_) {  // not even that: leave, restored
      terminal_.leave();
      std::_Exit(kBySignal + ended_by_);
    }
    insisted_ = true;
    deadline_ = monotonic_now() + kLastGrace;
    machine_.devices().abandon();
    machine_.stop("ended by the host");
  }

  Machine &machine_;
  RawTerminal &terminal_;
  SignalEvents &signals_;
  int ended_by_ = 0;
  bool insisted_ = false;
  uint64_t deadline_ = 0;  // 0: none
};

int status_of(const Machine::Exit &exit, Console &console, Messages &messages) {
  switch (exit.reason) {
    case Machine::Exit::Reason::power_off:
    case Machine::Exit::Reason::restart:
      return static_cast<int>(exit.status & 0xff);
    case Machine::Exit::Reason::panic:
      console.show_end();
      messages.say("the guest's kernel panicked");
      return kFailed;
    case Machine::Exit::Reason::failure:
      console.show_end();
      messages.say(exit.message.empty() ? "the machine failed" : exit.message);
      return kFailed;
  }
  return kFailed;
}

}  // namespace

int run_session(Machine::Options options, const SessionOptions &session, Messages &messages) {
  // Before any thread, so that they all leave these signals to us.
  SignalEvents signals = session.terminal
                             ? SignalEvents{SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT}
                             : SignalEvents{SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  RawTerminal terminal(session.terminal ? STDIN_FILENO : -1);
  RestoreOnCrash restore(terminal);
  Console console(session.show_console ? Console::Show::standard_output
                  : messages.verbose() ? Console::Show::standard_error
                                       : Console::Show::keep,
                  messages);

  options.verbose = messages.verbose();
  options.log = [&](const std::string &line) { messages.say(line); };
  options.devices.files = host_files(session.terminal);
  options.devices.console = [&](std::string_view text) { console.add(text, terminal.raw()); };
  options.code.verbose = messages.verbose();
  if (Messages::has_display())
    options.code.progress = [&](const CodeProgress &p) {
      messages.progress(p.finished ? "" : fmt::format("compiling {}... {}%", p.what, p.percent));
    };

  std::optional<Machine> machine;
  try {
    machine.emplace(std::move(options));
  } catch (const std::exception &error) {
    throw Failure(kFailed, error.what());
  }
  terminal.enter();
  messages.set_raw(terminal.raw());
  Session running(*machine, terminal, signals);
  Machine::Exit exit = running.wait();
  terminal.leave();
  messages.set_raw(false);
  if (int number = running.ended_by())
    return kBySignal + number;
  return status_of(exit, console, messages);
}

}  // namespace wasmlinux::cli
