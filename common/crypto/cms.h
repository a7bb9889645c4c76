// Shared by all CMS messages (RFC 5652): limits, and the identifier of a certificate.
#pragma once

#include "common/crypto/certificate_fields.h"
#include "common/crypto/der.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

inline constexpr std::size_t kMaxCmsSize = 131072;  // octets of one message

// SignerIdentifier and RecipientIdentifier, RFC 5652 sections 5.3 and 6.2.1: issuer and serial, or
// the subject key identifier. Views into the message.
struct CertificateIdentifier {
  ByteView issuer;  // DER Name; empty where the key identifier is used
  ByteView serial;  // big-endian magnitude
  ByteView subject_key_id;

  [[nodiscard]] bool names(const CertificateFields& certificate) const;
};

namespace cms {

[[nodiscard]] Error malformed(std::string what);
[[nodiscard]] Error unsupported(std::string what);

// The contents of a ContentInfo's content, RFC 5652 section 3, that is of type `oid`; nothing when
// the message is otherwise.
[[nodiscard]] std::optional<ByteView> read_content_info(ByteView message, std::string_view oid);
// Writes a ContentInfo around the SEQUENCE whose contents `body` writes.
template <typename Body>
void write_content_info(der::Writer& writer, std::string_view oid, Body&& body) {
  writer.nest(der::kSequence, [&] {
    writer.oid(der::oid_from_text(oid).value_or(Bytes()));
    writer.nest(der::context(0), [&] { writer.nest(der::kSequence, body); });
  });
}

[[nodiscard]] std::optional<CertificateIdentifier> read_identifier(der::Reader& reader);
// By issuer and serial.
void write_identifier(der::Writer& writer, ByteView issuer, ByteView serial);

// An AlgorithmIdentifier: its dotted OID, and a reader of its parameters.
struct Algorithm {
  std::string oid;
  der::Reader parameters{ByteView()};
};
[[nodiscard]] std::optional<Algorithm> read_algorithm(der::Reader& reader);

inline constexpr std::string_view kData = "1.2.840.113549.1.7.1";
inline constexpr std::string_view kSignedData = "1.2.840.113549.1.7.2";
inline constexpr std::string_view kEnvelopedData = "1.2.840.113549.1.7.3";
inline constexpr std::string_view kContentType = "1.2.840.113549.1.9.3";
inline constexpr std::string_view kMessageDigest = "1.2.840.113549.1.9.4";
inline constexpr std::string_view kRsaEncryption = "1.2.840.113549.1.1.1";

}  // namespace cms
}  // namespace certconnector::crypto
