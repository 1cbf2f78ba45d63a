// SPDX-License-Identifier: Apache-2.0
/// One thread does everything: it looks things up, starts workers, waits for them
/// with poll() and answers. So workers die with that thread, and with the process.
#include "machine/code/code_service.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include "machine/base/file.h"
#include "machine/code/cache.h"
#include "machine/code/key.h"
#include "machine/code/scratch_directory.h"
#include "machine/code/worker_process.h"

namespace wasmlinux {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kTellAfter = kSecond;
constexpr uint64_t kTellEvery = kSecond / 5;

struct Waiter {
  uint64_t id;
  std::function<void(CodeService::Result)> done;
};

struct Request {
  Waiter waiter;
  std::vector<uint8_t> module;
};

/// A module that is being compiled, or waits for its turn.
struct Job {
  CodeKey key;
  std::vector<uint8_t> module;
  std::vector<Waiter> waiters;

  std::optional<ScratchDirectory> scratch;  // outlives the worker
  std::optional<WorkerProcess> worker;
  uint64_t started = 0;
  uint64_t tell_at = 0;
  bool told = false;
};

}  // namespace

struct CodeService::Impl {
  Impl(Options options, std::function<void(const std::string &)> log);
  ~Impl();

  uint64_t request(std::vector<uint8_t> module, std::function<void(Result)> done);
  void cancel(uint64_t id);

private:
  void run();
  void accept(Request request);
  void start_workers();
  void start(Job &job);
  void wait();
  void look_after(Job &job);
  void tell(Job &job, bool finished);
  void finish(Job &job);
  Result keep(const Job &job);
  void drop_cancelled();
  void answer(const std::vector<Waiter> &waiters, const Result &result);
  Result load(int fd, const CodeKey &key);
  std::string name_of(const Job &job) const;
  void ring() const { ::eventfd_write(bell_.get(), 1); }

  Options options_;
  std::function<void(const std::string &)> log_;
  UniqueFd bell_;

  // Shared with callers.
  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<Request> arrived_;
  std::set<uint64_t> waiting_;  // requests without an answer
  uint64_t answering_ = 0;      // whose callback runs
  uint64_t next_id_ = 1;
  bool stop_ = false;

  // Of the service's thread alone.
  CompileSettings settings_;
  std::optional<CodeCache> cache_;
  std::list<Job> jobs_;
  std::map<CodeKey, std::weak_ptr<const Code>> loaded_;
  std::map<CodeKey, UniqueFd> unsaved_;  // what no cache would take
  bool complained_ = false;

  std::thread thread_;
};

CodeService::Impl::Impl(Options options, std::function<void(const std::string &)> log)
    : options_(std::move(options)), log_(std::move(log)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell_)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  if (options_.jobs == 0)
    options_.jobs = std::max(1U, std::thread::hardware_concurrency());
  // Signals are for the embedding program's threads.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CodeService::Impl::~Impl() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  ring();
  thread_.join();
}

uint64_t CodeService::Impl::request(std::vector<uint8_t> module, std::function<void(Result)> done) {
  std::lock_guard lock(mutex_);
  uint64_t id = next_id_++;
  waiting_.insert(id);
  arrived_.push_back({{id, std::move(done)}, std::move(module)});
  ring();
  return id;
}

void CodeService::Impl::cancel(uint64_t id) {
  std::unique_lock lock(mutex_);
  if (waiting_.erase(id) != 0)
    ring();
  if (std::this_thread::get_id() != thread_.get_id())
    answered_.wait(lock, [&] { return answering_ != id; });
}

void CodeService::Impl::run() {
  ::pthread_setname_np(::pthread_self(), "wl-code");
  cache_.emplace(options_.cache, options_.read_only, log_);
  settings_.worker_id = worker_id(options_.worker);
  settings_.fs_offset = options_.fs_offset;
  settings_.strict_signatures = options_.strict_signatures;
  for (;;) {
    std::deque<Request> arrived;
    {
      std::lock_guard lock(mutex_);
      if (stop_)
        break;
      arrived.swap(arrived_);
    }
    for (Request &request : arrived)
      accept(std::move(request));
    drop_cancelled();
    start_workers();
    wait();
  }
  jobs_.clear();  // kills workers, on the thread that started them
}

