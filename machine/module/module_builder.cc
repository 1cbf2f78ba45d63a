// SPDX-License-Identifier: Apache-2.0
#include "machine/module/module_builder.h"

#include <cinttypes>
#include <cstdio>

#include "machine/cpu/native_abi.h"
#include "machine/module/limits.h"

namespace wasmlinux {

namespace {

ValueType value_type(wabt::Type type) {
  switch (type) {
    case wabt::Type::I32:
      return ValueType::i32;
    case wabt::Type::I64:
      return ValueType::i64;
    case wabt::Type::F32:
      return ValueType::f32;
    case wabt::Type::F64:
      return ValueType::f64;
    case wabt::Type::V128:
      return ValueType::v128;
    case wabt::Type::FuncRef:
      return ValueType::funcref;
    default:
      return ValueType::externref;
  }
}

wabt::SegmentKind segment_kind(uint8_t flags) {
  if ((flags & wabt::SegDeclared) == wabt::SegDeclared)
    return wabt::SegmentKind::Declared;
  return flags & wabt::SegPassive ? wabt::SegmentKind::Passive : wabt::SegmentKind::Active;
}

SegmentMode segment_mode(uint8_t flags) {
  switch (segment_kind(flags)) {
    case wabt::SegmentKind::Active:
      return SegmentMode::active;
    case wabt::SegmentKind::Passive:
      return SegmentMode::passive;
    default:
      return SegmentMode::declared;
  }
}

Limits to_limits(const wabt::Limits &limits) {
  Limits result{static_cast<uint32_t>(limits.initial), std::nullopt};
  if (limits.has_max)
    result.max = static_cast<uint32_t>(limits.max);
  return result;
}

wabt::Type wabt_type(ValueType type) {
  switch (type) {
    case ValueType::i32:
      return wabt::Type::I32;
    case ValueType::i64:
      return wabt::Type::I64;
    case ValueType::f32:
      return wabt::Type::F32;
    case ValueType::f64:
      return wabt::Type::F64;
    case ValueType::v128:
      return wabt::Type::V128;
    case ValueType::funcref:
      return wabt::Type::FuncRef;
    case ValueType::externref:
      return wabt::Type::ExternRef;
  }
  return wabt::Type::Any;
}

std::string quoted(std::string_view module, std::string_view field) {
  return std::string(module) + "." + std::string(field);
}

}  // namespace

ModuleBuilder::ModuleBuilder(std::span<const uint8_t> bytes, const wabt::Features &features)
    : CodeValidator(features, bytes.size()) {
  module_.bytes = bytes;
}

std::string ModuleBuilder::error() const {
  for (const wabt::Error &e : errors_) {
    if (e.error_level != wabt::ErrorLevel::Error)
      continue;
    if (e.loc.offset > module_.bytes.size())
      return e.message;
    char offset[32];
    std::snprintf(offset, sizeof offset, "offset 0x%zx: ", e.loc.offset);
    return offset + e.message;
  }
  return "module is malformed";
}

ModuleBuilder::Result ModuleBuilder::BeginModule(uint32_t version) {
  if (version != 1)
    return fail("WebAssembly version " + std::to_string(version) + " is unknown");
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::EndModule() {
  // A declared function without a body: the code section is missing.
  for (size_t i = module_.imports.size(); i < module_.functions.size(); i++)
    if (module_.functions[i].body_size == 0)
      return fail("function " + std::to_string(i) + " has no body");
  return validator_.EndModule();
}

// ---- Types ----

ModuleBuilder::Result ModuleBuilder::OnTypeCount(Index count) {
  return within(count, limits::kTypes, "types");
}

ModuleBuilder::Result ModuleBuilder::OnFuncType(Index index, Index param_count, Type *params,
                                                Index result_count, Type *results) {
  if (wabt::Failed(within(param_count, limits::kParams, "parameters of a function")) ||
      wabt::Failed(within(result_count, limits::kResults, "results of a function")) ||
      wabt::Failed(validator_.OnFuncType(location(), param_count, params, result_count, results, index)))
    return Result::Error;
  FunctionType type;
  for (Index i = 0; i < param_count; i++)
    type.params.push_back(value_type(params[i]));
  for (Index i = 0; i < result_count; i++)
    type.results.push_back(value_type(results[i]));
  module_.types.push_back(std::move(type));
  return Result::Ok;
}

// ---- Imports ----

ModuleBuilder::Result ModuleBuilder::OnImportFunc(Index, std::string_view module, std::string_view field,
                                                  Index, Index type) {
  module_.imports.push_back({std::string(module), std::string(field)});
  if (wabt::Failed(within(module_.imports.size(), kStateImportsMax, "imported functions")))
    return Result::Error;
  return add_function(type);
}

ModuleBuilder::Result ModuleBuilder::OnImportTable(Index, std::string_view, std::string_view, Index,
                                                   Type type, const wabt::Limits *limits) {
  return add_table(type, *limits);
}

ModuleBuilder::Result ModuleBuilder::OnImportMemory(Index, std::string_view, std::string_view, Index,
                                                    const wabt::Limits *limits) {
  return add_memory(*limits);
}

ModuleBuilder::Result ModuleBuilder::OnImportGlobal(Index, std::string_view module, std::string_view field,
                                                    Index, Type, bool) {
  return fail("it imports the global " + quoted(module, field) + "; this machine provides no globals");
}

ModuleBuilder::Result ModuleBuilder::OnImportTag(Index, std::string_view module, std::string_view field,
                                                 Index, Index) {
  return fail("it imports the exception tag " + quoted(module, field) + "; this machine provides none");
}

// ---- Functions, table, memory ----

ModuleBuilder::Result ModuleBuilder::add_function(Index type) {
  if (wabt::Failed(within(module_.functions.size() + 1, limits::kFunctions, "functions")) ||
      wabt::Failed(validator_.OnFunction(location(), var(type))))
    return Result::Error;
  module_.functions.emplace_back().type = type;
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnFunctionCount(Index count) {
  return within(count, limits::kFunctions, "functions");
}

ModuleBuilder::Result ModuleBuilder::OnFunction(Index, Index type) { return add_function(type); }

ModuleBuilder::Result ModuleBuilder::add_table(Type type, const wabt::Limits &limits) {
  if (wabt::Failed(validator_.OnTable(location(), type, limits)) ||
      wabt::Failed(within(limits.initial, kTableMaxEntries, "table entries")))
    return Result::Error;
  if (module_.table)
    return fail("it has more than one table");
  if (type != Type::FuncRef)
    return fail("it has a table of something else than functions");
  module_.table = to_limits(limits);
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnTable(Index, Type type, const wabt::Limits *limits) {
  return add_table(type, *limits);
}

ModuleBuilder::Result ModuleBuilder::add_memory(const wabt::Limits &limits) {
  if (wabt::Failed(validator_.OnMemory(location(), limits)))
    return Result::Error;
  if (module_.memory)
    return fail("it has more than one memory");
  module_.memory = to_limits(limits);
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnMemory(Index, const wabt::Limits *limits) {
  return add_memory(*limits);
}

// ---- Globals ----

ModuleBuilder::Result ModuleBuilder::OnGlobalCount(Index count) {
  return within(count, limits::kGlobals, "globals");
}

ModuleBuilder::Result ModuleBuilder::BeginGlobal(Index, Type type, bool is_mutable) {
  if (wabt::Failed(validator_.OnGlobal(location(), type, is_mutable)))
    return Result::Error;
  module_.globals.push_back({value_type(type), is_mutable, {}, {}});
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::BeginGlobalInitExpr(Index) {
  return begin_constant(wabt_type(module_.globals.back().type), module_.globals);
}

ModuleBuilder::Result ModuleBuilder::EndGlobalInitExpr(Index) {
  return end_constant(module_.globals.back().value);
}

// ---- Exports, start ----

ModuleBuilder::Result ModuleBuilder::OnExportCount(Index count) {
  return within(count, limits::kExports, "exports");
}

ModuleBuilder::Result ModuleBuilder::OnExport(Index, wabt::ExternalKind kind, Index item,
                                              std::string_view name) {
  if (wabt::Failed(validator_.OnExport(location(), kind, var(item), name)))
    return Result::Error;
  if (kind == wabt::ExternalKind::Tag)
    return fail("it exports an exception tag");
  module_.exports.push_back({std::string(name), static_cast<ExternKind>(kind), item});
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnStartFunction(Index index) {
  module_.start = index;
  return validator_.OnStart(location(), var(index));
}

// ---- Element segments ----

ModuleBuilder::Result ModuleBuilder::OnElemSegmentCount(Index count) {
  return within(count, limits::kElementSegments, "element segments");
}

ModuleBuilder::Result ModuleBuilder::BeginElemSegment(Index, Index table, uint8_t flags) {
  module_.elements.emplace_back().mode = segment_mode(flags);
  return validator_.OnElemSegment(location(), var(table), segment_kind(flags));
}

ModuleBuilder::Result ModuleBuilder::BeginElemSegmentInitExpr(Index) {
  return begin_constant(Type::I32, module_.globals);
}

ModuleBuilder::Result ModuleBuilder::EndElemSegmentInitExpr(Index) {
  Constant offset;
  Result result = end_constant(offset);
  module_.elements.back().offset = static_cast<uint32_t>(offset.value);
  return result;
}

ModuleBuilder::Result ModuleBuilder::OnElemSegmentElemType(Index, Type type) {
  return validator_.OnElemSegmentElemType(location(), type);
}

ModuleBuilder::Result ModuleBuilder::OnElemSegmentElemExprCount(Index, Index count) {
  elements_ += count;
  return within(elements_, limits::kElements, "elements");
}

ModuleBuilder::Result ModuleBuilder::OnElemSegmentElemExpr_RefNull(Index, Type type) {
  module_.elements.back().elements.push_back({Constant::Kind::null_reference, 0});
  return validator_.OnElemSegmentElemExpr_RefNull(location(), type);
}

ModuleBuilder::Result ModuleBuilder::OnElemSegmentElemExpr_RefFunc(Index, Index function) {
  module_.elements.back().elements.push_back({Constant::Kind::function, function});
  return validator_.OnElemSegmentElemExpr_RefFunc(location(), var(function));
}

// ---- Data segments ----

ModuleBuilder::Result ModuleBuilder::OnDataCount(Index count) {
  validator_.OnDataCount(count);
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnDataSegmentCount(Index count) {
  return within(count, limits::kDataSegments, "data segments");
}

ModuleBuilder::Result ModuleBuilder::BeginDataSegment(Index, Index memory, uint8_t flags) {
  module_.data.emplace_back().mode = segment_mode(flags);
  return validator_.OnDataSegment(location(), var(memory), segment_kind(flags));
}

ModuleBuilder::Result ModuleBuilder::BeginDataSegmentInitExpr(Index) {
  return begin_constant(Type::I32, module_.globals);
}

ModuleBuilder::Result ModuleBuilder::EndDataSegmentInitExpr(Index) {
  Constant address;
  Result result = end_constant(address);
  module_.data.back().address = static_cast<uint32_t>(address.value);
  return result;
}

ModuleBuilder::Result ModuleBuilder::OnDataSegmentData(Index, const void *data, wabt::Address size) {
  DataSegment &segment = module_.data.back();
  segment.file_offset =
      size ? static_cast<uint32_t>(static_cast<const uint8_t *>(data) - module_.bytes.data()) : 0;
  segment.size = static_cast<uint32_t>(size);
  return Result::Ok;
}

// ---- Function bodies ----

ModuleBuilder::Result ModuleBuilder::BeginFunctionBody(Index index, wabt::Offset size) {
  if (wabt::Failed(within(size, limits::kFunctionSize, "bytes of a function")))
    return Result::Error;
  module_.functions[index].body_offset = static_cast<uint32_t>(state->offset);
  module_.functions[index].body_size = static_cast<uint32_t>(size);
  locals_ = 0;
  return begin_body(index);
}

ModuleBuilder::Result ModuleBuilder::OnLocalDecl(Index, Index count, Type type) {
  locals_ += count;
  if (wabt::Failed(within(locals_, limits::kLocals, "locals of a function")))
    return Result::Error;
  return validator_.OnLocalDecl(location(), count, type);
}

// ---- Names ----

ModuleBuilder::Result ModuleBuilder::OnFunctionName(Index index, std::string_view name) {
  if (index < module_.functions.size())
    module_.functions[index].name = name;
  return Result::Ok;
}

ModuleBuilder::Result ModuleBuilder::OnNameEntry(wabt::NameSectionSubsection kind, Index index,
                                                 std::string_view name) {
  if (kind == wabt::NameSectionSubsection::Global && index < module_.globals.size())
    module_.globals[index].name = name;
  return Result::Ok;
}

}  // namespace wasmlinux
