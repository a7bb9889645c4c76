#include <utility>

#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kEnrollmentOfJob[] =
    "SELECT replaced, coalesce(challenge, '') FROM enrollment WHERE ticket = ?";
constexpr char kHold[] = "UPDATE enrollment SET holds = 1 WHERE ticket = ?";

Error not_allowed(jobs::NotAllowed objection) {
  return {StoreErrc::not_allowed, ErrorKind::permanent, std::move(objection.why)};
}

Result<JobRow> require_row(QueueWriter& writer, core::JobTicket ticket) {
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

// What became of the challenge of a device's job, and who holds it now.
struct ChallengeNow {
  jobs::ChallengeSince since = jobs::ChallengeSince::none;
  std::string challenge;
  std::int64_t holder = 0;
};

Result<jobs::ChallengeSince> held_by(QueueWriter& writer, std::int64_t holder) {
  CC_TRY_ASSIGN(const enrollment::EnrollmentJob job, job_of(writer.database(), holder));
  return job.progress == enrollment::Progress::failed ? jobs::ChallengeSince::with_failed_job
                                                      : jobs::ChallengeSince::taken;
}

Result<ChallengeNow> challenge_now(QueueWriter& writer, std::int64_t ticket) {
  ChallengeNow now;
  {
    Query query(writer.database(), kEnrollmentOfJob, ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (!found) return now;
    if (query.integer(0) != 0) now.since = jobs::ChallengeSince::replaced;
    now.challenge = query.text(1);
  }
  if (now.since == jobs::ChallengeSince::replaced || now.challenge.empty()) return now;
  CC_TRY_ASSIGN(const auto holder, challenge_holder(writer.database(), now.challenge));
  if (!holder) {
    now.since = jobs::ChallengeSince::free;
  } else if (*holder == ticket) {
    now.since = jobs::ChallengeSince::its_own;
  } else {
    now.holder = *holder;
    CC_TRY_ASSIGN(now.since, held_by(writer, *holder));
  }
  return now;
}

Status take_challenge_back(QueueWriter& writer, std::int64_t ticket) {
  CC_TRY_ASSIGN(const ChallengeNow now, challenge_now(writer, ticket));
  auto answer = jobs::take_challenge_back(now.since, now.challenge);
  if (auto* objection = std::get_if<jobs::NotAllowed>(&answer)) {
    return not_allowed(std::move(*objection));
  }
  const auto step = std::get<jobs::ChallengeStep>(answer);
  if (step == jobs::ChallengeStep::nothing) return {};
  if (step == jobs::ChallengeStep::take_from_failed_job) {
    CC_TRY(release_challenge(writer.database(), now.holder));
  }
  return run(writer.database(), kHold, ticket);
}

}  // namespace

Status retry_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                 const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::retry(row, now, who)));
  CC_TRY(take_challenge_back(writer, row.ticket));
  if (change.job.report_withdrawn) writer.withdrawn_reports.insert(row.ticket);
  return save_change(writer, row, change);
}

Status cancel_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                  const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::cancel(row, now, who)));
  return save_change(writer, row, change);
}

Status approve_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                   const std::string& who) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::approve(row, now, who)));
  return save_change(writer, row, change);
}

Status deny_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now, const std::string& who,
                const std::string& why) {
  CC_TRY_ASSIGN(const JobRow row, require_row(writer, ticket));
  CC_TRY_ASSIGN(const auto change, allowed(jobs::deny(row, now, who, why)));
  return save_change(writer, row, change);
}

}  // namespace certconnector::store
