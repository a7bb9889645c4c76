// Strong mapping of a certificate to an account by its security identifier (KB5014754): the
// extension szOID_NTDS_CA_SECURITY_EXT ([MS-WCCE] section 2.2.2.7.7.4) and the URI that stands for
// it among the SANs.
#pragma once

#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::ca {

inline constexpr std::string_view kSidUriPrefix = "tag:microsoft.com,2022-09-14:sid:";

// "S-1-5-21-...": S-1 and 2 to 15 decimal numbers, at most 184 characters.
[[nodiscard]] bool is_security_identifier(std::string_view text);
// The extension's value: SEQUENCE { [0] { 1.3.6.1.4.1.311.25.2.1, [0] { OCTET STRING sid } } }.
[[nodiscard]] Bytes encode_security_identifier(std::string_view sid);

}  // namespace certconnector::ca
