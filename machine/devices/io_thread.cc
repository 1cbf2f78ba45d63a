// SPDX-License-Identifier: Apache-2.0
#include "machine/devices/io_thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>

namespace wasmlinux {

IoThread::IoThread() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell_)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  // Signals are for the embedding program's threads, except those by which the host
  // stops a background process that uses its terminal: they go to who uses it.
  sigset_t most, before;
  sigfillset(&most);
  sigdelset(&most, SIGTTIN);
  sigdelset(&most, SIGTTOU);
  ::pthread_sigmask(SIG_SETMASK, &most, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

IoThread::~IoThread() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  ring();
  thread_.join();
}

void IoThread::add(IoClient &client) {
  std::lock_guard lock(mutex_);
  clients_.push_back(&client);
  ring();
}

void IoThread::remove(IoClient &client) {
  std::lock_guard lock(mutex_);
  std::erase(clients_, &client);
}

void IoThread::ring() { ::eventfd_write(bell_.get(), 1); }

void IoThread::run() {
  ::pthread_setname_np(::pthread_self(), "wl-io");
  std::vector<pollfd> fds;
  struct Share {
    IoClient *client;
    size_t first, count;
  };
  std::vector<Share> shares;
  for (;;) {
    fds.assign(1, {bell_.get(), POLLIN, 0});
    shares.clear();
    {
      std::lock_guard lock(mutex_);
      if (stop_)
        return;
      for (IoClient *client : clients_) {
        size_t first = fds.size();
        client->collect(fds);
        shares.push_back({client, first, fds.size() - first});
      }
    }
    if (::poll(fds.data(), fds.size(), -1) < 0)
      continue;
    eventfd_t ignored;
    if (fds[0].revents != 0)
      ::eventfd_read(bell_.get(), &ignored);
    std::lock_guard lock(mutex_);
    for (const Share &share : shares)
      if (std::find(clients_.begin(), clients_.end(), share.client) != clients_.end())
        share.client->serve(std::span(fds).subspan(share.first, share.count));
  }
}

}  // namespace wasmlinux
