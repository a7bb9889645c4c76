// From a failed exchange to an Error with words for an administrator.
#pragma once

#include <optional>
#include <string>

#include "agent/cloud/reference/exchange.h"
#include "common/result/error.h"

namespace certconnector::cloud {

// `refusal`: why we refused the endpoint's certificate, if we did.
[[nodiscard]] Error connection_error(const std::string& origin, Exchange::End end,
                                     const ExchangeFailure& failure,
                                     const std::optional<std::string>& refusal, Duration timeout);

}  // namespace certconnector::cloud
