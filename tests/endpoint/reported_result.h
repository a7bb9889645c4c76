// A result as an agent reports it, and what the endpoint says to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/time/clock.h"

namespace certconnector::endpoint {

// A device's request by SCEP. Texts may be empty, except the service.
struct ReportedEnrollment {
  std::string service, transaction_id, public_key_sha256, challenge, device, subject;
  Timestamp requested_at;
  bool refuse = false;  // a fault on demand
};

struct ReportedResult {
  std::string id, digest, type, ca;
  std::int64_t lease_number = 0;
  std::optional<ReportedEnrollment> enrollment;  // set: no lease
  std::string status;                            // issued, revoked, failed, dead, canceled
  std::string serial;                            // lower-case hex; only of an issued certificate
  std::string code;                              // only of a failure
  std::string body;                              // as it came
  std::string defect;  // why it cannot be taken, found before the store was asked; empty: none
};

struct Verdict {
  std::string status;  // accepted, duplicate, superseded, refused
  std::string note;    // for a person; may be empty
};

}  // namespace certconnector::endpoint
