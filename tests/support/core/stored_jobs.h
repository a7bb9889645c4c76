// Jobs, outcomes and times for the tests of what stores jobs.
#pragma once

#include <string>

#include "agent/core/ports/job_store.h"

namespace certconnector::stored_jobs {

inline const core::CaFingerprint kCa(64, 'a');
inline const core::CaFingerprint kOtherCa(64, 'b');
inline const core::ClaimOwner kOwner = "life-1";

// `seconds` after the start of every test.
[[nodiscard]] inline Timestamp at(std::int64_t seconds) {
  return from_millis(1'790'000'000'000 + seconds * 1000);
}

[[nodiscard]] core::NewJob issue_job(const std::string& id);
[[nodiscard]] core::NewJob revoke_job(const std::string& id);
// The agent's own: no cloud leased it, and the agent reports it to none.
[[nodiscard]] core::NewJob local_job(const std::string& id);
// A device's. `report`: the agent reports it to the endpoint.
[[nodiscard]] core::NewJob device_job(const std::string& id, bool report);
[[nodiscard]] core::NewJob leased(core::NewJob job, std::uint64_t number, Timestamp until);
[[nodiscard]] core::NewJob with_deadline(core::NewJob job, Timestamp deadline);
[[nodiscard]] core::NewJob with_priority(core::NewJob job, int priority);
[[nodiscard]] core::NewJob with_other_digest(core::NewJob job);
// Its certificate ends a day after the start.
[[nodiscard]] core::Issued issued(const std::string& name);
[[nodiscard]] core::Failed refused();  // by the CA
// With the label that the runner gives to an issued certificate: here of a key for each ticket.
[[nodiscard]] core::Settlement settlement(core::JobTicket ticket, core::Verdict verdict);

}  // namespace certconnector::stored_jobs
