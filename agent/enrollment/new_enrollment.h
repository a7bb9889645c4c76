// A device's request as the enrollment that begins with it, or that stands for its denial.
#pragma once

#include <string>

#include "agent/core/job.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::enrollment {

struct RequestedEnrollment {
  core::EnrollmentKey key;
  const crypto::Pkcs10* pkcs10 = nullptr;  // null: it is not readable
  core::CaFingerprint ca{};
  std::string job_id;  // fresh: time first, so that ids grow
  bool report = true;  // the agent reports the outcome to the endpoint
  // DER subject of the certificate that signed the message. It names the device when the request is
  // not readable. Empty: nobody knows.
  ByteView signer_subject = {};
};

// Unauthorized: grant() writes its authorization into it.
[[nodiscard]] core::NewEnrollment new_enrollment(RequestedEnrollment asked);

}  // namespace certconnector::enrollment
