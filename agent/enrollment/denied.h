// The two answers without a certificate.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/core/job.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

// The challenge's issuer names the device, never the request. Both texts stay empty until the
// issuer's statement is known.
struct Denied {
  core::Failed reason;         // code and text for a person
  std::string challenge = {};  // as ChallengeAuthorization::id
  std::string device = {};     // as ChallengeAuthorization::device
  // The certificate that asks for its renewal is revoked. No challenge certifies its key again.
  bool renews_revoked = false;
};

// Of a renewal whose old certificate was revoked then.
[[nodiscard]] Denied renews_revoked(Timestamp revoked_at);

// Nothing was decided or stored: the device may repeat the request.
struct Unavailable {
  std::string message;
  std::optional<std::chrono::seconds> retry_after = {};  // nothing: the front end's own pause
  bool limited = false;                                  // this client has reached its own limit
};

}  // namespace certconnector::enrollment
