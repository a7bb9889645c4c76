// The one writing connection inside a transaction: interned names, counters and history. Used under
// the database's mutex.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "agent/core/ports/job_store.h"
#include "agent/store/sqlite/database.h"
#include "common/result/result.h"

namespace certconnector::store {

struct Origin {
  core::JobSource source = core::JobSource::management;
  std::string instance;
};

// The source of a stored number; nothing when there is no such source.
[[nodiscard]] std::optional<core::JobSource> job_source(std::int64_t number);

class StoreWriter {
 public:
  explicit StoreWriter(Database database) : database_(std::move(database)) {}

  [[nodiscard]] Database& database() { return database_; }

  // Small numbers for long names; made on first use.
  [[nodiscard]] Result<std::int64_t> authority(const core::CaFingerprint& fingerprint);
  // The same without making one: reads stay reads.
  [[nodiscard]] Result<std::optional<std::int64_t>> known_authority(
      const core::CaFingerprint& fingerprint);
  // The CA has another fingerprint from now on; its former one goes on to mean it.
  [[nodiscard]] Status rename_authority(std::int64_t number,
                                        const core::CaFingerprint& fingerprint);
  [[nodiscard]] Result<std::int64_t> origin(const Origin& origin);
  [[nodiscard]] Result<std::int64_t> owner(const core::ClaimOwner& name);
  [[nodiscard]] Result<core::CaFingerprint> authority_name(std::int64_t number);
  [[nodiscard]] Result<Origin> origin_name(std::int64_t number);

  // Owners that hold no claim any more.
  [[nodiscard]] Status drop_owners_but(std::int64_t number);

  void count(std::int64_t authority, core::JobType type, core::JobState state, std::int64_t change);

  void count_certificate(std::int64_t authority, std::int64_t change = 1) {
    certificates_[authority] += change;
  }

  // Adds to a job's history; the oldest events make room.
  [[nodiscard]] Status note(std::int64_t ticket, Timestamp at, std::string_view kind,
                            std::string_view message);

  // Tickets are never used twice, also not after a purge.
  [[nodiscard]] Result<std::int64_t> next_ticket();
  // The same for certificates; entries are numbered in the order of recording.
  [[nodiscard]] Result<std::int64_t> next_entry();

  // Jobs that went back to work while the endpoint may hold their report: the answer to that report
  // says nothing of what they become. Ends with the next offer. Lives as long as the process does,
  // as do the reports under way.
  std::unordered_set<std::int64_t> withdrawn_reports;

  // Before the commit: writes counters.
  [[nodiscard]] Status flush();
  // After a rollback: what is cached may not be so.
  void forget();

 private:
  using CountKey = std::tuple<std::int64_t, core::JobType, core::JobState>;

  Database database_;
  std::unordered_map<std::string, std::int64_t> cas_;
  std::unordered_map<std::int64_t, core::CaFingerprint> authority_names_;
  std::map<std::pair<core::JobSource, std::string>, std::int64_t> origins_;
  std::unordered_map<std::int64_t, Origin> origin_names_;
  std::unordered_map<std::string, std::int64_t> owners_;
  std::map<CountKey, std::int64_t> counts_;
  std::map<std::int64_t, std::int64_t> certificates_;  // of each authority
  // A number that only rises, in `meta`.
  struct Sequence {
    std::optional<std::int64_t> next;
    bool changed = false;
  };
  [[nodiscard]] Result<std::int64_t> take(Sequence& sequence, std::string_view name);
  [[nodiscard]] Status save(Sequence& sequence, std::string_view name);

  Sequence tickets_;
  Sequence entries_;
};

}  // namespace certconnector::store
