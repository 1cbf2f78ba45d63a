// SPDX-License-Identifier: Apache-2.0
/// One wasm function to LLVM IR.
#pragma once

#include "machine/compiler/unit.h"
#include "machine/module/code_reader.h"

namespace wasmlinux {

class Translator {
public:
  Translator(Unit &unit, uint32_t function);
  /// Defines the function in the unit.
  void translate();

private:
  /// A block, loop, if, or the function itself.
  struct Frame {
    Op kind;
    BlockType type;
    llvm::BasicBlock *target;               // of branches to it
    llvm::BasicBlock *otherwise = nullptr;  // an if's else, until it is reached
    std::vector<llvm::Value *> arguments;   // an if's, for its else
    std::vector<llvm::PHINode *> phis;      // what branches pass to `target`
    size_t height;                          // of the stack, below its arguments
  };

  // Control: translate_control.cc
  bool control(const Instruction &in);
  void push_frame(Op kind, BlockType type);
  void begin_if(const Instruction &in);
  void begin_else();
  void end();
  void leave();  // code behind this point can't be reached
  void branch(uint32_t depth);
  void branch_if(uint32_t depth);
  void branch_table(const Instruction &in);
  void pass(Frame &frame);
  std::vector<llvm::PHINode *> make_phis(llvm::BasicBlock *block, const std::vector<ValueType> &types);
  const std::vector<ValueType> &label_types(const Frame &frame) const;
  void do_return();
  void call(uint32_t function);
  void call_indirect(uint32_t type);

  // Variables, references, tables, segments: translate_state.cc
  bool variable(const Instruction &in);
  void global_get(uint32_t index);
  void global_set(uint32_t index);
  bool bulk(const Instruction &in);
  bool table(const Instruction &in);
  llvm::Value *function_reference(uint32_t function);
  llvm::Value *constant(const Global &global);

  // Memory: translate_memory.cc
  bool memory(const Instruction &in);
  void load(const Instruction &in, llvm::Type *memory_type, ValueType type, bool is_signed);
  void store(const Instruction &in, llvm::Type *memory_type);
  bool atomic(const Instruction &in);
  llvm::Value *atomic_address(const Instruction &in, unsigned bytes, llvm::Value *index);
  void atomic_read_modify_write(const Instruction &in);
  void wait(const Instruction &in);
  void notify(const Instruction &in);

  // Numbers: translate_numbers.cc
  bool number(const Instruction &in);
  bool integer(Op op, unsigned bits, Op base);
  bool float_operation(Op op, Op base);
  void float_compare(Op op, Op base);
  void integer_compare(Op op, Op base);
  void divide(Op op, Op base);
  bool convert(const Instruction &in);
  void truncate(llvm::Type *to, bool is_signed);
  void truncate_saturating(llvm::Type *to, bool is_signed);

  void push(llvm::Value *value) { stack_.push_back(value); }
  llvm::Value *pop();
  std::vector<llvm::Value *> pop(size_t count);
  llvm::Value *condition();
  void push_flag(llvm::Value *flag) { push(ir_.CreateZExt(flag, ir_.getInt32Ty())); }
  llvm::Value *zero(ValueType type) { return llvm::Constant::getNullValue(unit_.type(type)); }

  Unit &unit_;
  llvm::IRBuilder<> &ir_;
  const uint32_t function_;
  const FunctionType &type_;
  std::vector<llvm::AllocaInst *> locals_;
  std::vector<llvm::Value *> stack_;
  std::vector<Frame> frames_;
  bool reachable_ = true;
  uint32_t skipped_ = 0;  // frames opened in unreachable code
};

}  // namespace wasmlinux
