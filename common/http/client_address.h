// Which client sent a request, also from behind reverse proxies.
#pragma once

#include <string>
#include <vector>

#include "common/http/message.h"
#include "common/net/address/ip_network.h"

namespace certconnector::http {

// The address of the peer. If the peer is a trusted proxy: the last address in X-Forwarded-For that
// is not a trusted proxy's. Anybody can write the header, so two parts of it do not count: the
// header of a peer that is not trusted, and all before an element that is not an address. An
// element may have a port, as some proxies add.
[[nodiscard]] std::string client_address(const Request& request,
                                         const std::vector<net::IpNetwork>& trusted_proxies);

// The key by which a limit for each client counts: an IPv4 address, or the /64 of an IPv6 address
// (one host has all of it). Any other value is used as is.
[[nodiscard]] std::string limit_key(const std::string& address);

}  // namespace certconnector::http
