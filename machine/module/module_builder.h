// SPDX-License-Identifier: Apache-2.0
/// Builds a Module from what wabt's reader finds, and has every instruction looked
/// at by wabt's validator. Only module_reader.cc includes this.
#pragma once

#include <span>
#include <string>

#include <wabt/binary-reader-nop.h>
#include <wabt/error.h>

#include "machine/module/code_validator.h"
#include "machine/module/module.h"

namespace wasmlinux {

class ModuleBuilder final : public CodeValidator {
public:
  ModuleBuilder(std::span<const uint8_t> bytes, const wabt::Features &features);

  /// The first error, with the place in the file.
  std::string error() const;
  Module take() { return std::move(module_); }

private:
  using Result = wabt::Result;
  using Index = wabt::Index;
  using Type = wabt::Type;

  Result BeginModule(uint32_t version) override;
  Result EndModule() override;

  Result OnTypeCount(Index count) override;
  Result OnFuncType(Index index, Index param_count, Type *params, Index result_count, Type *results) override;

  Result OnImportFunc(Index, std::string_view module, std::string_view field, Index index,
                      Index type) override;
  Result OnImportTable(Index, std::string_view module, std::string_view field, Index index, Type type,
                       const wabt::Limits *limits) override;
  Result OnImportMemory(Index, std::string_view module, std::string_view field, Index index,
                        const wabt::Limits *limits) override;
  Result OnImportGlobal(Index, std::string_view module, std::string_view field, Index, Type, bool) override;
  Result OnImportTag(Index, std::string_view module, std::string_view field, Index, Index) override;

  Result OnFunctionCount(Index count) override;
  Result OnFunction(Index index, Index type) override;
  Result OnTable(Index index, Type type, const wabt::Limits *limits) override;
  Result OnMemory(Index index, const wabt::Limits *limits) override;
  Result OnGlobalCount(Index count) override;
  Result BeginGlobal(Index index, Type type, bool is_mutable) override;
  Result BeginGlobalInitExpr(Index index) override;
  Result EndGlobalInitExpr(Index index) override;
  Result OnExportCount(Index count) override;
  Result OnExport(Index, wabt::ExternalKind kind, Index item, std::string_view name) override;
  Result OnStartFunction(Index index) override;

  Result OnElemSegmentCount(Index count) override;
  Result BeginElemSegment(Index index, Index table, uint8_t flags) override;
  Result BeginElemSegmentInitExpr(Index index) override;
  Result EndElemSegmentInitExpr(Index index) override;
  Result OnElemSegmentElemType(Index index, Type type) override;
  Result OnElemSegmentElemExprCount(Index index, Index count) override;
  Result OnElemSegmentElemExpr_RefNull(Index segment, Type type) override;
  Result OnElemSegmentElemExpr_RefFunc(Index segment, Index function) override;

  Result OnDataCount(Index count) override;
  Result OnDataSegmentCount(Index count) override;
  Result BeginDataSegment(Index index, Index memory, uint8_t flags) override;
  Result BeginDataSegmentInitExpr(Index index) override;
  Result EndDataSegmentInitExpr(Index index) override;
  Result OnDataSegmentData(Index index, const void *data, wabt::Address size) override;

  Result BeginFunctionBody(Index index, wabt::Offset size) override;
  Result OnLocalDecl(Index decl, Index count, Type type) override;

  Result OnFunctionName(Index index, std::string_view name) override;
  Result OnNameEntry(wabt::NameSectionSubsection kind, Index index, std::string_view name) override;

  Result add_table(Type type, const wabt::Limits &limits);
  Result add_memory(const wabt::Limits &limits);
  Result add_function(Index type);

  Module module_;
  uint64_t locals_ = 0;    // of the function body that is being read
  uint64_t elements_ = 0;  // in all segments
};

}  // namespace wasmlinux
