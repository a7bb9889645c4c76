// Makes an Error with a message for people from a failed exchange.
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
  std::optional<Error> refusal = std::nullopt;  // why we refused the server's certificate
};

// NetErrc, with the kinds named there. `server` is "the server at https://host:443"; `timeout` is
// that of the request.
[[nodiscard]] Error connection_error(const std::string& server, const ConnectionFailure& failed,
                                     Duration timeout);

}  // namespace certconnector::net
