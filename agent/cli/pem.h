// PEM of certificates that stand elsewhere as DER or its base64, RFC 7468.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::cli {

[[nodiscard]] std::string certificate_pem(std::string_view base64);
// What a file of certificates holds: one in DER becomes PEM, and anything else stays as it is.
[[nodiscard]] std::string certificates_as_pem(const std::string& content);

}  // namespace certconnector::cli
