// The source of the token that a service asks for.
#pragma once

#include <string>

#include "common/net/https_message.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::net {

// An OAuth 2 access token (RFC 6750), a CA's session token. Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // The header with the token; called before each request. `refused` is the value that the service
  // answered 401 to, or empty: a source that still holds that token gets another one. Blocks at
  // most `limit`, the rest of the request's time. The value is a secret.
  virtual Result<Header> token(const std::string& refused, Duration limit,
                               const StopToken& stop) = 0;
};

}  // namespace certconnector::net
