// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/host_file.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <ctime>
#include <string>

namespace wasmlinux {
namespace {

constexpr unsigned kMemoryDevices = 1;          // major number of /dev/null, zero, full, urandom, ...
constexpr unsigned kKernelLog = 11;             // the one among them that one waits for
constexpr unsigned kTerminalMaster[] = {5, 2};  // opening it anew makes a new terminal

/// The same pipe or terminal as an open file of our own. Empty if the host refuses,
/// as it may for a terminal of another user.
UniqueFd open_anew(int fd, const struct stat &st) {
  int access = ::fcntl(fd, F_GETFL) & O_ACCMODE;
  UniqueFd own(
      ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat again;
  if (own && (::fstat(own.get(), &again) != 0 || again.st_dev != st.st_dev || again.st_ino != st.st_ino ||
              again.st_rdev != st.st_rdev))
    own.reset();
  return own;
}

/// While it lives, a write to a broken pipe only fails. The signal goes to the
/// thread that writes, so it can be taken back.
class NoSigpipe {
public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    const int error = errno;
    if (error == EPIPE && !was_pending_) {
      timespec now{};
      ::sigtimedwait(&sigpipe_, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoSigpipe(const NoSigpipe &) = delete;
  NoSigpipe &operator=(const NoSigpipe &) = delete;

private:
  sigset_t sigpipe_, before_;
  bool was_pending_;
};

}  // namespace

HostFile::HostFile(int fd) : fd_(fd) {
  struct stat st;
  if (fd < 0 || ::fstat(fd, &st) != 0)
    return;
  terminal_ = ::isatty(fd) == 1;
  socket_ = S_ISSOCK(st.st_mode);
  const unsigned major = gnu_dev_major(st.st_rdev), minor = gnu_dev_minor(st.st_rdev);
  const bool master = major == kTerminalMaster[0] && minor == kTerminalMaster[1];
  if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode) ||
      (S_ISCHR(st.st_mode) && major == kMemoryDevices && minor != kKernelLog)) {
    mode_ = Mode::prompt;
  } else if (socket_ || (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) {
    mode_ = Mode::nonblocking;
  } else {
    if (S_ISFIFO(st.st_mode) || (terminal_ && !master))
      own_ = open_anew(fd, st);
    mode_ = own_ ? Mode::nonblocking : Mode::blocking;
  }
}

ssize_t HostFile::read(std::span<std::byte> buffer) const {
  if (mode_ == Mode::closed)
    return -EBADF;
  ssize_t n;
  do {
    n = socket_ ? ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT)
                : ::read(fd(), buffer.data(), buffer.size());
  } while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

ssize_t HostFile::write(std::span<const std::byte> buffer) const {
  if (mode_ == Mode::closed)
    return -EBADF;
  ssize_t n;
  if (socket_) {
    do {
      n = ::send(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
  }
  errno = 0;
  NoSigpipe guard;
  do {
    n = ::write(fd(), buffer.data(), buffer.size());
  } while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

bool HostFile::ready(bool read) const {
  if (mode_ == Mode::prompt || mode_ == Mode::closed)
    return true;
  pollfd p{fd(), static_cast<short>(read ? POLLIN : POLLOUT), 0};
  return ::poll(&p, 1, 0) > 0 && p.revents != 0;
}

}  // namespace wasmlinux
