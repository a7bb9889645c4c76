// The counts behind a DenialQuota, and the log lines about denials that the agent does not store.
#pragma once

#include <string>

#include "agent/enrollment/denial_quota.h"
#include "common/http/client_limit.h"

namespace certconnector::app {

// Thread-safe.
class DenialLimits {
 public:
  // `event`: of the log lines. `clock` and `logger` outlive it.
  DenialLimits(const std::string& event, const Clock& clock, log::Logger& logger);

  [[nodiscard]] enrollment::DenialQuota& quota() { return quota_; }

 private:
  http::ClientLimit of_a_client_;
  http::ClientLimit of_all_;
  enrollment::DenialQuota quota_{of_a_client_, of_all_};
};

}  // namespace certconnector::app
