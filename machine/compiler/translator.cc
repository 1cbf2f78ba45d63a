// SPDX-License-Identifier: Apache-2.0
#include "machine/compiler/translator.h"

#include <algorithm>

#include "machine/compiler/support.h"

namespace wasmlinux {

Translator::Translator(Unit &unit, uint32_t function)
    : unit_(unit), ir_(unit.ir), function_(function), type_(unit.wasm.type_of(function)) {}

void Translator::translate() {
  llvm::Function *native = unit_.wasm_function(function_);
  unit_.define(native);
  if (unit_.facts.address_taken[function_])
    emit_prefix(unit_, native, type_);

  CodeReader code(unit_.wasm, function_);
  auto add_local = [&](ValueType type) { locals_.push_back(ir_.CreateAlloca(unit_.type(type))); };
  std::for_each(type_.params.begin(), type_.params.end(), add_local);
  std::for_each(code.locals().begin(), code.locals().end(), add_local);
  for (size_t i = 0; i < locals_.size(); i++) {
    bool is_param = i < type_.params.size();
    ir_.CreateStore(is_param ? static_cast<llvm::Value *>(native->getArg(static_cast<unsigned>(i)))
                             : zero(code.locals()[i - type_.params.size()]),
                    locals_[i]);
  }

  push_frame(Op::block, {{}, type_.results});
  Instruction in;
  while (!frames_.empty()) {
    code.next(in);
    if (control(in) || !reachable_)
      continue;
    if (!variable(in) && !memory(in) && !number(in) && !bulk(in) && !table(in))
      throw BadCode("instruction " + std::to_string(static_cast<unsigned>(in.op)) + " is unknown");
  }
}

llvm::Value *Translator::pop() {
  if (stack_.empty())
    throw BadCode("operand stack is empty");
  llvm::Value *value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<llvm::Value *> Translator::pop(size_t count) {
  if (stack_.size() < count)
    throw BadCode("operand stack is empty");
  std::vector<llvm::Value *> values(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return values;
}

// An i32 as a truth value. What a comparison has just widened needs no other one.
llvm::Value *Translator::condition() {
  llvm::Value *value = pop();
  if (auto *widened = llvm::dyn_cast<llvm::ZExtInst>(value))
    if (widened->getSrcTy()->isIntegerTy(1))
      return widened->getOperand(0);
  return ir_.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
}

}  // namespace wasmlinux
