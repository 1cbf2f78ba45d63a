// SPDX-License-Identifier: Apache-2.0
#include "machine/code/compile.h"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "machine/base/file.h"
#include "machine/code/scratch_directory.h"

namespace wasmlinux {
namespace {

constexpr int kTellEveryMs = 200;

/// Until the worker's end, or its deadline.
WorkerEnd wait_for(WorkerProcess &worker, const std::function<void(unsigned)> &progress) {
  for (;;) {
    pollfd fds[] = {{worker.end_fd(), POLLIN, 0}, {worker.messages_fd(), POLLIN, 0}};
    if (::poll(fds, 2, kTellEveryMs) < 0)
      continue;
    if (fds[1].revents != 0)
      worker.read_messages();
    if (fds[0].revents != 0)
      return worker.finish();
    if (monotonic_now() >= worker.deadline())
      worker.kill_hanging();
    if (progress)
      progress(worker.progress_percent());
  }
}

}  // namespace

tl::expected<std::vector<uint8_t>, CodeError> compile_module(std::span<const uint8_t> module,
                                                             const CompileOrder &order) {
  auto fail = [](int error, const std::string &why) { return tl::unexpected(CodeError{error, why}); };
  UniqueFd input = memory_file("wasm module", module);
  if (!input)
    return fail(ENOMEM, std::string("no memory for the module: ") + std::strerror(errno));
  auto scratch = ScratchDirectory::make(ScratchDirectory::default_places());
  if (!scratch)
    return fail(ENOMEM, "no place to compile in: " + scratch.error());
  auto worker =
      WorkerProcess::start(order.worker, order.settings, order.limits, input.get(), scratch->path());
  if (!worker)
    return fail(ENOMEM, worker.error());
  WorkerEnd end = wait_for(*worker, order.progress);
  if (end.kind != WorkerEnd::Kind::success)
    return fail(ENOEXEC, end.message);

  UniqueFd output(::open(worker->output().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  auto object = output ? read_whole(output.get()) : std::nullopt;
  if (!object || object->empty())
    return fail(ENOEXEC, "the compiler made nothing");
  UniqueFd copy = memory_file("wasmlinux code", *object);  // where it was made code may not be mapped
  if (!copy)
    return fail(ENOMEM, std::string("no memory for native code: ") + std::strerror(errno));
  if (auto code = Code::load(copy.get(), "native code", order.settings.fs_offset); !code)
    return fail(code.error().guest_errno, "the compiler made " + code.error().message);
  return std::move(*object);
}

tl::expected<std::vector<uint8_t>, CodeError> find_or_compile(std::span<const uint8_t> module,
                                                              const CompileOrder &order, CodeCache &cache,
                                                              const CodeCache::Log &log) {
  const CodeKey key = code_key(module, order.settings);
  if (UniqueFd entry = cache.find(key)) {
    MappedFile file(entry.get());
    auto object = CodeCache::object_of(file.bytes());
    return std::vector<uint8_t>(object.begin(), object.end());
  }
  auto object = compile_module(module, order);
  if (object)
    if (auto kept = cache.store(key, *object); !kept)
      log(kept.error());
  return object;
}

}  // namespace wasmlinux
