#include "agent/jobs/lifecycle/job_orders.h"

#include <algorithm>

namespace certconnector::jobs {

std::int64_t claim_rank(const core::Job& job) {
  const int priority = std::clamp(job.priority, -100, 100);
  return (job.type() == core::JobType::revoke ? 0 : 1000) + 100 - priority;
}

std::optional<Timestamp> claimable_from(const JobLife& job) {
  const bool open = job.state == core::JobState::queued || job.state == core::JobState::waiting;
  return open && !job.awaiting_approval ? job.due : std::nullopt;
}

bool holds_claim(const JobLife& job) { return job.state == core::JobState::running; }

std::optional<Timestamp> lease_watch(const JobLife& job) {
  if (is_finished(job.state) || !job.lease) return std::nullopt;
  return job.lease->until;
}

std::optional<Timestamp> expiry_watch(const JobLife& job) {
  return is_finished(job.state) ? std::nullopt : job.deadline;
}

bool may_be_at_ca(const JobLife& job) {
  return job.state == core::JobState::running || job.state == core::JobState::held ||
         job.interrupted || job.pending_request;
}

bool may_be_purged(const JobLife& job, Timestamp before) {
  return job.closed_at && *job.closed_at < before;
}

std::optional<Timestamp> needed_until(const JobTies& ties, Timestamp now) {
  const auto latest = std::max(ties.challenge_end, ties.withheld_end);  // nothing is the earliest
  return latest && *latest > now ? latest : std::nullopt;
}

Timestamp filed_again(Timestamp needed, Duration retention) { return needed - retention; }

}  // namespace certconnector::jobs
