// SPDX-License-Identifier: Apache-2.0
#include "machine/code/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>

extern char **environ;

namespace wasmlinux {
namespace {

constexpr size_t kLineMax = 400;
constexpr uint64_t kOutputMax = uint64_t{1} << 30;
constexpr int kModuleFd = 3;

/// Exit statuses of the worker (machine/compiler), as in sysexits.h.
constexpr int kBadModule = 65;
constexpr int kInternalError = 70;
constexpr int kLimitReached = 75;

/// What the child needs between clone() and execve(), made before: it shares our
/// memory and may only make system calls.
struct Launch {
  const char *program;
  char **arguments;
  char **environment;
  const char *directory;
  int null_fd, messages_fd, module_fd;
  int fd_limit;
  pid_t parent;
  sigset_t signal_mask;
  const WorkerLimits *limits;
  int error = 0;  // errno of what failed
};

bool limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  rlimit now;
  if (::getrlimit(resource, &now) != 0)
    return false;
  rlimit wanted{std::min(soft, now.rlim_max), std::min(hard, now.rlim_max)};
  return ::setrlimit(resource, &wanted) == 0;
}

void close_from(int first, int limit) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0)
    return;
  for (int fd = first; fd < limit; ++fd)
    ::close(fd);
}

/// On a stack of its own, in our memory, while we wait (CLONE_VFORK).
int run_child(void *argument) {
  auto &l = *static_cast<Launch *>(argument);
  // No handler of ours may run in here: with all of them gone the mask can open.
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  // Nobody is left to read what it would make once our thread is gone.
  bool ok = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == l.parent && ::setpgid(0, 0) == 0 &&
            ::dup2(l.null_fd, STDIN_FILENO) >= 0 && ::dup2(l.null_fd, STDOUT_FILENO) >= 0 &&
            ::dup2(l.messages_fd, STDERR_FILENO) >= 0 && ::dup2(l.module_fd, kModuleFd) >= 0;
  if (ok)
    close_from(kModuleFd + 1, l.fd_limit);
  ok = ok && ::chdir(l.directory) == 0 && limit(RLIMIT_AS, l.limits->memory, l.limits->memory) &&
       limit(RLIMIT_CPU, l.limits->cpu_seconds, l.limits->cpu_seconds + 5) && limit(RLIMIT_CORE, 0, 0) &&
       limit(RLIMIT_FSIZE, kOutputMax, kOutputMax);
  if (ok)
    ::execve(l.program, l.arguments, l.environment);
  l.error = errno != 0 ? errno : ECANCELED;
  ::_exit(127);
}

std::vector<char *> pointers(std::vector<std::string> &strings) {
  std::vector<char *> out;
  for (std::string &s : strings)
    out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

/// Descriptors above those that the child puts its own in place of.
UniqueFd out_of_the_way(UniqueFd fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kModuleFd + 1)); }

std::string readable(std::string line) {
  if (line.size() > kLineMax)
    line.resize(kLineMax);
  for (char &c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = '?';
  return line;
}

std::vector<std::string> command_line(const std::string &program, const CompileSettings &settings,
                                      const WorkerLimits &limits, const std::string &output) {
  std::vector<std::string> arguments = {
      program,
      settings.kind == ImageKind::kernel ? "--kind=kernel" : "--kind=user",
      settings.memory == MemoryBase::kernel ? "--memory=kernel" : "--memory=gs",
      "--fs-offset=" + std::to_string(settings.fs_offset),
      "--jobs=" + std::to_string(limits.jobs),
      "--progress",
  };
  if (settings.strict_signatures)
    arguments.emplace_back("--strict-signatures");
  arguments.push_back("/proc/self/fd/" + std::to_string(kModuleFd));
  arguments.emplace_back("-o");
  arguments.push_back(output);
  return arguments;
}

std::vector<std::string> environment_with(const std::string &directory) {
  std::vector<std::string> out;
  for (char **e = environ; *e != nullptr; ++e)
    if (!std::string_view(*e).starts_with("TMPDIR="))
      out.emplace_back(*e);
  out.push_back("TMPDIR=" + directory);
  return out;
}

}  // namespace

