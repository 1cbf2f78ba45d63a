// SPDX-License-Identifier: Apache-2.0
#include <llvm/IR/CFG.h>

#include "machine/compiler/translator.h"

namespace wasmlinux {

// Handles everything that opens, closes or leaves a block, and all that is skipped
// because it can't be reached. True if the instruction is dealt with.
bool Translator::control(const Instruction &in) {
  bool opens = in.op == Op::block || in.op == Op::loop || in.op == Op::if_;
  if (!reachable_) {
    if (opens)
      skipped_++;
    else if (in.op == Op::end && skipped_)
      skipped_--;
    else if (in.op == Op::end)
      end();
    else if (in.op == Op::else_ && !skipped_)
      begin_else();
    return true;
  }
  switch (in.op) {
    case Op::block:
    case Op::loop:
      push_frame(in.op, block_type(unit_.wasm, in));
      return true;
    case Op::if_:
      begin_if(in);
      return true;
    case Op::else_:
      begin_else();
      return true;
    case Op::end:
      end();
      return true;
    case Op::br:
      branch(in.index);
      return true;
    case Op::br_if:
      branch_if(in.index);
      return true;
    case Op::br_table:
      branch_table(in);
      return true;
    case Op::return_:
      do_return();
      return true;
    case Op::call:
      call(in.index);
      return true;
    case Op::call_indirect:
      call_indirect(in.index);
      return true;
    case Op::nop:
      return true;
    case Op::unreachable:
      unit_.trap(TrapCode::unreachable);
      leave();
      return true;
    default:
      return false;
  }
}

const std::vector<ValueType> &Translator::label_types(const Frame &frame) const {
  return frame.kind == Op::loop ? frame.type.params : frame.type.results;
}

std::vector<llvm::PHINode *> Translator::make_phis(llvm::BasicBlock *block,
                                                   const std::vector<ValueType> &types) {
  llvm::IRBuilder<>::InsertPointGuard guard(ir_);
  ir_.SetInsertPoint(block);
  std::vector<llvm::PHINode *> phis;
  for (ValueType type : types)
    phis.push_back(ir_.CreatePHI(unit_.type(type), 2));
  return phis;
}

void Translator::push_frame(Op kind, BlockType type) {
  Frame frame{kind, std::move(type), unit_.new_block(), nullptr, {}, {}, 0};
  frame.phis = make_phis(frame.target, label_types(frame));
  frame.height = stack_.size() - frame.type.params.size();
  frames_.push_back(std::move(frame));
  if (kind == Op::loop) {
    Frame &loop = frames_.back();
    pass(loop);
    ir_.CreateBr(loop.target);
    ir_.SetInsertPoint(loop.target);
    stack_.resize(loop.height);
    stack_.insert(stack_.end(), loop.phis.begin(), loop.phis.end());
  }
}

void Translator::begin_if(const Instruction &in) {
  llvm::Value *flag = condition();
  push_frame(Op::if_, block_type(unit_.wasm, in));
  Frame &frame = frames_.back();
  frame.arguments.assign(stack_.begin() + static_cast<ptrdiff_t>(frame.height), stack_.end());
  frame.otherwise = unit_.new_block();
  llvm::BasicBlock *then = unit_.new_block();
  ir_.CreateCondBr(flag, then, frame.otherwise);
  ir_.SetInsertPoint(then);
}

void Translator::begin_else() {
  Frame &frame = frames_.back();
  if (reachable_) {
    pass(frame);
    ir_.CreateBr(frame.target);
  }
  stack_.resize(frame.height);
  stack_.insert(stack_.end(), frame.arguments.begin(), frame.arguments.end());
  ir_.SetInsertPoint(frame.otherwise);
  frame.otherwise = nullptr;
  reachable_ = true;
}

void Translator::end() {
  if (frames_.back().otherwise)  // an if without else passes its arguments on
    begin_else();
  Frame frame = std::move(frames_.back());
  if (frame.kind == Op::loop) {
    // Falls out of the loop; what is on the stack are its results.
    frames_.pop_back();
    if (!reachable_)
      stack_.resize(frame.height);
    return;
  }
  if (reachable_) {
    pass(frame);
    ir_.CreateBr(frame.target);
  }
  frames_.pop_back();
  stack_.resize(frame.height);
  reachable_ = !llvm::pred_empty(frame.target);
  if (!reachable_) {
    frame.target->eraseFromParent();
    return;
  }
  ir_.SetInsertPoint(frame.target);
  stack_.insert(stack_.end(), frame.phis.begin(), frame.phis.end());
  if (frames_.empty())
    unit_.return_values(type_, pop(type_.results.size()));
}

void Translator::leave() { reachable_ = false; }

// Gives the topmost values to the label of `frame`, from the current block.
void Translator::pass(Frame &frame) {
  size_t count = frame.phis.size();
  if (stack_.size() < count)
    throw BadCode("operand stack is empty");
  for (size_t i = 0; i < count; i++)
    frame.phis[i]->addIncoming(stack_[stack_.size() - count + i], ir_.GetInsertBlock());
}

void Translator::branch(uint32_t depth) {
  Frame &frame = frames_.at(frames_.size() - 1 - depth);
  pass(frame);
  ir_.CreateBr(frame.target);
  leave();
}

void Translator::branch_if(uint32_t depth) {
  llvm::Value *flag = condition();
  Frame &frame = frames_.at(frames_.size() - 1 - depth);
  pass(frame);
  llvm::BasicBlock *go_on = unit_.new_block();
  ir_.CreateCondBr(flag, frame.target, go_on);
  ir_.SetInsertPoint(go_on);
}

void Translator::branch_table(const Instruction &in) {
  llvm::Value *index = pop();
  auto frame = [&](uint32_t depth) -> Frame & { return frames_.at(frames_.size() - 1 - depth); };
  Frame &otherwise = frame(in.targets.back());
  pass(otherwise);
  auto *jump = ir_.CreateSwitch(index, otherwise.target, static_cast<unsigned>(in.targets.size() - 1));
  for (uint32_t i = 0; i + 1 < in.targets.size(); i++) {
    Frame &target = frame(in.targets[i]);
    pass(target);
    jump->addCase(ir_.getInt32(i), target.target);
  }
  leave();
}

void Translator::do_return() {
  unit_.return_values(type_, pop(type_.results.size()));
  leave();
}

void Translator::call(uint32_t function) {
  std::vector<llvm::Value *> arguments = pop(unit_.wasm.type_of(function).params.size());
  for (llvm::Value *result : unit_.call(function, arguments))
    push(result);
}

void Translator::call_indirect(uint32_t type_index) {
  const FunctionType &type = unit_.wasm.types.at(type_index);
  llvm::Value *index = pop();
  std::vector<llvm::Value *> arguments = pop(type.params.size());
  for (llvm::Value *result : unit_.call_indirect(type, index, arguments))
    push(result);
}

}  // namespace wasmlinux
