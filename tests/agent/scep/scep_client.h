// A SCEP client and its RA in pieces, so that a test can make any one piece wrong.
#pragma once

#include <optional>
#include <string>

#include "agent/scep/message.h"
#include "agent/scep/reply.h"
#include "tests/support/test_pki.h"

namespace certconnector::scep {

// Made once for the whole test program: RSA keys take long.
[[nodiscard]] const testing::Credential& ra();
[[nodiscard]] const testing::Credential& device();
[[nodiscard]] const testing::Credential& stranger();

[[nodiscard]] Signatory signatory();
[[nodiscard]] crypto::PublicKey public_key_of(const testing::Credential& credential);
[[nodiscard]] Bytes der_string(std::string_view text,
                               std::uint8_t tag = crypto::der::kPrintableString);
[[nodiscard]] Bytes der_octets(const Bytes& value);

struct ClientRequest {
  std::optional<Bytes> type = der_string("19");  // nothing: the attribute is left out
  std::optional<Bytes> transaction_id = der_string("4A6F");
  std::optional<Bytes> nonce = der_octets(Bytes(16, 7));
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
  crypto::ContentCipher cipher = crypto::ContentCipher::aes256;
  Bytes inside = {0x30, 0x00};   // the content to encrypt
  std::optional<Bytes> content;  // instead of an envelope with it
  bool with_certificate = true;
};
[[nodiscard]] Bytes make_request(const ClientRequest& request);

}  // namespace certconnector::scep
