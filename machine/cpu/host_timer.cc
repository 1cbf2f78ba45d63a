// SPDX-License-Identifier: Apache-2.0
#include "machine/cpu/host_timer.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace wasmlinux {

namespace {

timespec timespec_of(uint64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / 1'000'000'000), static_cast<long>(nanoseconds % 1'000'000'000)};
}

}  // namespace

HostTimer::HostTimer(clockid_t clock, int signal, int tag) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_value.sival_int = tag;
  event.sigev_notify_thread_id = gettid();
  if (timer_create(clock, &event, &timer_) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot create a host timer");
}

HostTimer::~HostTimer() { timer_delete(timer_); }

void HostTimer::at(uint64_t absolute) {
  itimerspec when{{}, timespec_of(absolute)};
  timer_settime(timer_, TIMER_ABSTIME, &when, nullptr);
}

void HostTimer::in(uint64_t nanoseconds) {
  itimerspec when{{}, timespec_of(nanoseconds)};
  timer_settime(timer_, 0, &when, nullptr);
}

void HostTimer::every(uint64_t nanoseconds) {
  itimerspec when{timespec_of(nanoseconds), timespec_of(nanoseconds)};
  timer_settime(timer_, 0, &when, nullptr);
}

}  // namespace wasmlinux
