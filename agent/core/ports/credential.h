// A role of a cloud: it renews the client certificate that the agent shows it. Calls, threads and
// errors as of JobFeed.
#pragma once

#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/stop.h"

namespace certconnector::core {

class Credential {
 public:
  virtual ~Credential() = default;

  // A new client certificate for `pkcs10` (DER): DER, the agent's certificate first.
  virtual Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) = 0;
};

}  // namespace certconnector::core
