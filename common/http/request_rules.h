// Requests that RFC 9112 lets a server refuse, and that this server refuses: all that two readers
// could read differently.
#pragma once

#include <optional>
#include <string>

#include "common/http/request_parser.h"

namespace certconnector::http {

struct RuleBroken {
  unsigned status = 400;
  std::string why;
};
[[nodiscard]] std::optional<RuleBroken> broken_rule(const RequestHead& head);
// Whether the client waits for 100 before it sends the body, RFC 9110 section 10.1.1.
[[nodiscard]] bool expects_continue(const RequestHead& head);

// The request with path and query from the target. For a head without a broken rule; the peer is
// left empty.
[[nodiscard]] Request to_request(RequestHead head);

}  // namespace certconnector::http
