// Where a person says that a service is.
#pragma once

#include <string>
#include <string_view>

#include "common/http/client.h"

namespace certconnector::http {

struct ServiceUrl {
  Peer peer;         // with https trusting the system, for the host's name
  std::string path;  // without a '/' at its end; empty: none
};

// "https://host", "http://host:port/path", "https://[2001:db8::1]". Refuses user names, queries and
// fragments. HttpErrc::bad_address, permanent; the message does not quote the address, since people
// paste secrets into addresses.
[[nodiscard]] Result<ServiceUrl> parse_url(std::string_view url);

}  // namespace certconnector::http