uint64_t monotonic_now() {
  timespec t;
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

tl::expected<WorkerProcess, std::string> WorkerProcess::start(const std::string &program,
                                                              const CompileSettings &settings,
                                                              const WorkerLimits &limits, int module_fd,
                                                              const std::string &directory) {
  auto failed = [&](const std::string &what, int error) {
    return tl::unexpected("can't start the compiler: " + what + ": " + std::strerror(error));
  };
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return failed("pipe", errno);
  WorkerProcess worker;
  worker.messages_ = UniqueFd(ends[0]);
  UniqueFd messages_in = out_of_the_way(UniqueFd(ends[1]));
  UniqueFd null = out_of_the_way(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  UniqueFd module = out_of_the_way(UniqueFd(::fcntl(module_fd, F_DUPFD_CLOEXEC, 0)));
  if (!messages_in || !null || !module || ::fcntl(worker.messages_.get(), F_SETFL, O_NONBLOCK) != 0)
    return failed("/dev/null", errno);

  worker.output_ = directory + "/code.so";
  std::vector<std::string> arguments = command_line(program, settings, limits, worker.output_);
  std::vector<std::string> environment = environment_with(directory);
  std::vector<char *> argv = pointers(arguments), envp = pointers(environment);
  Launch launch{};
  launch.program = program.c_str();
  launch.arguments = argv.data();
  launch.environment = envp.data();
  launch.directory = directory.c_str();
  launch.null_fd = null.get();
  launch.messages_fd = messages_in.get();
  launch.module_fd = module.get();
  launch.fd_limit = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  launch.parent = ::getpid();
  launch.limits = &limits;

  // posix_spawn() can't set limits and the parent-death signal, and fork() in a
  // process with threads and gigabytes of mappings is slow: so what posix_spawn()
  // does inside, with our own steps before exec.
  std::vector<char> stack(64 << 10);
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  auto top = reinterpret_cast<uintptr_t>(stack.data() + stack.size()) & ~uintptr_t{15};
  pid_t pid = ::clone(run_child, reinterpret_cast<void *>(top),
                      CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &launch, &pidfd);
  int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0)
    return failed("clone", error);
  worker.pid_ = pid;
  worker.process_ = UniqueFd(pidfd);
  worker.cpu_seconds_ = limits.cpu_seconds;
  worker.seconds_ = limits.seconds;
  worker.deadline_ = monotonic_now() + uint64_t{limits.seconds} * 1'000'000'000;
  if (launch.error != 0)
    return failed(program, launch.error);
  return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess &&other) noexcept
    : pid_(std::exchange(other.pid_, -1)), process_(std::move(other.process_)),
      messages_(std::move(other.messages_)), partial_line_(std::move(other.partial_line_)),
      last_line_(std::move(other.last_line_)), output_(std::move(other.output_)), percent_(other.percent_),
      deadline_(other.deadline_), cpu_seconds_(other.cpu_seconds_), seconds_(other.seconds_),
      hanging_(other.hanging_) {}

/// Until it is reaped its number is its own, and so is its group's.
void WorkerProcess::kill_group() const {
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

WorkerProcess::~WorkerProcess() {
  if (pid_ < 0)
    return;
  kill_group();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void WorkerProcess::take_line(std::string line) {
  unsigned done = 0, total = 0;
  if (line.starts_with("progress ")) {
    const char *end = line.data() + line.size();
    auto first = std::from_chars(line.data() + 9, end, done);
    if (first.ptr != end && std::from_chars(first.ptr + 1, end, total).ec == std::errc() && total != 0)
      percent_ =
          std::max(percent_, static_cast<unsigned>(std::min<uint64_t>(100, uint64_t{done} * 100 / total)));
  } else if (!line.empty()) {
    constexpr std::string_view kPrefix = "compile-worker: ";
    last_line_ = readable(line.starts_with(kPrefix) ? line.substr(kPrefix.size()) : line);
  }
}

void WorkerProcess::read_messages() {
  char buffer[4096];
  ssize_t n;
  while ((n = ::read(messages_.get(), buffer, sizeof buffer)) > 0) {
    for (char c : std::string_view(buffer, static_cast<size_t>(n))) {
      if (c == '\n')
        take_line(std::exchange(partial_line_, {}));
      else if (partial_line_.size() < kLineMax)
        partial_line_ += c;
    }
  }
  if (n == 0)  // end: nothing to wait for any more
    messages_.reset();
}

void WorkerProcess::kill_hanging() {
  hanging_ = true;
  kill_group();
}

WorkerEnd WorkerProcess::finish() {
  if (messages_)
    read_messages();
  take_line(std::move(partial_line_));
  kill_group();  // children it has left behind
  int status = 0;
  pid_t reaped;
  while ((reaped = ::waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  const std::string says = last_line_.empty() ? "" : ": " + last_line_;
  if (hanging_)
    return {WorkerEnd::Kind::failure, "compiling took longer than " + std::to_string(seconds_) + " s"};
  if (reaped < 0)  // somebody else's wait() took the status, or SIGCHLD is ignored
    return {WorkerEnd::Kind::failure, "the compiler's exit status is lost" + says};
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    if (number == SIGXCPU)
      return {WorkerEnd::Kind::failure,
              "compiling used more than " + std::to_string(cpu_seconds_) + " s of CPU time"};
    if (number == SIGXFSZ)
      return {WorkerEnd::Kind::failure, "its native code would be larger than 1 GiB"};
    return {WorkerEnd::Kind::failure, std::string("the compiler died: ") + ::strsignal(number) + says};
  }
  switch (WEXITSTATUS(status)) {
    case 0:
      return {WorkerEnd::Kind::success, {}};
    case kBadModule:
      return {WorkerEnd::Kind::bad_module, last_line_.empty() ? "not a valid module" : last_line_};
    case kLimitReached:
      return {WorkerEnd::Kind::failure, "too much for the compiler" + says};
    case kInternalError:
      return {WorkerEnd::Kind::failure, "the compiler failed" + says};
    default:
      return {WorkerEnd::Kind::failure,
              "the compiler failed with status " + std::to_string(WEXITSTATUS(status)) + says};
  }
}

}  // namespace wasmlinux
