// The values of KeyUsage and ExtendedKeyUsage, RFC 5280 sections 4.2.1.3 and 4.2.1.12.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

[[nodiscard]] Result<std::uint16_t> parse_key_usage(ByteView der);
// At most 100 purposes, as dotted OIDs.
[[nodiscard]] Result<std::vector<std::string>> parse_extended_key_usage(ByteView der);

// The inside of the extnValue, ready for a template's or a request's extension.
[[nodiscard]] Bytes encode_key_usage(std::uint16_t mask);
// Malformed: something in the list is not a dotted OID.
[[nodiscard]] Result<Bytes> encode_extended_key_usage(const std::vector<std::string>& oids);

}  // namespace certconnector::crypto
