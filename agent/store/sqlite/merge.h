// The rows of a backup over into the newer state: what that lacks comes in, and what both know
// stays as the newer state has it, unless the backup knows more. No number of a row means the same
// on both sides: certificates are known by CA and octets, jobs by origin and id.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/store/sqlite/salvage.h"
#include "agent/store/sqlite/store_writer.h"
#include "agent/store/sqlite/stored_row.h"

namespace certconnector::store {

struct MergeSides {
  Database& backup;
  StoreWriter& newer;
  bool newer_damaged = false;  // it has lost rows
  Timestamp now;
};

// The numbers of the newer side for those of the backup. Certificates and jobs have one once they
// were merged.
class MergedNumbers {
 public:
  explicit MergedNumbers(const MergeSides& sides) : sides_(sides) {}

  [[nodiscard]] Result<std::int64_t> authority(std::int64_t number);
  [[nodiscard]] Result<std::int64_t> origin(std::int64_t number);
  // Nothing: the newer side has no such certificate or job.
  [[nodiscard]] Result<std::optional<std::int64_t>> entry(std::int64_t number);
  [[nodiscard]] Result<std::optional<std::int64_t>> ticket(std::int64_t number);
  // Of a lineage, by its first certificate, which may be gone.
  [[nodiscard]] Result<std::int64_t> lineage(std::int64_t first);

 private:
  [[nodiscard]] Result<std::optional<std::int64_t>> of_key(ByteView key);
  [[nodiscard]] Result<std::optional<std::int64_t>> lineage_of_members(std::int64_t first);

  const MergeSides& sides_;
  std::map<std::int64_t, std::int64_t> authorities_;
  std::map<std::int64_t, std::int64_t> origins_;
  std::map<std::int64_t, std::int64_t> new_lineages_;
};

struct Merge {
  const MergeSides& sides;
  MergedNumbers& numbers;
  std::vector<SalvageCount>& counts;  // what came from the backup
  ReportSalvage report;

  [[nodiscard]] Database& to() const { return sides.newer.database(); }
};

// The certificate with these octets.
[[nodiscard]] Result<std::optional<std::int64_t>> find_octets(Database& database,
                                                              std::int64_t authority,
                                                              ByteView certificate);

// In this order. merge_certificates.cpp
[[nodiscard]] Status merge_certificates(Merge& merge);
// merge_jobs.cpp
[[nodiscard]] Status merge_jobs(Merge& merge);
// merge_ledgers.cpp
[[nodiscard]] Status merge_ledgers(Merge& merge);

// Of jobs that come from a backup and are not finished: see jobs::bring_back().
[[nodiscard]] Status bring_back_jobs(StoreWriter& writer, Timestamp now);
// The counters of jobs and certificates, after rows came in without them.
[[nodiscard]] Status count_anew(StoreWriter& writer);

// All of it, in one transaction.
[[nodiscard]] Result<std::vector<SalvageCount>> merge_backup(const MergeSides& sides,
                                                             const ReportSalvage& report);

}  // namespace certconnector::store
