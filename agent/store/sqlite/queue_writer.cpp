#include "agent/store/sqlite/queue_writer.h"

#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxEventText = 1024;

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

Result<std::int64_t> QueueWriter::authority(const core::CaFingerprint& fingerprint) {
  const auto known = cas_.find(fingerprint);
  if (known != cas_.end()) return known->second;
  CC_TRY_ASSIGN(
      const std::int64_t number,
      intern(database_, "SELECT number FROM authority WHERE fingerprint = ?",
             "INSERT INTO authority(fingerprint) VALUES (?) RETURNING number", fingerprint));
  cas_.emplace(fingerprint, number);
  return number;
}

Result<std::optional<std::int64_t>> QueueWriter::known_authority(
    const core::CaFingerprint& fingerprint) {
  const auto known = cas_.find(fingerprint);
  if (known != cas_.end()) return std::make_optional(known->second);
  Query query(database_, "SELECT number FROM authority WHERE fingerprint = ?", fingerprint);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

Result<std::int64_t> QueueWriter::origin(const Origin& origin) {
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

Result<std::int64_t> QueueWriter::owner(const core::ClaimOwner& name) {
  const auto known = owners_.find(name);
  if (known != owners_.end()) return known->second;
  CC_TRY_ASSIGN(const std::int64_t number,
                intern(database_, "SELECT number FROM owner WHERE name = ?",
                       "INSERT INTO owner(name) VALUES (?) RETURNING number", name));
  owners_.emplace(name, number);
  return number;
}

Result<core::CaFingerprint> QueueWriter::authority_name(std::int64_t number) {
  const auto known = authority_names_.find(number);
  if (known != authority_names_.end()) return known->second;
  Query query(database_, "SELECT fingerprint FROM authority WHERE number = ?", number);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return database_.damaged("has a job of a CA that it does not name");
  return authority_names_.emplace(number, std::string(query.text(0))).first->second;
}

Result<Origin> QueueWriter::origin_name(std::int64_t number) {
  const auto known = origin_names_.find(number);
  if (known != origin_names_.end()) return known->second;
  Query query(database_, "SELECT source, instance FROM origin WHERE number = ?", number);
  CC_TRY_ASSIGN(const bool row, query.next());
  const auto source = row ? job_source(query.integer(0)) : std::nullopt;
  if (!source) return database_.damaged("has a job of an origin that it does not name");
  const Origin origin{*source, std::string(query.text(1))};
  return origin_names_.emplace(number, origin).first->second;
}

Status QueueWriter::drop_owners_but(std::int64_t number) {
  owners_.clear();
  return store::run(database_, "DELETE FROM owner WHERE number <> ?", number);
}

void QueueWriter::count(std::int64_t authority, core::JobType type, core::JobState state,
                        std::int64_t change) {
  counts_[{authority, type, state}] += change;
}

Status QueueWriter::note(std::int64_t ticket, Timestamp at, std::string_view kind,
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

Result<std::int64_t> QueueWriter::next_ticket() {
  if (!next_ticket_) {
    CC_TRY_ASSIGN(next_ticket_,
                  database_.integer("SELECT value FROM meta WHERE name = 'next_ticket'"));
  }
  next_ticket_changed_ = true;
  return (*next_ticket_)++;
}

Status QueueWriter::flush() {
  for (const auto& [key, change] : counts_) {
    if (change == 0) continue;
    const auto& [authority, type, state] = key;
    CC_TRY(store::run(database_,
                      "INSERT INTO job_count(authority, type, state, jobs) VALUES (?, ?, ?, ?) "
                      "ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs",
                      authority, type, state, change));
  }
  counts_.clear();
  if (next_ticket_changed_) {
    CC_TRY(store::run(database_, "UPDATE meta SET value = ? WHERE name = 'next_ticket'",
                      *next_ticket_));
    next_ticket_changed_ = false;
  }
  return {};
}

void QueueWriter::forget() {
  cas_.clear();
  authority_names_.clear();
  origins_.clear();
  origin_names_.clear();
  owners_.clear();
  counts_.clear();
  next_ticket_.reset();
  next_ticket_changed_ = false;
}

}  // namespace certconnector::store
