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

// A URL of common/net/address/url.h without query and fragment. HttpErrc::bad_address, permanent;
// the message does not quote the address, since people paste secrets into addresses.
[[nodiscard]] Result<ServiceUrl> parse_service_url(std::string_view url);

}  // namespace certconnector::http