void CodeService::Impl::accept(Request request) {
  CodeKey key = code_key(request.module, settings_);
  for (Job &job : jobs_) {
    if (job.key == key) {
      job.waiters.push_back(std::move(request.waiter));
      return;
    }
  }
  std::vector<Waiter> waiter;
  waiter.push_back(std::move(request.waiter));
  if (auto code = loaded_[key].lock())
    return answer(waiter, code);
  if (UniqueFd fd = cache_->find(key)) {
    if (Result result = load(fd.get(), key))
      return answer(waiter, result);
    else
      log_("code cache: " + result.error().message + "; made anew");
  }
  if (auto unsaved = unsaved_.find(key); unsaved != unsaved_.end())
    return answer(waiter, load(unsaved->second.get(), key));
  Job job;
  job.key = key;
  job.module = std::move(request.module);
  job.waiters = std::move(waiter);
  jobs_.push_back(std::move(job));
}

CodeService::Result CodeService::Impl::load(int fd, const CodeKey &key) {
  Result result = Code::load(fd, key.hex().substr(0, 12), options_.fs_offset);
  if (result)
    loaded_[key] = *result;
  return result;
}

void CodeService::Impl::drop_cancelled() {
  std::lock_guard lock(mutex_);
  for (Job &job : jobs_)
    std::erase_if(job.waiters, [&](const Waiter &w) { return !waiting_.contains(w.id); });
  std::erase_if(jobs_, [](const Job &job) { return job.waiters.empty(); });
}

void CodeService::Impl::start_workers() {
  auto running =
      std::count_if(jobs_.begin(), jobs_.end(), [](const Job &job) { return job.worker.has_value(); });
  for (auto job = jobs_.begin(); job != jobs_.end() && running < options_.jobs;) {
    if (job->worker) {
      ++job;
      continue;
    }
    start(*job);
    if (job->worker) {
      ++running;
      ++job;
    } else {
      job = jobs_.erase(job);  // it has got its answer
    }
  }
}

void CodeService::Impl::start(Job &job) {
  auto fail = [&](const std::string &why) {
    answer(job.waiters, tl::unexpected(CodeError{ENOMEM, name_of(job) + ": " + why}));
  };
  if (settings_.worker_id.empty())
    return fail("there is no compiler at " + options_.worker);
  UniqueFd module = memory_file("wasm module", job.module);
  if (!module)
    return fail(std::string("no memory for the module: ") + std::strerror(errno));
  auto scratch = ScratchDirectory::make(ScratchDirectory::default_places());
  if (!scratch)
    return fail("no place to compile in: " + scratch.error());
  job.scratch.emplace(std::move(*scratch));
  WorkerLimits limits{options_.worker_memory, options_.worker_cpu_seconds, options_.worker_seconds,
                      options_.jobs};
  auto worker = WorkerProcess::start(options_.worker, settings_, limits, module.get(), job.scratch->path());
  if (!worker)
    return fail(worker.error());
  job.worker.emplace(std::move(*worker));
  job.started = monotonic_now();
  job.tell_at = job.started + kTellAfter;
}

