// DER out of PEM (RFC 7468), as files hold it that other programs made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certconnector::text {

// The DER of each block of this label, in order; text around them is passed over. A block whose
// base64 cannot be read is left out.
[[nodiscard]] std::vector<std::string> pem_blocks(std::string_view text, std::string_view label);
// The same of a file that is PEM or a single DER structure.
[[nodiscard]] std::vector<std::string> der_of(const std::string& content, std::string_view label);

}  // namespace certconnector::text
