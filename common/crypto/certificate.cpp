#include "common/crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/extension_values.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxPem = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMaxCertificatesInPem = 1000;

Error malformed_certificate(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the certificate " + std::move(what)};
}

X509Ptr decode(ByteView der) {
  const unsigned char* at = der.data();
  X509Ptr x509(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  if (x509 && at != der.end()) x509.reset();
  ERR_clear_error();
  return x509;
}

Bytes encode(const X509_NAME* name) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(name, &der);
  if (size <= 0) return {};
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Bytes encode(const X509_PUBKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(key, &der);
  if (size <= 0) return {};
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Bytes magnitude_of(const ASN1_INTEGER* number) {
  ByteView value(ASN1_STRING_get0_data(number),
                 static_cast<std::size_t>(ASN1_STRING_length(number)));
  while (!value.empty() && value[0] == 0) value = value.subview(1, value.size() - 1);
  return value.to_bytes();
}

std::optional<Timestamp> time_of(const ASN1_TIME* time) {
  Bytes der;
  const bool utc = ASN1_STRING_type(time) == V_ASN1_UTCTIME;
  der::Writer(der).element(
      utc ? der::kUtcTime : der::kGeneralizedTime,
      ByteView(ASN1_STRING_get0_data(time), static_cast<std::size_t>(ASN1_STRING_length(time))));
  return der::Reader(der).read_time();
}

// The inside of an extension's extnValue; nothing when the certificate does not have it.
std::optional<ByteView> extension_value(const X509* x509, int nid) {
  const int index = X509_get_ext_by_NID(x509, nid, -1);
  if (index < 0) return std::nullopt;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(x509, index));
  return ByteView(ASN1_STRING_get0_data(value),
                  static_cast<std::size_t>(ASN1_STRING_length(value)));
}

}  // namespace

// Reads a Certificate out of OpenSSL's X509, part by part.
class CertificateReader {
 public:
  explicit CertificateReader(const X509* x509) : x509_(x509) {}

  Result<Certificate> read(ByteView der) {
    Certificate certificate;
    certificate.der_ = der.to_bytes();
    CC_TRY(read_fields(certificate));
    CC_TRY(read_basic_constraints(certificate));
    CC_TRY(read_usages(certificate));
    return certificate;
  }

 private:
  Status read_fields(Certificate& out) {
    out.subject_ = encode(X509_get_subject_name(x509_));
    out.issuer_ = encode(X509_get_issuer_name(x509_));
    CC_TRY_ASSIGN(const DistinguishedName subject, parse_name(out.subject_));
    CC_TRY_ASSIGN(const DistinguishedName issuer, parse_name(out.issuer_));
    out.subject_text_ = to_rfc4514(subject);
    out.issuer_text_ = to_rfc4514(issuer);
    out.serial_ = magnitude_of(X509_get0_serialNumber(x509_));
    out.public_key_info_ = encode(X509_get_X509_PUBKEY(x509_));
    const auto not_before = time_of(X509_get0_notBefore(x509_));
    const auto not_after = time_of(X509_get0_notAfter(x509_));
    if (!not_before || !not_after)
      return malformed_certificate("has a validity that is not in the form of RFC 5280");
    out.not_before_ = *not_before;
    out.not_after_ = *not_after;
    return {};
  }

  Status read_basic_constraints(Certificate& out) {
    const auto value = extension_value(x509_, NID_basic_constraints);
    if (!value) return {};
    const auto contents = der::read_only(*value, der::kSequence);
    if (!contents) return malformed_certificate("has malformed basic constraints");
    der::Reader reader(*contents);
    if (reader.next_is(der::kBoolean)) out.is_ca_ = reader.read_boolean().value_or(false);
    if (reader.next_is(der::kInteger)) {
      constexpr std::uint64_t kMaxPath = 1000;
      const auto length = reader.read_small_unsigned();
      if (!length || *length > kMaxPath) return malformed_certificate("has a bad path length");
      out.path_length_ = static_cast<int>(*length);
    }
    if (!reader.at_end()) return malformed_certificate("has malformed basic constraints");
    return {};
  }

  Status read_usages(Certificate& out) {
    if (const auto value = extension_value(x509_, NID_key_usage)) {
      CC_TRY_ASSIGN(out.key_usage_, parse_key_usage(*value));
    }
    if (const auto value = extension_value(x509_, NID_ext_key_usage)) {
      CC_TRY_ASSIGN(out.extended_key_usage_, parse_extended_key_usage(*value));
    }
    if (const auto value = extension_value(x509_, NID_subject_alt_name)) {
      CC_TRY_ASSIGN(out.subject_alt_names_, parse_general_names(*value));
    }
    if (const auto value = extension_value(x509_, NID_subject_key_identifier)) {
      const auto id = der::read_only(*value, der::kOctetString);
      if (!id) return malformed_certificate("has a malformed subject key identifier");
      out.subject_key_id_ = id->to_bytes();
    }
    return {};
  }

  const X509* x509_;
};

Result<Certificate> Certificate::from_der(ByteView der) {
  if (der.size() > kMaxCertificateSize) return malformed_certificate("is larger than 65536 octets");
  const X509Ptr x509 = decode(der);
  if (!x509) return malformed_certificate("is not the DER of an X.509 certificate");
  return CertificateReader(x509.get()).read(der);
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  CC_TRY_ASSIGN(std::vector<Certificate> all, all_from_pem(pem));
  return std::move(all.front());
}

Result<std::vector<Certificate>> Certificate::all_from_pem(std::string_view pem) {
  if (pem.size() > kMaxPem) return malformed_certificate("file is larger than 4 MiB");
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return openssl_failure("reading certificates");
  std::vector<Certificate> certificates;
  while (true) {
    unsigned char* data = nullptr;
    long size = 0;  // NOLINT(google-runtime-int): OpenSSL's type
    if (PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_X509, bio.get(), nullptr, nullptr) !=
        1) {
      break;
    }
    const Bytes der(data, data + size);
    OPENSSL_free(data);
    CC_TRY_ASSIGN(Certificate certificate, from_der(der));
    if (certificates.size() == kMaxCertificatesInPem)
      return malformed_certificate("file holds more than 1000");
    certificates.push_back(std::move(certificate));
  }
  // OpenSSL says "no start line" at the end of the text, and something else for a damaged block.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return malformed_certificate("file holds a damaged PEM block");
  if (certificates.empty()) return malformed_certificate("file holds no PEM block CERTIFICATE");
  return certificates;
}

std::string Certificate::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio(bio.get(), PEM_STRING_X509, "", der_.data(),
                            static_cast<long>(der_.size())) <= 0) {  // NOLINT(google-runtime-int)
    std::abort();                                                    // for want of memory only
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

bool Certificate::issued_by(const Certificate& issuer) const {
  if (issuer_ != issuer.subject_) return false;
  const X509Ptr own = decode(der_);
  const X509Ptr other = decode(issuer.der_);
  EVP_PKEY* key = other ? X509_get0_pubkey(other.get()) : nullptr;
  const bool verified = own && key != nullptr && X509_verify(own.get(), key) == 1;
  ERR_clear_error();
  return verified;
}

bool Certificate::signs_messages() const {
  return key_usage_ == 0 || (key_usage_ & kDigitalSignature) != 0;
}

}  // namespace certconnector::crypto
