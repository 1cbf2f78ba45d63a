// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/compile.h"

#include <cstdio>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include "machine/compiler/codegen.h"
#include "machine/compiler/facts.h"
#include "machine/compiler/image.h"
#include "machine/compiler/link.h"
#include "machine/compiler/memory_file.h"
#include "machine/compiler/piece_processes.h"
#include "machine/compiler/plan.h"

namespace wasmlinux {

namespace {

/// The file beside the output that takes its place when it is complete.
class TemporaryOutput {
public:
  explicit TemporaryOutput(const std::string &output)
      : output_(output), path_(output + ".tmp" + std::to_string(getpid())) {}
  ~TemporaryOutput() {
    if (!done_)
      unlink(path_.c_str());
  }
  const std::string &path() const { return path_; }
  void publish() {
    if (rename(path_.c_str(), output_.c_str()) != 0)
      throw CompileError(CompileError::Kind::internal, "can't write " + output_);
    done_ = true;
  }

private:
  std::string output_, path_;
  bool done_ = false;
};

}  // namespace

void compile_module(const Module &module, const CompileOptions &options, const std::string &output) {
  const Facts facts = find_facts(module, options);
  const std::vector<Piece> pieces = plan_pieces(module, options.fast);

  // Each piece becomes an object in a file of its own, compiled in another process.
  std::vector<MemoryFile> objects(pieces.size());
  run_in_processes(
      pieces.size(), options.jobs,
      [&](size_t i) { objects[i].write(compile_piece(module, facts, options, pieces[i])); },
      options.progress);

  TemporaryOutput temporary(output);
  auto link = [&](size_t) {
    std::vector<NativeFunction> functions;
    std::vector<std::string> paths;
    for (MemoryFile &object : objects) {
      for (NativeFunction &f : functions_of(object.read()))
        functions.push_back(std::move(f));
      paths.push_back(object.path());
    }
    MemoryFile image;
    image.write(make_image(module, facts, options, functions));
    paths.push_back(image.path());
    link_image(paths, temporary.path());
  };
  run_in_processes(1, 1, link, {});
  temporary.publish();
}

}  // namespace wasmlinux
