// Shared by the steps of a salvage.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/store/sqlite/row_writer.h"
#include "agent/store/sqlite/salvage.h"
#include "agent/store/sqlite/store_writer.h"
#include "agent/store/sqlite/stored_tables.h"

namespace certconnector::store {

struct SalvageSources {
  // The same for agent.db; queue.db and inventory.db for release 0.1.0. Null: cannot be opened.
  StoredTables* queue = nullptr;
  StoredTables* certificates = nullptr;
  bool first_release = false;
};

class SalvageContext {
 public:
  SalvageContext(const SalvageSources& sources, StoreWriter& writer, const SalvageOptions& options)
      : sources_(sources), writer_(writer), options_(options) {}

  [[nodiscard]] const SalvageSources& sources() const { return sources_; }
  [[nodiscard]] StoreWriter& writer() { return writer_; }
  [[nodiscard]] Database& to() { return writer_.database(); }
  [[nodiscard]] const SalvageOptions& options() const { return options_; }
  [[nodiscard]] SalvageReport& report() { return report_; }

  // Of the report; stays where it is.
  [[nodiscard]] SalvageCount& count(const std::string& kind);
  void lose(SalvageCount& count, std::string name = {});
  void note(std::string sentence) { report_.notes.push_back(std::move(sentence)); }
  // Which database the source is, and how far it went; nothing: it cannot be read, or is of 0.1.0.
  [[nodiscard]] Result<std::optional<core::StoreMark>> mark_of(StoredTables* source) const;
  // A CA has issued with a later state, or with another database.
  void set_behind() { behind_ = true; }
  [[nodiscard]] bool is_behind() const { return behind_; }
  // Called for every row: the report hears of it now and then.
  [[nodiscard]] Status row_done();

  // The new number of a CA for the one that it has in this source.
  [[nodiscard]] std::optional<std::int64_t> authority(const StoredTables* source,
                                                      std::int64_t number) const;
  void map_authority(const StoredTables* source, std::int64_t number, std::int64_t in_new);

  // Rows of one table over to the new file as they are, those that `takes` lets pass. Null source:
  // none. Answers how many. `derived`: columns that the table may lack there, and `takes` gives.
  using Takes = std::function<Result<std::optional<ColumnValues>>(const NamedRow&)>;
  [[nodiscard]] Result<std::uint64_t> copy(StoredTables* source, const std::string& table,
                                           const Takes& takes,
                                           const std::vector<std::string>& derived = {});
  // A query of the new file: whether it has a row for this value.
  [[nodiscard]] Result<bool> has(StaticSql sql, std::int64_t value);
  [[nodiscard]] Result<bool> has(StaticSql sql, std::string_view value);

 private:
  SalvageSources sources_;
  StoreWriter& writer_;
  const SalvageOptions& options_;
  SalvageReport report_;
  std::map<std::pair<const StoredTables*, std::int64_t>, std::int64_t> authorities_;
  std::uint64_t rows_ = 0;
  bool behind_ = false;
};

// salvage_certificates.cpp
[[nodiscard]] Status salvage_certificates(SalvageContext& context);
// salvage_ledgers.cpp
[[nodiscard]] Status salvage_ledgers(SalvageContext& context);
// salvage_jobs.cpp: after the certificates.
[[nodiscard]] Status salvage_jobs(SalvageContext& context);

}  // namespace certconnector::store
