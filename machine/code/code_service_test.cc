// SPDX-License-Identifier: Apache-2.0
/// With a worker that does what its "module" says: testing/worker.sh.
#include "machine/code/code_service.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <mutex>
#include <sstream>

#include "machine/code/compile.h"
#include "machine/code/testing/support.h"

namespace wasmlinux::testing {
namespace {

class Service : public ::testing::Test {
protected:
  void SetUp() override {
    ::setenv("WL_TEST_IMAGE", WL_TEST_IMAGE, 1);
    ::setenv("WL_TEST_LOG", worker_log_.c_str(), 1);
    options_.worker = WL_TEST_WORKER;
    options_.cache = temporary_ / "cache";
    options_.fs_offset = kImageFsOffset;
    options_.jobs = 2;
    options_.worker_memory = uint64_t{256} << 20;
  }

  std::unique_ptr<CodeService> service() {
    return std::make_unique<CodeService>(options_, [this](const std::string &line) {
      std::lock_guard lock(mutex_);
      log_.push_back(line);
    });
  }

  static CodeService::Result ask(CodeService &service, const std::string &module) {
    std::promise<CodeService::Result> promise;
    service.request(bytes_of(module),
                    [&](CodeService::Result result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  CodeService::Result ask(const std::string &module) { return ask(*service(), module); }

  static int answer(const CodeService::Result &result) {
    return result ? reinterpret_cast<int (*)()>((*result)->exported("answer"))() : -1;
  }

  void expect_error(const std::string &module, int guest_errno, const std::string &reason) {
    auto result = ask(module);
    ASSERT_FALSE(result) << module;
    EXPECT_EQ(result.error().guest_errno, guest_errno) << module;
    EXPECT_NE(result.error().message.find(reason), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find_first_of("\n\033"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(options_.cache)) << "an error was cached";
  }

  size_t workers_started() const {
    auto text = contents(worker_log_);
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  /// A process that a worker has told of, as a file that ends with it.
  static UniqueFd process_of(const std::string &log, const std::string &what) {
    for (;;) {
      auto bytes = contents(log);
      std::istringstream words(std::string(bytes.begin(), bytes.end()));
      std::string name;
      pid_t pid = 0;
      while (words >> name >> pid)
        if (name == what)
          return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      std::this_thread::yield();
    }
  }
  static bool ends(const UniqueFd &process) {
    if (!process)
      return errno == ESRCH;  // already
    pollfd p{process.get(), POLLIN, 0};
    return ::poll(&p, 1, 10'000) == 1;
  }

  TemporaryDirectory temporary_;
  const std::string worker_log_ = temporary_ / "workers";
  CodeService::Options options_;
  std::mutex mutex_;
  std::vector<std::string> log_;
};

TEST_F(Service, CompilesOnceAndFindsItAgain) {
  EXPECT_EQ(answer(ask("ok")), 42);
  EXPECT_EQ(answer(ask("ok")), 42);
  EXPECT_EQ(workers_started(), 1u);
  EXPECT_EQ(count_entries(options_.cache), 1u);
  EXPECT_TRUE(log_.empty());
}

TEST_F(Service, ModulesDontShareEntries) {
  auto running = service();
  EXPECT_EQ(answer(ask(*running, "ok one")), 42);
  EXPECT_EQ(answer(ask(*running, "ok two")), 42);
  EXPECT_EQ(workers_started(), 2u);
}

TEST_F(Service, MergesRequestsForTheSameModule) {
  auto running = service();
  std::vector<std::promise<CodeService::Result>> promises(5);
  for (auto &promise : promises)
    running->request(bytes_of("slow"),
                     [&](CodeService::Result result) { promise.set_value(std::move(result)); });
  for (auto &promise : promises)
    EXPECT_EQ(answer(promise.get_future().get()), 42);
  EXPECT_EQ(workers_started(), 1u);
}

TEST_F(Service, TellsWhatIsWrongWithAModule) {
  expect_error("bad thing at 17", ENOEXEC, "bad module: thing at 17");
  expect_error("limit", ENOEXEC, "a function is too large");
  expect_error("noisy", ENOEXEC, "the compiler failed: noise?");
}

TEST_F(Service, SurvivesWorkersThatDont) {
  expect_error("crash", ENOEXEC, "Segmentation fault");
  expect_error("large", ENOEXEC, "larger than 1 GiB");
  expect_error("memory", ENOEXEC, "memory");
  expect_error("garbage", ENOEXEC, "not a shared object");
  expect_error("nothing", ENOEXEC, "made nothing");
}

TEST_F(Service, LimitsTime) {
  options_.worker_cpu_seconds = 1;
  expect_error("spin", ENOEXEC, "more than 1 s of CPU time");
  options_.worker_seconds = 1;
  expect_error("hang", ENOEXEC, "longer than 1 s");
}

TEST_F(Service, SaysThatThereIsNoCompiler) {
  options_.worker = "/nowhere/compile-worker";
  expect_error("ok", ENOMEM, "/nowhere/compile-worker");
  options_.worker = temporary_ / "not-executable";
  write(options_.worker, bytes_of("text"));
  expect_error("ok", ENOMEM, "Permission denied");
}

TEST_F(Service, GivesWorkersNoFilesOfOurs) {
  UniqueFd inheritable(::open("/dev/null", O_RDONLY));  // no O_CLOEXEC, as an embedding program may have them
  EXPECT_EQ(answer(ask("files")), 42);
  auto text = contents(worker_log_);
  EXPECT_EQ(std::string(text.begin(), text.end()), "0\n1\n2\n3\n4\n");  // 4: the directory being listed
}

TEST_F(Service, EndsWhatAWorkerLeavesRunning) {
  EXPECT_EQ(answer(ask("family")), 42);
  EXPECT_TRUE(ends(process_of(worker_log_, "child")));
}

TEST_F(Service, KillsTheWorkerOfACancelledRequest) {
  auto running = service();
  bool called = false;
  uint64_t request = running->request(bytes_of("hang"), [&](CodeService::Result) { called = true; });
  UniqueFd worker = process_of(worker_log_, "hang");
  running->cancel(request);
  EXPECT_TRUE(ends(worker));
  EXPECT_EQ(answer(ask(*running, "ok")), 42);
  EXPECT_FALSE(called);
}

TEST_F(Service, KillsWorkersWhenItGoes) {
  UniqueFd worker;
  {
    auto running = service();
    running->request(bytes_of("hang"), [](CodeService::Result) { FAIL(); });
    worker = process_of(worker_log_, "hang");
  }
  EXPECT_TRUE(ends(worker));
}

TEST_F(Service, WorkersDontOutliveAKilledMachine) {
  pid_t machine = ::fork();
  if (machine == 0) {
    auto running = service();
    running->request(bytes_of("hang"), [](CodeService::Result) {});
    ::pause();
    ::_exit(0);
  }
  UniqueFd worker = process_of(worker_log_, "hang");
  ::kill(machine, SIGKILL);
  ::waitpid(machine, nullptr, 0);
  EXPECT_TRUE(ends(worker));
}

TEST_F(Service, MakesDamagedEntriesAnew) {
  EXPECT_EQ(answer(ask("ok")), 42);
  std::string entry = std::filesystem::directory_iterator(options_.cache)->path();
  auto bytes = contents(entry);
  bytes[bytes.size() / 2] ^= 0x40;
  write(entry, bytes);
  EXPECT_EQ(answer(ask("ok")), 42);
  EXPECT_EQ(workers_started(), 2u);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find("damaged"), std::string::npos);
  EXPECT_EQ(answer(ask("ok")), 42);
  EXPECT_EQ(workers_started(), 2u);
}

TEST_F(Service, RunsWithoutAPlaceForTheCache) {
  options_.cache = "/proc/no/such/place";
  auto running = service();
  EXPECT_EQ(answer(ask(*running, "ok one")), 42);
  EXPECT_EQ(answer(ask(*running, "ok two")), 42);
  EXPECT_EQ(answer(ask(*running, "ok one")), 42);
  EXPECT_EQ(workers_started(), 2u);  // it remembers
  ASSERT_EQ(log_.size(), 1u);        // and complains once
  EXPECT_NE(log_[0].find("not kept"), std::string::npos);
}

TEST_F(Service, TellsAboutSlowCompilations) {
  EXPECT_EQ(answer(ask("slow")), 42);
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_NE(log_[0].find("compiling a program of 4 bytes... 25%"), std::string::npos) << log_[0];
  EXPECT_NE(log_[1].find("took"), std::string::npos) << log_[1];
}

TEST_F(Service, ShowsProgressToWhoWantsIt) {
  std::vector<CodeProgress> seen;
  options_.progress = [&](const CodeProgress &progress) { seen.push_back(progress); };
  options_.describe = [](std::span<const uint8_t>) { return "the program"; };
  EXPECT_EQ(answer(ask("slow")), 42);
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.front().what, "the program");
  EXPECT_EQ(seen.front().percent, 25u);
  EXPECT_TRUE(seen.back().finished);
  EXPECT_TRUE(log_.empty());
}

TEST_F(Service, CompilesWhileTheCallerWaits) {
  CompileOrder order{WL_TEST_WORKER,
                     {.worker_id = "test", .fs_offset = kImageFsOffset},
                     {uint64_t{256} << 20, 60, 60, 1},
                     {}};
  CodeCache cache(options_.cache, {}, nullptr);
  for (int i = 0; i < 2; ++i) {
    auto object = find_or_compile(bytes_of("ok"), order, cache, nullptr);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(*object, image_bytes());
  }
  EXPECT_EQ(workers_started(), 1u);
  auto failed = find_or_compile(bytes_of("crash"), order, cache, nullptr);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("Segmentation fault"), std::string::npos);
}

}  // namespace
}  // namespace wasmlinux::testing
