// The immediate answer of a handler.
#pragma once

#include <optional>
#include <utility>

#include "common/http/message.h"

namespace certconnector::http::testing {

// Nothing when the handler keeps the reply for later.
inline std::optional<Response> answered(Handler& handler, Request request) {
  const auto got = std::make_shared<std::optional<Response>>();
  handler.handle(std::move(request),
                 Reply([got](Response response) { *got = std::move(response); }));
  return *got;
}

}  // namespace certconnector::http::testing
