// How many refusals are kept as jobs, where nobody has shown a right to anything: who sends made-up
// messages could fill the disk and the outbox with them. The log has them all.
#pragma once

#include <string>

#include "common/http/client_limit.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

// In an hour.
struct RefusalQuotaSettings {
  std::size_t of_a_client = 600;
  std::size_t of_all = 3000;
};

// Thread-safe.
class RefusalQuota {
 public:
  // `event`: of the log line that says that refusals are no longer kept. `clock` and `log` outlive
  // it.
  RefusalQuota(const RefusalQuotaSettings& settings, const std::string& event, const Clock& clock,
               log::Logger& log);

  // Whether one more of this client is kept; counts it. `client` as Request::peer has it.
  [[nodiscard]] bool take(const std::string& client);

 private:
  http::ClientLimit of_a_client_;
  http::ClientLimit of_all_;
};

}  // namespace certconnector::enrollment
