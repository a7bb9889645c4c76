// PEM of certificates that the agent sent as base64 of DER, RFC 7468.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::cli {

[[nodiscard]] std::string certificate_pem(std::string_view base64);

}  // namespace certconnector::cli
