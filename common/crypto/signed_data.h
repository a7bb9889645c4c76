// CMS SignedData, RFC 5652 section 5, as SCEP uses it (RFC 8894 section 3.2): RSA, one signer,
// signed attributes with one value each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/cms.h"
#include "common/crypto/key.h"
#include "common/crypto/message_digest.h"
#include "common/crypto/public_key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

class SignedData {
 public:
  // DER or BER, with exactly one signer. Verifies nothing. verify() judges the algorithms, so that
  // a SCEP answer that denies them can quote the message's attributes. Errors: malformed, also
  // when an attribute comes twice.
  [[nodiscard]] static Result<SignedData> parse(ByteView message);

  SignedData(SignedData&&) noexcept = default;
  SignedData& operator=(SignedData&&) noexcept = default;
  SignedData(const SignedData&) = delete;  // the views look into this message
  SignedData& operator=(const SignedData&) = delete;

  [[nodiscard]] ByteView content() const { return content_; }  // empty also when there is none
  [[nodiscard]] const std::vector<ByteView>& certificates() const { return certificates_; }
  [[nodiscard]] const CertificateIdentifier& signer() const { return signer_; }
  // Nothing: one that we do not know.
  [[nodiscard]] std::optional<HashAlgorithm> hash() const { return hash_; }
  // The value of a signed attribute by its dotted OID; nothing when it is absent.
  [[nodiscard]] std::optional<der::Element> attribute(std::string_view oid) const;

  // That the holder of `key` signed the attributes and, through them, the content. Errors:
  // bad_signature; unsupported: not RSA, or a hash that we do not know, which is named.
  [[nodiscard]] Status verify(const PublicKey& key) const;

 private:
  friend class SignedDataParser;
  struct Attribute {
    ByteView oid;
    der::Element value;
  };
  SignedData() = default;

  Bytes message_;  // DER
  ByteView content_;
  std::vector<ByteView> certificates_;
  CertificateIdentifier signer_;
  std::optional<HashAlgorithm> hash_;
  std::optional<Error> unsupported_;  // what verify() says of the algorithms
  ByteView signed_attributes_;        // whole, under the tag [0]
  std::vector<Attribute> attributes_;
  ByteView signature_;
};

struct SignedAttribute {
  std::string oid;  // dotted
  Bytes value;      // DER
};

struct SignedDataSpec {
  std::optional<ByteView> content;     // nothing: no content at all
  std::vector<ByteView> certificates;  // DER
  ByteView signer_issuer;              // DER Name
  ByteView signer_serial;              // big-endian magnitude
  HashAlgorithm hash = HashAlgorithm::sha256;
  std::vector<SignedAttribute> attributes;  // contentType and messageDigest come by themselves
};

// DER. RSA is named rsaEncryption alone, and not with its hash: some clients take no other name.
[[nodiscard]] Result<Bytes> make_signed_data(const SignedDataSpec& spec, const PrivateKey& key);
// Certificates and CRLs without a signer, RFC 5652 section 5.2: DER.
[[nodiscard]] Bytes make_certificates_only(const std::vector<ByteView>& certificates,
                                           const std::vector<ByteView>& crls);

}  // namespace certconnector::crypto
