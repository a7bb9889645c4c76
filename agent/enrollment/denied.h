// The two ways in which a device gets no certificate now.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/core/job.h"

namespace certconnector::enrollment {

// The device named as the challenge's is what the challenge's issuer said, never what the request
// says. Both texts stay empty until the issuer's word is known.
struct Denied {
  core::Failed reason;         // code and words for a person
  std::string challenge = {};  // as ChallengeAuthorization::id
  std::string device = {};     // as ChallengeAuthorization::device
};

// Nothing is decided and nothing is stored: the same request may come again.
struct Unavailable {
  std::string message;
  std::optional<std::chrono::seconds> retry_after = {};  // nothing: the front end's own pause
  bool limited = false;  // this client has used up a limit of its own
};

}  // namespace certconnector::enrollment
