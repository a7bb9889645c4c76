// What RFC 9112 lets a server refuse, and this one does: everything that two readers could read
// differently.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <optional>
#include <string>

#include "agent/http/message.h"

namespace certconnector::http {

using RequestHeader = boost::beast::http::request_header<boost::beast::http::fields>;

struct RuleBroken {
  unsigned status = 400;
  std::string why;
};
[[nodiscard]] std::optional<RuleBroken> broken_rule(const RequestHeader& header);
// Whether the client waits for 100 before it sends the body, RFC 9110 section 10.1.1.
[[nodiscard]] bool expects_continue(const RequestHeader& header);

// Method, path, query and headers; the body and peer are left empty.
[[nodiscard]] Request to_request(const RequestHeader& header);

}  // namespace certconnector::http
