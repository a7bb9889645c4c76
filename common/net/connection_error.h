// From a failed exchange to an Error with words for a person.
#pragma once

#include <optional>
#include <string>

#include "common/net/exchange.h"
#include "common/result/error.h"
#include "common/time/clock.h"

namespace certconnector::net {

struct ConnectionFailure {
  Exchange::End end = Exchange::End::failed;
  ExchangeFailure failure{};
  std::optional<std::string> refusal = std::nullopt;  // why we refused the server's certificate
};

// NetErrc, kinds as told there. `server` is "the server at https://host:443"; `timeout` what the
// request had.
[[nodiscard]] Error connection_error(const std::string& server, const ConnectionFailure& failed,
                                     Duration timeout);

}  // namespace certconnector::net
