// Extensions as RFC 5280 section 4.1 writes them, and the OBJECT IDENTIFIERs of those that the
// embedded CA sets.
#pragma once

#include <array>
#include <cstdint>

#include "common/crypto/der.h"
#include "common/text/bytes.h"

namespace certconnector::ca {

namespace extension_id {
using Arc = std::array<std::uint8_t, 3>;  // contents octets of 2.5.29.n
inline constexpr Arc kSubjectKeyIdentifier{0x55, 0x1D, 14};
inline constexpr Arc kKeyUsage{0x55, 0x1D, 15};
inline constexpr Arc kSubjectAltName{0x55, 0x1D, 17};
inline constexpr Arc kBasicConstraints{0x55, 0x1D, 19};
inline constexpr Arc kCrlNumber{0x55, 0x1D, 20};
inline constexpr Arc kReasonCode{0x55, 0x1D, 21};
inline constexpr Arc kInvalidityDate{0x55, 0x1D, 24};
inline constexpr Arc kIssuingDistributionPoint{0x55, 0x1D, 28};
inline constexpr Arc kCrlDistributionPoints{0x55, 0x1D, 31};
inline constexpr Arc kAuthorityKeyIdentifier{0x55, 0x1D, 35};
inline constexpr Arc kExtendedKeyUsage{0x55, 0x1D, 37};
inline constexpr std::array<std::uint8_t, 8> kAuthorityInfoAccess{0x2B, 0x06, 0x01, 0x05,
                                                                  0x05, 0x07, 0x01, 0x01};
// szOID_NTDS_CA_SECURITY_EXT, 1.3.6.1.4.1.311.25.2
inline constexpr std::array<std::uint8_t, 9> kSecurityIdentifier{0x2B, 0x06, 0x01, 0x04, 0x01,
                                                                 0x82, 0x37, 0x19, 0x02};
}  // namespace extension_id

// `value` appends the DER that goes inside the extnValue.
template <typename Value>
void append_extension(Bytes& out, ByteView id, bool critical, Value&& value) {
  crypto::der::Writer writer(out);
  writer.nest(crypto::der::kSequence, [&] {
    writer.oid(id);
    if (critical) writer.boolean(true);
    writer.nest(crypto::der::kOctetString, [&] { value(writer); });
  });
}

// RFC 7093 section 2, method 1: the leftmost 160 bits of SHA-256 over the key's BIT STRING octets.
[[nodiscard]] std::array<std::uint8_t, 20> key_identifier(ByteView public_key_bits);
// Of a DER SubjectPublicKeyInfo.
[[nodiscard]] std::array<std::uint8_t, 20> key_identifier_of(ByteView public_key_info);

void append_authority_key_id(Bytes& out, ByteView key_id);
void append_subject_key_id(Bytes& out, ByteView key_id);
void append_key_usage(Bytes& out, std::uint16_t mask);  // critical

}  // namespace certconnector::ca
