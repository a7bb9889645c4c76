// The syntax of the names in certificates, RFC 5280 section 4.2.1.6, with what the names of Windows
// networks need.
//
// Each function says which rule a name breaks: a predicate that follows the name in a sentence,
// "has a label of 64 octets; ...". Nothing: it breaks none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::crypto {

// The preferred name syntax of RFC 1034 section 3.5 with digits first (RFC 1123 section 2.1), at
// most 253 octets. Also taken: '_', which names of Windows networks have, and a wildcard as the
// leftmost label (RFC 6125 section 6.4.3).
[[nodiscard]] std::optional<std::string> broken_dns_rule(std::string_view name);
// Mailbox of RFC 5321 section 4.1.2, at most 254 octets.
[[nodiscard]] std::optional<std::string> broken_email_rule(std::string_view name);
// An absolute URI of RFC 3986. An authority names a host: a DNS name or an IP address.
[[nodiscard]] std::optional<std::string> broken_uri_rule(std::string_view name);
// The host of the URI's authority, RFC 3986 section 3.2.2, also where the URI breaks a rule. Empty:
// it has none.
[[nodiscard]] std::string_view uri_host(std::string_view uri);
// "user@suffix" in UTF-8, [MS-ADTS] section 5.1.1.1.1, at most 1024 characters.
[[nodiscard]] std::optional<std::string> broken_upn_rule(std::string_view name);
// An object identifier that parsers of certificates read: at most 63 octets, and no arc of 2^31 or
// more. Go and pyca/cryptography read nothing of a certificate with another. `contents`: of its
// DER.
[[nodiscard]] std::optional<std::string> broken_oid_rule(ByteView contents);

}  // namespace certconnector::crypto
