// The counts behind a RefusalQuota, and the log lines that say that refusals are no longer kept.
#pragma once

#include <string>

#include "agent/enrollment/refusal_quota.h"
#include "common/http/client_limit.h"

namespace certconnector::app {

// Thread-safe.
class RefusalLimits {
 public:
  // `event`: of the log lines. `clock` and `logger` outlive it.
  RefusalLimits(const std::string& event, const Clock& clock, log::Logger& logger);

  [[nodiscard]] enrollment::RefusalQuota& quota() { return quota_; }

 private:
  http::ClientLimit of_a_client_;
  http::ClientLimit of_all_;
  enrollment::RefusalQuota quota_{of_a_client_, of_all_};
};

}  // namespace certconnector::app
