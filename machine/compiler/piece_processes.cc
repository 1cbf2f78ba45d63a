// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/piece_processes.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <llvm/Support/ErrorHandling.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/compiler/compile.h"

namespace wasmlinux {

namespace {

/// What the processes share.
struct Board {
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  CompileError::Kind kind = CompileError::Kind::internal;  // written by who set `failed`
  char message[512] = {};
};

class SharedBoard {
public:
  SharedBoard() {
    void *memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      throw std::bad_alloc();
    board_ = new (memory) Board;
  }
  ~SharedBoard() { munmap(board_, sizeof(Board)); }
  SharedBoard(const SharedBoard &) = delete;
  Board *operator->() const { return board_; }
  Board *get() const { return board_; }

private:
  Board *board_;
};

// For handlers that LLVM calls without context, in a child.
Board *board_of_child;

[[noreturn]] void end_child(CompileError::Kind kind, const char *message) {
  if (!board_of_child->failed.exchange(true)) {
    board_of_child->kind = kind;
    std::strncpy(board_of_child->message, message, sizeof board_of_child->message - 1);
  }
  _exit(1);
}

[[noreturn]] void out_of_memory() { end_child(CompileError::Kind::limits, "out of memory"); }

[[noreturn]] void child(Board *board, pid_t parent, size_t count, const std::function<void(size_t)> &work,
                        int done) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(1);
  board_of_child = board;
  std::set_new_handler([] { out_of_memory(); });
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { out_of_memory(); });
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) {
    end_child(CompileError::Kind::internal, (std::string("LLVM gave up: ") + reason).c_str());
  });
  try {
    for (size_t i; (i = board->next++) < count && !board->failed;) {
      work(i);
      char byte = 1;
      if (write(done, &byte, 1) != 1)
        _exit(1);
    }
  } catch (const CompileError &error) {
    end_child(error.kind(), error.what());
  } catch (const std::bad_alloc &) {
    out_of_memory();
  } catch (const std::exception &error) {
    end_child(CompileError::Kind::internal, error.what());
  }
  _exit(0);
}

/// The children; whoever is left is killed when this goes.
class Children {
public:
  ~Children() {
    for (pid_t pid : pids_)
      kill(pid, SIGKILL);
    for (pid_t pid : pids_)
      waitpid(pid, nullptr, 0);
  }
  void add(pid_t pid) { pids_.push_back(pid); }
  bool empty() const { return pids_.empty(); }
  /// The status of the next one that ends.
  int wait() {
    int status = 0;
    pid_t pid = waitpid(pids_.front(), &status, 0);
    std::erase(pids_, pid);
    return status;
  }

private:
  std::vector<pid_t> pids_;
};

CompileError death(int status) {
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  switch (signal) {
    case SIGXCPU:
      return {CompileError::Kind::limits, "the compiler used up its time"};
    case SIGKILL:
      return {CompileError::Kind::limits, "the compiler was killed (out of memory?)"};
    default:
      return {CompileError::Kind::internal,
              std::string("the compiler died: ") + (signal ? strsignal(signal) : "exit")};
  }
}

}  // namespace

void run_in_processes(size_t count, unsigned jobs, const std::function<void(size_t)> &work,
                      const std::function<void(unsigned, unsigned)> &progress) {
  SharedBoard board;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0)
    throw CompileError(CompileError::Kind::limits, "can't make a pipe");
  Children children;
  pid_t self = getpid();
  for (size_t i = 0; i < std::min<size_t>(std::max(jobs, 1u), count); i++) {
    pid_t pid = fork();
    if (pid < 0) {
      if (!children.empty())
        break;  // fewer will do
      throw CompileError(CompileError::Kind::limits,
                         std::string("can't start a process: ") + std::strerror(errno));
    }
    if (pid == 0)
      child(board.get(), self, count, work, pipe_ends[1]);
    children.add(pid);
  }
  close(pipe_ends[1]);
  // Bytes tell of pieces, the end of the pipe that all children are gone.
  unsigned done = 0;
  char bytes[64];
  for (ssize_t got; (got = read(pipe_ends[0], bytes, sizeof bytes)) > 0 && !board->failed;) {
    done += static_cast<unsigned>(got);
    if (progress)
      progress(done, static_cast<unsigned>(count));
  }
  close(pipe_ends[0]);
  std::optional<CompileError> died;
  while (!board->failed && !children.empty())
    if (int status = children.wait(); status != 0)
      died = death(status);
  if (board->failed)
    throw CompileError(board->kind, board->message);
  if (died)
    throw *died;
  if (done != count)
    throw CompileError(CompileError::Kind::internal, "some pieces were not compiled");
}

}  // namespace wasmlinux
