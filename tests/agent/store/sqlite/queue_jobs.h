// Jobs and times for tests of the store.
#pragma once

#include <string>

#include "agent/core/ports/job_store.h"

namespace certconnector::store {

inline const core::CaFingerprint kCa(64, 'a');
inline const core::CaFingerprint kOtherCa(64, 'b');
inline const core::ClaimOwner kOwner = "life-1";

// `seconds` after the start of every test.
[[nodiscard]] inline Timestamp at(std::int64_t seconds) {
  return from_millis(1'790'000'000'000 + seconds * 1000);
}

[[nodiscard]] core::NewJob issue_job(const std::string& id);
[[nodiscard]] core::NewJob revoke_job(const std::string& id);
[[nodiscard]] core::NewJob local_job(const std::string& id);
[[nodiscard]] core::NewJob leased(core::NewJob job, std::uint64_t number, Timestamp until);
[[nodiscard]] core::Issued issued(const std::string& name);

}  // namespace certconnector::store
