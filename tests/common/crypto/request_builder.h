// PKCS#10 requests put together piece by piece, so that a test can make any one piece wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/der.h"
#include "common/crypto/key.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

// Made once for the whole test program: RSA keys take long.
[[nodiscard]] const PrivateKey& rsa_key();
[[nodiscard]] const PrivateKey& ec_key();
// Keys and groups that PrivateKey::generate refuses to make.
[[nodiscard]] PrivateKey unusual_rsa_key(unsigned bits);
[[nodiscard]] PrivateKey unusual_ec_key(const std::string& group);

// DER of what `body` writes.
[[nodiscard]] Bytes build_der(const std::function<void(der::Writer&)>& body);
void write_oid(der::Writer& writer, std::string_view dotted);
// AlgorithmIdentifier with NULL parameters, or with none.
[[nodiscard]] Bytes algorithm(std::string_view oid, bool null_parameters);
// SubjectPublicKeyInfo of an RSA key from its numbers.
[[nodiscard]] Bytes rsa_info(ByteView modulus, ByteView exponent);
// The attribute with one extension request of these extensions' DER, each whole.
[[nodiscard]] Bytes extension_request(const std::vector<Bytes>& extensions,
                                      std::string_view attribute_oid = "1.2.840.113549.1.9.14");
[[nodiscard]] Bytes extension(std::string_view oid, ByteView value, bool critical = false);
[[nodiscard]] Bytes challenge_password(std::uint8_t tag, ByteView value);

struct RequestPieces {
  Bytes version = {0x02, 0x01, 0x00};
  Bytes subject;                              // empty: CN=device1
  Bytes key_info;                             // empty: the signing key's
  std::optional<Bytes> attributes = Bytes();  // the contents of [0]; nothing: no [0] at all
  Bytes after_attributes;
  Bytes signature_algorithm;       // empty: the one of sign()
  std::optional<Bytes> signature;  // nothing: a good one
};
[[nodiscard]] Bytes build_request(const RequestPieces& pieces, const PrivateKey& key = ec_key());

}  // namespace certconnector::crypto
