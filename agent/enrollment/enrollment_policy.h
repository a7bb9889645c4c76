// What one service allows the devices that enroll at it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/enrollment_queue.h"
#include "agent/enrollment/renewal_check.h"

namespace certconnector::enrollment {

struct EnrollmentPolicy {
  std::shared_ptr<const ChallengeCheck> check;  // never null
  RenewalRules renewal;
  // A request for a key that can decrypt may be signed by another key with a self-signed
  // certificate. For other keys it always may.
  bool foreign_signer = false;
  bool report = true;  // outcomes of enrollments go to the management endpoint
  EnrollmentTerms terms;
  Duration job_deadline{std::chrono::hours(24 * 7)};  // then the agent gives up a waiting request
  // Set: NDES issues, and reports the outcome within this time. Nothing: the agent's CA issues.
  std::optional<Duration> notify_within;
  // RFC 4514: of the agent's RAs. Nobody gets them where the agent knows only the CA's certificate;
  // a CA that it serves knows them (core::CaPorts).
  std::vector<std::string> ra_names;
};

}  // namespace certconnector::enrollment
