// Which jobs a store looks for, and in which order: what its indexes hang on. Pure functions; a
// store may say the same in SQL, where the contract suite holds it to them.
#pragma once

#include "agent/jobs/lifecycle/job_lifecycle.h"

namespace certconnector::jobs {

// The order of claims: lower goes first, then the earlier due, then the older ticket.
[[nodiscard]] std::int64_t claim_rank(const core::Job& job);
// From when a runner may claim the job; nothing: nobody may.
[[nodiscard]] std::optional<Timestamp> claimable_from(const JobLife& job);
// Only a running job has an owner; every other change frees its claim.
[[nodiscard]] bool holds_claim(const JobLife& job);

// The lease's end and the deadline, while they matter: the job is not finished.
[[nodiscard]] std::optional<Timestamp> lease_watch(const JobLife& job);
[[nodiscard]] std::optional<Timestamp> expiry_watch(const JobLife& job);
// The CA may have taken it, so its lease is kept whether the CA is served or not.
[[nodiscard]] bool may_be_at_ca(const JobLife& job);

// Nothing is left to do for it since before `before`.
[[nodiscard]] bool may_be_purged(const JobLife& job, Timestamp before);

// What a job that may be purged is still needed for. Its certificate is none of it: that knows its
// holder.
struct JobTies {
  // Of the challenge that its enrollment holds: the same request still gets the same answer.
  std::optional<Timestamp> challenge_end;
  // The end of its certificate, where the endpoint did not take that: no device may get it.
  std::optional<Timestamp> withheld_end;
};
// Until when the job stays; nothing: it may go `now`.
[[nodiscard]] std::optional<Timestamp> needed_until(const JobTies& ties, Timestamp now);
// When such a job counts as over, so that no purge meets it before `needed`, as long as it takes
// what was over `retention` ago.
[[nodiscard]] Timestamp filed_again(Timestamp needed, Duration retention);

}  // namespace certconnector::jobs
