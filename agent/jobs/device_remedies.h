// The next steps for a device's request that is over.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/job.h"

namespace certconnector::jobs {

inline constexpr std::string_view kNewKeyRemedy =
    "The device needs a new certificate: have it make a new key and enroll anew. If its "
    "challenge was for one certificate, give it a new challenge first.";

// `external`: NDES has its certificate.
[[nodiscard]] std::string_view after_issue(bool external);
// What a person can do about a request that failed.
[[nodiscard]] std::string device_remedy(const core::Failed& reason);

}  // namespace certconnector::jobs
