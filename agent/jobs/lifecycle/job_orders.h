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
// The end of the certificate that the job has brought, when the job is kept for it: who a
// certificate in use is for has to be known. A purge files the job again under that time.
[[nodiscard]] std::optional<Timestamp> kept_until(std::optional<Timestamp> certificate_end,
                                                  Timestamp before);

}  // namespace certconnector::jobs
