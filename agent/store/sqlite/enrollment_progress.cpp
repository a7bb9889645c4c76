#include "agent/store/sqlite/enrollment_progress.h"

#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/outcome_columns.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kJob[] =
    "SELECT state, ended_as, outside IS NOT NULL, rejected FROM job WHERE ticket = ?";
constexpr char kChallengeHolder[] =
    "SELECT ticket FROM enrollment INDEXED BY enrollment_challenge "
    "WHERE challenge = ? AND holds = 1";

constexpr char kRelease[] = "UPDATE enrollment SET holds = 0 WHERE ticket = ?";
constexpr char kOutcome[] =
    "SELECT " CC_OUTCOME_COLUMN ", " CC_CERTIFICATE_COLUMN " FROM job " CC_JOIN_OUTCOME
    "WHERE job.ticket = ? AND outcome.record IS NOT NULL";

}  // namespace

Result<JobOfEnrollment> job_of(Database& database, std::int64_t ticket) {
  Query query(database, kJob, ticket);
  CC_TRY_ASSIGN(const bool found, query.next());
  JobOfEnrollment job;
  if (!found) return job;
  enrollment::JobFacts facts;
  facts.state = static_cast<core::JobState>(query.integer(0));
  if (const auto ended = query.optional_integer(1)) {
    facts.ended_as = static_cast<core::JobState>(*ended);
  }
  facts.external = query.integer(2) != 0;
  job.progress = enrollment::progress_of(facts);
  job.state = facts.state;
  job.refused_on_arrival = query.integer(3) != 0;
  return job;
}

Result<std::optional<std::int64_t>> challenge_holder(Database& database,
                                                     const std::string& challenge) {
  Query query(database, kChallengeHolder, challenge);
  CC_TRY_ASSIGN(const bool held, query.next());
  return held ? std::make_optional(query.integer(0)) : std::nullopt;
}

Status release_challenge(Database& database, std::int64_t ticket) {
  return run(database, kRelease, ticket);
}

Result<std::optional<core::Outcome>> outcome_of(Database& database, std::int64_t ticket) {
  Query query(database, kOutcome, ticket);
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return std::optional<core::Outcome>();
  auto outcome = read_outcome(query, 0, 1);
  if (!outcome) return database.damaged("has a damaged outcome of an enrollment");
  return outcome;
}

Result<std::optional<core::JobTicket>> SqliteEnrollmentRows::holder(const std::string& challenge) {
  CC_TRY_ASSIGN(const auto ticket, challenge_holder(database_, challenge));
  return ticket ? std::make_optional(core::JobTicket{*ticket}) : std::nullopt;
}

Result<std::optional<enrollment::LineageFacts>> SqliteEnrollmentRows::lineage(
    const core::NewEnrollment& enrollment, Timestamp now) {
  return lineage_of_renewal(database_, enrollment, now);
}

}  // namespace certconnector::store
