// SPDX-License-Identifier: Apache-2.0
/// The command `wasmlinux`.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>

#include "machine/cli/commands.h"
#include "machine/cli/exit_status.h"
#include "machine/cli/messages.h"

namespace wasmlinux::cli {
namespace {

/// A closed standard file must not become one of ours that is opened next. What is
/// put in its place can be neither read nor written: EBADF, as if it were closed.
void plug_closed_files() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) == -1)
      ::open("/", O_PATH);
}

/// The command line without a "--" between options and PROGRAM: the parser would
/// not leave us what is behind it.
std::vector<std::string> arguments(int argc, char **argv, const CLI::App &run) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words[0] != run.get_name())
    return words;
  for (size_t at = 1; at < words.size() && words[at].starts_with('-'); ++at) {
    if (words[at] == "--") {
      words.erase(words.begin() + static_cast<ptrdiff_t>(at));
      break;
    }
    const CLI::Option *option = run.get_option_no_throw(words[at]);
    if (option != nullptr && option->get_items_expected_min() > 0)
      ++at;  // its value
  }
  return words;
}

int main(int argc, char **argv) {
  plug_closed_files();
  CLI::App app("Runs WebAssembly programs on a Linux of their own.", "wasmlinux");
  app.set_version_flag("--version", fmt::format("wasmlinux {}", WASMLINUX_VERSION));
  app.require_subcommand(1);
  const Command commands[] = {run_command(app), boot_command(app), compile_command(app), cache_command(app)};

  auto given = [&]() -> const Command * {
    for (const Command &command : commands)
      if (command.parser->parsed())
        return &command;
    return nullptr;
  };
  Messages messages;
  try {
    auto words = arguments(argc, argv, *commands[0].parser);
    std::reverse(words.begin(), words.end());  // as the parser wants them
    app.parse(std::move(words));
    const int status = given()->run();
    std::fflush(stdout);
    if (std::ferror(stdout) != 0)
      throw Failure(kFailed, "standard output can't be written");
    return status;
  } catch (const CLI::Success &help) {
    return app.exit(help);
  } catch (const CLI::ParseError &error) {
    const Command *command = given();
    if (command == nullptr && argc > 1)
      messages.say(fmt::format("there is no {} {}; see wasmlinux --help",
                               argv[1][0] == '-' ? "option" : "command", argv[1]));
    else
      messages.say(fmt::format("{}; see wasmlinux {}--help", error.what(),
                               command != nullptr ? command->parser->get_name() + " " : ""));
    return command != nullptr ? command->usage_status : kFailed;
  } catch (const Failure &failure) {
    messages.say(failure.what());
    return failure.status;
  } catch (const std::bad_alloc &) {
    messages.say("the host has no memory left");
  } catch (const std::exception &error) {
    messages.say(error.what());
  }
  return kFailed;
}

}  // namespace
}  // namespace wasmlinux::cli

int main(int argc, char **argv) { return wasmlinux::cli::main(argc, argv); }
