// The head of an answer as it goes over the wire, RFC 9112 section 4.
#pragma once

#include <string>

#include "common/http/message.h"

namespace certconnector::http {

struct Framing {
  unsigned version = 11;  // of the request: 10 or 11
  bool keep_alive = true;
};

// Status line and headers with the empty line at the end. A header that would break the framing
// (a control character in it) is left out.
[[nodiscard]] std::string response_head(const Response& response, Framing framing);

}  // namespace certconnector::http
