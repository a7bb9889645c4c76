// One HTTP/1.1 request to an address, for what the agent asks itself. Not for the network at large:
// no TLS, no redirects, no names to resolve.
#pragma once

#include <cstdint>
#include <string>

#include "agent/http/message.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::http {

struct Peer {
  std::string
      address;  // an IP address without brackets; one that stands for all means this machine
  std::uint16_t port = 0;
};

// Blocks until the answer is there, at most `limit` for each of connecting, writing and reading.
// Method, path, query, headers and body of `request` are sent. Errors, transient: no_answer.
[[nodiscard]] Result<Response> fetch(const Peer& peer, const Request& request, Duration limit);

}  // namespace certconnector::http
