// CMS EnvelopedData, RFC 5652 section 6, for RSA recipients.
#pragma once

#include <vector>

#include "common/crypto/cms.h"
#include "common/crypto/content_cipher.h"
#include "common/crypto/key_transport.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

struct Recipient {
  CertificateIdentifier certificate;
  KeyTransport transport;
  ByteView wrapped_key;
};

class EnvelopedData {
 public:
  // DER or BER. Errors: malformed; unsupported: a cipher or key transport that we do not know,
  // which is named, or no RSA recipient at all.
  [[nodiscard]] static Result<EnvelopedData> parse(ByteView message);

  EnvelopedData(EnvelopedData&&) noexcept = default;
  EnvelopedData& operator=(EnvelopedData&&) noexcept = default;
  EnvelopedData(const EnvelopedData&) = delete;  // the views look into this message
  EnvelopedData& operator=(const EnvelopedData&) = delete;

  [[nodiscard]] const std::vector<Recipient>& recipients() const { return recipients_; }
  [[nodiscard]] ContentCipher cipher() const { return cipher_; }

  // Errors: not_decryptable, whatever the reason; failure.
  [[nodiscard]] Result<Bytes> decrypt(const Recipient& recipient, const UnwrappingKey& key) const;

 private:
  friend class EnvelopedDataParser;
  EnvelopedData() = default;

  Bytes message_;  // DER
  std::vector<Recipient> recipients_;
  ContentCipher cipher_ = ContentCipher::aes128;
  ByteView iv_;
  Bytes encrypted_;
};

struct EnvelopedDataSpec {
  ByteView recipient_issuer;  // DER Name
  ByteView recipient_serial;  // big-endian magnitude
  KeyTransport transport;
  ContentCipher cipher = ContentCipher::aes256;
};

// DER, with a fresh content key. `recipient` is RSA.
[[nodiscard]] Result<Bytes> make_enveloped_data(const EnvelopedDataSpec& spec,
                                                const PublicKey& recipient, ByteView content);

}  // namespace certconnector::crypto
