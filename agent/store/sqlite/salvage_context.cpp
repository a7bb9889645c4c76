#include "agent/store/sqlite/salvage_context.h"

#include <algorithm>

#include "agent/store/sqlite/statement.h"
#include "common/text/hex.h"

namespace certconnector::store {

SalvageCount& SalvageContext::count(const std::string& kind) {
  auto& counts = report_.counts;
  auto known = std::find_if(counts.begin(), counts.end(),
                            [&](const SalvageCount& one) { return one.kind == kind; });
  if (known != counts.end()) return *known;
  constexpr std::size_t kMostKinds = 16;
  counts.reserve(kMostKinds);
  counts.push_back({kind, 0, 0, false, {}});
  return counts.back();
}

void SalvageContext::lose(SalvageCount& count, std::string name) {
  constexpr std::size_t kNamed = 20;
  ++count.lost;
  if (!name.empty() && count.names.size() < kNamed) count.names.push_back(std::move(name));
}

Status SalvageContext::row_done() {
  constexpr std::uint64_t kRowsPerReport = 2000;
  if (++rows_ % kRowsPerReport != 0) return {};
  return options_.report({"rows", rows_, 0});
}

std::optional<std::int64_t> SalvageContext::authority(const StoredTables* source,
                                                      std::int64_t number) const {
  const auto known = authorities_.find({source, number});
  return known == authorities_.end() ? std::nullopt : std::make_optional(known->second);
}

void SalvageContext::map_authority(const StoredTables* source, std::int64_t number,
                                   std::int64_t in_new) {
  authorities_[{source, number}] = in_new;
}

Result<std::uint64_t> SalvageContext::copy(StoredTables* source, const std::string& table,
                                           const Takes& takes,
                                           const std::vector<std::string>& derived) {
  std::uint64_t copied = 0;
  if (source == nullptr) return copied;
  std::vector<std::string> columns = source->columns(table);
  columns.insert(columns.end(), derived.begin(), derived.end());
  CC_TRY_ASSIGN(RowWriter rows, RowWriter::open(to(), table, columns));
  const auto copy_row = [&](const NamedRow& row) -> Status {
    CC_TRY_ASSIGN(const auto instead, takes(row));
    if (instead) {
      CC_TRY_ASSIGN(const bool written, rows.write(row, *instead));
      if (written) ++copied;
    }
    return row_done();
  };
  CC_TRY(source->for_each(table, copy_row));
  return copied;
}

Result<bool> SalvageContext::has(StaticSql sql, std::int64_t value) {
  Query query(to(), sql, value);
  return query.next();
}

Result<bool> SalvageContext::has(StaticSql sql, std::string_view value) {
  Query query(to(), sql, value);
  return query.next();
}

Result<std::optional<core::StoreMark>> SalvageContext::mark_of(StoredTables* source) const {
  std::optional<core::StoreMark> mark;
  if (sources_.first_release) return mark;
  if (source->damage("identity").any() || source->damage("meta").any()) return mark;
  mark.emplace();
  CC_TRY(source->for_each("identity", [&](const NamedRow& row) {
    mark->id = text::to_hex(row.blob("id"));
    return Status();
  }));
  CC_TRY(source->for_each("meta", [&](const NamedRow& row) {
    const bool counts = row.text("name") == "next_ticket" || row.text("name") == "next_entry";
    if (counts) mark->progress += static_cast<std::uint64_t>(row.integer("value"));
    return Status();
  }));
  return mark;
}

}  // namespace certconnector::store
