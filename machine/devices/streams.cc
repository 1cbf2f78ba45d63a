// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/streams.h"

#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace wasmlinux {

Streams::Streams(const Files &files, IoThread &io, InterruptSink &interrupts)
    : io_(io), interrupts_(interrupts), halves_{Half(files.terminal_in), Half(files.terminal_out),
                                                Half(files.input), Half(files.output), Half(files.error)} {
  io_.add(*this);
}

Streams::~Streams() { io_.remove(*this); }

Streams::Half *Streams::reader(uint32_t stream) {
  switch (stream) {
    case MACHINE_STREAM_TTY:
      return &halves_[kTerminalIn];
    case MACHINE_STREAM_STDIN:
      return &halves_[kInput];
    default:
      return nullptr;
  }
}

Streams::Half *Streams::writer(uint32_t stream) {
  switch (stream) {
    case MACHINE_STREAM_TTY:
      return &halves_[kTerminalOut];
    case MACHINE_STREAM_STDOUT:
      return &halves_[kOutput];
    case MACHINE_STREAM_STDERR:
      return &halves_[kError];
    default:
      return nullptr;
  }
}

/// The file may become ready before the thread looks: it looks at the state, not at
/// changes, so nothing is missed.
void Streams::watch(Half &half) {
  {
    std::lock_guard lock(mutex_);
    if (half.watched)
      return;
    half.watched = true;
  }
  io_.ring();
}

int32_t Streams::read(uint32_t stream, std::span<std::byte> buffer) {
  Half *half = reader(stream);
  if (half == nullptr)
    return -EBADF;
  buffer = buffer.first(std::min<size_t>(buffer.size(), INT32_MAX));
  if (half->file.mode() != HostFile::Mode::blocking) {
    auto n = static_cast<int32_t>(half->file.read(buffer));
    if (n == -EAGAIN)
      watch(*half);
    return n;
  }
  {
    std::lock_guard lock(mutex_);
    if (!half->buffer.empty()) {
      size_t n = std::min(buffer.size(), half->buffer.size());
      std::copy_n(half->buffer.begin(), n, buffer.begin());
      half->buffer.erase(half->buffer.begin(), half->buffer.begin() + static_cast<ptrdiff_t>(n));
      return static_cast<int32_t>(n);
    }
    if (half->end <= 0)  // once: a terminal goes on after its end of file
      return std::exchange(half->end, 1);
    half->wanted = std::min(buffer.size(), kBuffer);
  }
  io_.ring();
  return -EAGAIN;
}

bool Streams::has_room(const Half &half) const {
  return writing_ == nullptr || (writing_ == &half && half.buffer.size() < kBuffer);
}

int32_t Streams::write(uint32_t stream, std::span<const std::byte> buffer) {
  Half *half = writer(stream);
  if (half == nullptr)
    return -EBADF;
  buffer = buffer.first(std::min<size_t>(buffer.size(), INT32_MAX));
  if (half->file.mode() != HostFile::Mode::blocking) {
    auto n = static_cast<int32_t>(half->file.write(buffer));
    if (n == -EAGAIN)
      watch(*half);
    return n;
  }
  size_t n = 0;
  {
    std::lock_guard lock(mutex_);
    if (half->end <= 0)
      return std::exchange(half->end, 1);
    if (has_room(*half)) {
      n = std::min(buffer.size(), kBuffer - half->buffer.size());
      half->buffer.insert(half->buffer.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(n));
      if (n != 0)
        writing_ = half;
    } else {
      half->watched = true;
    }
  }
  io_.ring();
  return n != 0 || buffer.empty() ? static_cast<int32_t>(n) : -EAGAIN;
}

uint32_t Streams::poll(uint32_t stream) {
  uint32_t ready = 0;
  if (Half *half = reader(stream)) {
    bool now = half->file.readable();
    if (!now) {
      std::lock_guard lock(mutex_);
      now = !half->buffer.empty() || half->end <= 0;
    }
    if (now)
      ready |= 1;
    else
      watch(*half);
  }
  if (Half *half = writer(stream)) {
    bool now;
    if (half->file.mode() == HostFile::Mode::blocking) {
      std::lock_guard lock(mutex_);
      now = has_room(*half) || half->end <= 0;
    } else {
      now = half->file.writable();
    }
    if (now)
      ready |= 2;
    else
      watch(*half);
  }
  return ready;
}

void Streams::drain() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [&] { return writing_ == nullptr || abandoned_; });
}

void Streams::abandon() {
  std::lock_guard lock(mutex_);
  abandoned_ = true;
  written_.notify_all();
}

void Streams::collect(std::vector<pollfd> &wanted) {
  std::lock_guard lock(mutex_);
  collected_.clear();
  for (size_t i = 0; i < kHalves; ++i) {
    const Half &half = halves_[i];
    const auto index = static_cast<HalfIndex>(i);
    const bool slow_writer = !reads(index) && half.file.mode() == HostFile::Mode::blocking;
    if (slow_writer ? writing_ != &half : !half.watched && half.wanted == 0)
      continue;
    wanted.push_back({half.file.fd(), static_cast<short>(reads(index) ? POLLIN : POLLOUT), 0});
    collected_.push_back(index);
  }
}

/// Reads what was asked for, now that the host says that it is there.
void Streams::fill(Half &half, std::unique_lock<std::mutex> &lock) {
  std::vector<std::byte> bytes(std::exchange(half.wanted, 0));
  lock.unlock();
  ssize_t n = half.file.read(bytes);
  lock.lock();
  if (n > 0)
    half.buffer.insert(half.buffer.end(), bytes.begin(), bytes.begin() + n);
  else if (n == -EAGAIN)  // somebody else was faster
    half.wanted = bytes.size();
  else
    half.end = static_cast<int32_t>(n);
}

/// Writes a piece that fits, now that the host says that there is room: for
/// PIPE_BUF bytes in a pipe, for at least one in a terminal.
void Streams::empty(Half &half, std::unique_lock<std::mutex> &lock) {
  size_t size = std::min<size_t>(half.buffer.size(), half.file.is_terminal() ? 1 : PIPE_BUF);
  std::vector<std::byte> bytes(half.buffer.begin(), half.buffer.begin() + static_cast<ptrdiff_t>(size));
  lock.unlock();
  ssize_t n = half.file.write(bytes);
  lock.lock();
  if (n >= 0) {
    half.buffer.erase(half.buffer.begin(), half.buffer.begin() + n);
  } else if (n != -EAGAIN) {
    half.buffer.clear();
    half.end = static_cast<int32_t>(n);
  }
  if (half.buffer.empty()) {
    writing_ = nullptr;
    written_.notify_all();
  }
}

void Streams::serve(std::span<const pollfd> ready) {
  std::unique_lock lock(mutex_);
  bool raise = false;
  for (size_t i = 0; i < ready.size(); ++i) {
    if (ready[i].revents == 0)
      continue;
    Half &half = halves_[collected_[i]];
    if (half.wanted != 0) {
      fill(half, lock);
      raise = true;
    } else if (writing_ == &half) {
      empty(half, lock);
      continue;  // who waits for room is looked for below
    }
    raise |= std::exchange(half.watched, false);
  }
  for (HalfIndex index : {kTerminalOut, kOutput, kError}) {
    Half &half = halves_[index];
    if (half.watched && half.file.mode() == HostFile::Mode::blocking && has_room(half))
      raise |= std::exchange(half.watched, false);
  }
  lock.unlock();
  if (raise)
    interrupts_.raise(MACHINE_IRQ_STREAM);
}

}  // namespace wasmlinux
