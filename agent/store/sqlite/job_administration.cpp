#include <utility>

#include "agent/enrollment/rules/challenge_rules.h"
#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kEnrollmentOfJob[] =
    "SELECT replaced, coalesce(challenge, '') FROM enrollment WHERE ticket = ?";
constexpr char kHold[] = "UPDATE enrollment SET holds = 1 WHERE ticket = ?";

Error not_allowed(jobs::NotAllowed objection) {
  return {StoreErrc::not_allowed, ErrorKind::permanent, std::move(objection.why)};
}

Result<JobRow> require_row(StoreWriter& writer, core::JobTicket ticket) {
  CC_TRY_ASSIGN(auto row, load_row(writer, ticket.value));
  if (row) return std::move(*row);
  return Error(StoreErrc::not_found, ErrorKind::permanent,
               "there is no such job any more: finished jobs are purged after the retention time");
}

Result<jobs::JobChange> allowed(jobs::PersonAnswer answer) {
  if (auto* objection = std::get_if<jobs::NotAllowed>(&answer)) {
    return not_allowed(std::move(*objection));
  }
  return std::get<jobs::JobChange>(std::move(answer));
}

// A device's job is done again only on its own challenge.
Status take_challenge_back(StoreWriter& writer, std::int64_t ticket) {
  enrollment::RetriedEnrollment retried;
  retried.ticket.value = ticket;
  {
    Query query(writer.database(), kEnrollmentOfJob, ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (!found) return {};
    retried.replaced = query.integer(0) != 0;
    retried.challenge = query.text(1);
  }
  SqliteEnrollmentRows rows(writer.database());
  CC_TRY_ASSIGN(auto step, enrollment::take_challenge_back(retried, rows));
  if (step.why_not) return not_allowed({std::move(*step.why_not)});
  if (!step.takes) return {};
  if (step.releases) CC_TRY(release_challenge(writer.database(), step.releases->value));
  return run(writer.database(), kHold, ticket);
}

}  // namespace

Status retry_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                 const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::retry(row, now, who)));
  CC_TRY(take_challenge_back(writer, row.ticket));
  if (change.job.report_withdrawn) writer.withdrawn_reports.insert(row.ticket);
  return save_change(writer, row, change);
}

Status cancel_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                  const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::cancel(row, now, who)));
  return save_change(writer, row, change);
}

Status approve_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                   const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::approve(row, now, who)));
  return save_change(writer, row, change);
}

Status deny_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now, const std::string& who,
                const std::string& why) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::deny(row, now, who, why)));
  return save_change(writer, row, change);
}

}  // namespace certconnector::store