void CodeService::Impl::wait() {
  std::vector<pollfd> fds = {{bell_.get(), POLLIN, 0}};
  uint64_t until = UINT64_MAX;
  for (const Job &job : jobs_) {
    if (!job.worker)
      continue;
    fds.push_back({job.worker->end_fd(), POLLIN, 0});
    fds.push_back({job.worker->messages_fd(), POLLIN, 0});  // -1 once it is closed: ignored
    until = std::min({until, job.tell_at, job.worker->deadline()});
  }
  int timeout = -1;
  if (until != UINT64_MAX) {
    uint64_t now = monotonic_now();
    timeout = until <= now ? 0 : static_cast<int>(std::min<uint64_t>((until - now) / 1'000'000 + 1, 60'000));
  }
  if (::poll(fds.data(), fds.size(), timeout) < 0)
    return;
  eventfd_t ignored;
  if (fds[0].revents != 0)
    ::eventfd_read(bell_.get(), &ignored);

  size_t at = 1;
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    bool ended = false;
    if (job->worker) {
      ended = fds[at].revents != 0;
      if (fds[at + 1].revents != 0)
        job->worker->read_messages();
      at += 2;
    }
    if (ended) {
      finish(*job);
      job = jobs_.erase(job);
    } else {
      if (job->worker)
        look_after(*job);
      ++job;
    }
  }
}

void CodeService::Impl::look_after(Job &job) {
  uint64_t now = monotonic_now();
  if (now >= job.worker->deadline())
    job.worker->kill_hanging();
  if (now >= job.tell_at) {
    tell(job, false);
    // Without a display for it one line is enough.
    job.tell_at = options_.progress ? now + kTellEvery : UINT64_MAX;
  }
}

void CodeService::Impl::tell(Job &job, bool finished) {
  job.told = true;
  unsigned percent = finished ? 100 : job.worker->progress_percent();
  if (options_.progress)
    options_.progress({name_of(job), percent, finished});
  else if (!finished)
    log_("compiling " + name_of(job) + "... " + std::to_string(percent) + "%");
  else
    log_("compiling " + name_of(job) + " took " +
         std::to_string((monotonic_now() - job.started + kSecond / 2) / kSecond) + " s");
}

void CodeService::Impl::finish(Job &job) {
  WorkerEnd end = job.worker->finish();
  if (job.told)
    tell(job, true);
  if (end.kind == WorkerEnd::Kind::success)
    return answer(job.waiters, keep(job));
  answer(job.waiters, tl::unexpected(CodeError{ENOEXEC, name_of(job) + ": " + end.message}));
}

/// From the worker's directory to the cache, or to memory if no cache takes it.
CodeService::Result CodeService::Impl::keep(const Job &job) {
  auto fail = [&](int error, const std::string &why) {
    return tl::unexpected(CodeError{error, name_of(job) + ": " + why});
  };
  UniqueFd output(::open(job.worker->output().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  MappedFile object(output.get());
  if (object.bytes().empty())
    return fail(ENOEXEC, "the compiler made nothing");

  // What can't be loaded must not get into the cache: so first from memory.
  UniqueFd copy = memory_file("wasmlinux code", object.bytes());
  if (!copy)
    return fail(ENOMEM, std::string("no memory for native code: ") + std::strerror(errno));
  Result result = load(copy.get(), job.key);
  if (!result)
    return fail(result.error().guest_errno, "the compiler made " + result.error().message);

  if (auto kept = cache_->store(job.key, object.bytes()); kept) {
    // Shared with other machines by the page cache, unlike the copy.
    if (Result shared = load(kept->get(), job.key))
      return shared;
  } else {
    if (!options_.cache.empty() && !complained_)
      log_(kept.error() + "; compiled programs are not kept");
    complained_ = true;
    unsaved_[job.key] = std::move(copy);
  }
  return result;
}

void CodeService::Impl::answer(const std::vector<Waiter> &waiters, const Result &result) {
  for (const Waiter &waiter : waiters) {
    {
      std::lock_guard lock(mutex_);
      if (stop_ || waiting_.erase(waiter.id) == 0)
        continue;
      answering_ = waiter.id;
    }
    waiter.done(result);
    std::lock_guard lock(mutex_);
    answering_ = 0;
    answered_.notify_all();
  }
}

std::string CodeService::Impl::name_of(const Job &job) const {
  std::string name = options_.describe ? options_.describe(job.module) : "";
  return name.empty() ? "a program of " + std::to_string(job.module.size()) + " bytes" : name;
}

CodeService::CodeService(Options options, std::function<void(const std::string &)> log)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(log))) {}

CodeService::~CodeService() = default;

uint64_t CodeService::request(std::vector<uint8_t> module, std::function<void(Result)> done) {
  return impl_->request(std::move(module), std::move(done));
}

void CodeService::cancel(uint64_t request) { impl_->cancel(request); }

}  // namespace wasmlinux
