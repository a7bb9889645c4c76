#include "agent/store/sqlite/store_writer.h"

#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxEventText = 1024;
constexpr std::string_view kTickets = "next_ticket";
constexpr std::string_view kEntries = "next_entry";

// The number of a name in one of the small tables; `find` and `add` take the same parameters.
template <typename... Values>
Result<std::int64_t> intern(Database& database, StaticSql find, StaticSql add,
                            const Values&... values) {
  {
    Query query(database, find, values...);
    CC_TRY_ASSIGN(const bool row, query.next());
    if (row) return query.integer(0);
  }
  Query query(database, add, values...);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return database.damaged("does not take a name");
  const std::int64_t number = query.integer(0);
  CC_TRY(query.next());
  return number;
}

}  // namespace

std::optional<core::JobSource> job_source(std::int64_t number) {
  if (number < 0 || number > static_cast<std::int64_t>(core::JobSource::scep)) return std::nullopt;
  return static_cast<core::JobSource>(number);
}

Result<std::int64_t> StoreWriter::authority(const core::CaFingerprint& fingerprint) {
  const auto known = cas_.find(fingerprint);
  if (known != cas_.end()) return known->second;
  CC_TRY_ASSIGN(
      const std::int64_t number,
      intern(database_, "SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?",
             "INSERT INTO authority(fingerprint) VALUES (?) RETURNING number", fingerprint));
  cas_.emplace(fingerprint, number);
  return number;
}

Result<std::optional<std::int64_t>> StoreWriter::known_authority(
    const core::CaFingerprint& fingerprint) {
  const auto known = cas_.find(fingerprint);
  if (known != cas_.end()) return std::make_optional(known->second);
  Query query(database_, "SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?",
              fingerprint);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

Status StoreWriter::rename_authority(std::int64_t number, const core::CaFingerprint& fingerprint) {
  CC_TRY_ASSIGN(const core::CaFingerprint former, authority_name(number));
  cas_.clear();
  authority_names_.clear();
  CC_TRY(store::run(database_, "UPDATE authority SET fingerprint = ?2 WHERE number = ?1", number,
                    fingerprint));
  return store::run(database_, "INSERT INTO authority(fingerprint, same_as) VALUES (?, ?)", former,
                    number);
}

Result<std::int64_t> StoreWriter::origin(const Origin& origin) {
  const auto key = std::make_pair(origin.source, origin.instance);
  const auto known = origins_.find(key);
  if (known != origins_.end()) return known->second;
  CC_TRY_ASSIGN(const std::int64_t number,
                intern(database_, "SELECT number FROM origin WHERE source = ? AND instance = ?",
                       "INSERT INTO origin(source, instance) VALUES (?, ?) RETURNING number",
                       origin.source, origin.instance));
  origins_.emplace(key, number);
  return number;
}

Result<std::int64_t> StoreWriter::owner(const core::ClaimOwner& name) {
  const auto known = owners_.find(name);
  if (known != owners_.end()) return known->second;
  CC_TRY_ASSIGN(const std::int64_t number,
                intern(database_, "SELECT number FROM owner WHERE name = ?",
                       "INSERT INTO owner(name) VALUES (?) RETURNING number", name));
  owners_.emplace(name, number);
  return number;
}

Result<core::CaFingerprint> StoreWriter::authority_name(std::int64_t number) {
  const auto known = authority_names_.find(number);
  if (known != authority_names_.end()) return known->second;
  Query query(database_, "SELECT fingerprint FROM authority WHERE number = ?", number);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return database_.damaged("has a job of a CA that it does not name");
  return authority_names_.emplace(number, std::string(query.text(0))).first->second;
}

Result<Origin> StoreWriter::origin_name(std::int64_t number) {
  const auto known = origin_names_.find(number);
  if (known != origin_names_.end()) return known->second;
  Query query(database_, "SELECT source, instance FROM origin WHERE number = ?", number);
  CC_TRY_ASSIGN(const bool row, query.next());
  const auto source = row ? job_source(query.integer(0)) : std::nullopt;
  if (!source) return database_.damaged("has a job of an origin that it does not name");
  const Origin origin{*source, std::string(query.text(1))};
  return origin_names_.emplace(number, origin).first->second;
}

Status StoreWriter::drop_owners_but(std::int64_t number) {
  owners_.clear();
  return store::run(database_, "DELETE FROM owner WHERE number <> ?", number);
}

void StoreWriter::count(std::int64_t authority, core::JobType type, core::JobState state,
                        std::int64_t change) {
  counts_[{authority, type, state}] += change;
}

Status StoreWriter::note(std::int64_t ticket, Timestamp at, std::string_view kind,
                         std::string_view message) {
  CC_TRY(store::run(database_,
                    "INSERT INTO event(ticket, number, at, kind, message) "
                    "SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM event "
                    "WHERE ticket = ?1",
                    ticket, at, kind, clip(message, kMaxEventText)));
  return store::run(database_,
                    "DELETE FROM event WHERE ticket = ?1 AND number <= "
                    "(SELECT max(number) FROM event WHERE ticket = ?1) - ?2",
                    ticket, jobs::kLongestHistory);
}

Result<std::int64_t> StoreWriter::take(Sequence& sequence, std::string_view name) {
  if (!sequence.next) {
    Query query(database_, "SELECT value FROM meta WHERE name = ?", name);
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return database_.damaged("does not number its rows");
    sequence.next = query.integer(0);
  }
  sequence.changed = true;
  return (*sequence.next)++;
}

Status StoreWriter::save(Sequence& sequence, std::string_view name) {
  if (!sequence.changed) return {};
  sequence.changed = false;
  return store::run(database_, "UPDATE meta SET value = ? WHERE name = ?", *sequence.next, name);
}

Result<std::int64_t> StoreWriter::next_ticket() { return take(tickets_, kTickets); }

Result<std::int64_t> StoreWriter::next_entry() { return take(entries_, kEntries); }

Status StoreWriter::flush() {
  for (const auto& [key, change] : counts_) {
    if (change == 0) continue;
    const auto& [authority, type, state] = key;
    CC_TRY(store::run(database_,
                      "INSERT INTO job_count(authority, type, state, jobs) VALUES (?, ?, ?, ?) "
                      "ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs",
                      authority, type, state, change));
  }
  counts_.clear();
  for (const auto& [authority, change] : certificates_) {
    if (change == 0) continue;
    CC_TRY(store::run(database_,
                      "UPDATE authority SET certificates = certificates + ? WHERE number = ?",
                      change, authority));
  }
  certificates_.clear();
  CC_TRY(save(tickets_, kTickets));
  return save(entries_, kEntries);
}

void StoreWriter::forget() {
  cas_.clear();
  authority_names_.clear();
  origins_.clear();
  origin_names_.clear();
  owners_.clear();
  counts_.clear();
  certificates_.clear();
  tickets_ = {};
  entries_ = {};
}

}  // namespace certconnector::store
