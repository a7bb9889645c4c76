// BER, X.690 section 8, made into DER: CMS messages come with indefinite lengths and with strings
// in pieces (RFC 5652 section 5.1 lets senders stream).
#pragma once

#include <optional>

#include "common/text/bytes.h"

namespace certconnector::crypto::der {

// Takes one element and nothing behind it. Lengths become definite and minimal, and the pieces of a
// constructed OCTET STRING become one. DER stays as it is, octet for octet. Elements may nest 32
// deep, and tags are single octets. Nothing: `input` breaks these rules or is not BER.
[[nodiscard]] std::optional<Bytes> from_ber(ByteView input);

}  // namespace certconnector::crypto::der
