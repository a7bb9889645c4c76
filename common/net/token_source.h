// Where a client gets the token that opens a service.
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

  // The header that opens the service; called before each request. `refused` is the value that the
  // service has answered 401 to, or empty: a source that still holds that token gets another one.
  // Blocks at most `limit`, which is what is left of the request's time. The value is a secret.
  virtual Result<Header> token(const std::string& refused, Duration limit,
                               const StopToken& stop) = 0;
};

}  // namespace certconnector::net
