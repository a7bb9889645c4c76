// The port through which the control server onboards the agent. agent/app implements it. Called
// from the control server's threads; thread-safe.
#pragma once

#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

struct IdentityView {
  std::string agent_id;
  std::string subject;  // RFC 4514
  std::string issuer;
  std::string serial;  // hex
  std::string sha256;  // hex
  Timestamp not_before;
  Timestamp not_after;
  Timestamp renew_at;
  std::string source;  // "enrolled", "configured" or "store"
};

class IdentityOperations {
 public:
  virtual ~IdentityOperations() = default;

  // Makes a key, trades the token for a client certificate and starts working with it.
  virtual Result<IdentityView> enroll(const std::string& token) = 0;
  virtual Result<IdentityView> renew_identity() = 0;
};

}  // namespace certconnector::control
