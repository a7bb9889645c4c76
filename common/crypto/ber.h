// BER, X.690 section 8, made into DER: CMS messages come with indefinite lengths and with strings
// in pieces (RFC 5652 section 5.1 lets senders stream).
#pragma once

#include <optional>

#include "common/text/bytes.h"

namespace certconnector::crypto::der {

// One element and nothing behind it; lengths become definite and minimal, the pieces of a
// constructed OCTET STRING one. What is DER already stays as it is, octet for octet. Elements nest
// at most 32 deep and tags are single octets; nothing when `input` is otherwise or no BER.
[[nodiscard]] std::optional<Bytes> from_ber(ByteView input);

}  // namespace certconnector::crypto::der
