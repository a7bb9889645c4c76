// The other side of our CMS messages: OpenSSL's own CMS functions.
#pragma once

#include <openssl/cms.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/test_pki.h"

namespace certconnector::crypto {

// An RSA-2048 key with a self-signed certificate, made once for the whole test program.
[[nodiscard]] const testing::Credential& rsa_credential();

enum class Encoding { der, ber };  // BER: indefinite lengths, contents in pieces

struct PeerAttribute {
  std::string oid;  // dotted
  int type = 0;     // V_ASN1_PRINTABLESTRING and others
  Bytes value;      // its content
};

struct PeerSigner {
  const EVP_MD* hash = EVP_sha256();
  unsigned flags = 0;  // of CMS_sign, beside CMS_BINARY
  Encoding encoding = Encoding::der;
  std::vector<PeerAttribute> attributes = {};       // signed
  const testing::Credential* credential = nullptr;  // null: rsa_credential()
};
[[nodiscard]] Bytes peer_sign(ByteView content, const PeerSigner& how = {});
// The content; nothing when the signature does not hold.
[[nodiscard]] std::optional<Bytes> peer_verify(ByteView message);

struct PeerEnvelope {
  const EVP_CIPHER* cipher = EVP_aes_256_cbc();
  const EVP_MD* oaep = nullptr;  // null: PKCS#1 v1.5
  bool by_key_id = false;
  Encoding encoding = Encoding::der;
  const EVP_MD* mask = nullptr;  // of OAEP; null: `oaep`
};
[[nodiscard]] Bytes peer_encrypt(ByteView content, const PeerEnvelope& how = {});
[[nodiscard]] std::optional<Bytes> peer_decrypt(ByteView message);

}  // namespace certconnector::crypto
