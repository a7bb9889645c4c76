// Which client sent a request, also from behind reverse proxies.
#pragma once

#include <string>
#include <vector>

#include "common/http/ip_network.h"
#include "common/http/message.h"

namespace certconnector::http {

// The peer; when that is a trusted proxy, the last address of X-Forwarded-For that is none. What
// stands before an element that is no address counts for nothing, nor does the header of a peer
// that is not trusted: both are what anybody can write. An element may have a port, as some proxies
// add.
[[nodiscard]] std::string client_address(const Request& request,
                                         const std::vector<IpNetwork>& trusted_proxies);

}  // namespace certconnector::http
