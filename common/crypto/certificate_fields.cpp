#include "common/crypto/certificate_fields.h"

#include "common/crypto/certificate.h"
#include "common/crypto/der.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kSubjectKeyIdentifier = "2.5.29.14";

Error malformed_fields(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the certificate " + std::move(what)};
}

bool read_validity(der::Reader& reader, CertificateFields& fields) {
  auto validity = reader.enter(der::kSequence);
  const auto from = validity ? validity->read_time() : std::nullopt;
  const auto to = from ? validity->read_time() : std::nullopt;
  if (!to || !validity->at_end()) return false;
  fields.not_before = *from;
  fields.not_after = *to;
  return true;
}

bool read_name(der::Reader& reader, ByteView& name) {
  const auto element = reader.read_element(der::kSequence);
  if (element) name = element->whole;
  return element.has_value();
}

struct CertificateExtension {
  ByteView oid;
  ByteView value;
};

std::optional<CertificateExtension> read_extension(der::Reader reader) {
  const auto oid = reader.read_oid();
  if (!oid) return std::nullopt;
  if (reader.next_is(der::kBoolean) && !reader.read_boolean()) return std::nullopt;
  const auto value = reader.read(der::kOctetString);
  if (!value || !reader.at_end()) return std::nullopt;
  return CertificateExtension{*oid, *value};
}

bool take_extension(const CertificateExtension& extension, const Bytes& key_id_oid,
                    CertificateFields& fields) {
  if (extension.oid != ByteView(key_id_oid)) return true;
  const auto key_id = der::read_only(extension.value, der::kOctetString);
  if (key_id) fields.subject_key_id = *key_id;
  return key_id.has_value();
}

// Reads the fields after the public key: unique identifiers, which it skips, and extensions.
bool read_extensions(der::Reader& reader, CertificateFields& fields) {
  if (reader.next_is(der::context_primitive(1))) reader.read_any();
  if (reader.next_is(der::context_primitive(2))) reader.read_any();
  if (reader.at_end()) return true;
  auto tagged = reader.enter(der::context(3));
  auto list = tagged ? tagged->enter(der::kSequence) : std::nullopt;
  if (!list || !tagged->at_end() || !reader.at_end()) return false;
  fields.extensions = list->rest();
  static const Bytes key_id_oid = der::oid_from_text(kSubjectKeyIdentifier).value_or(Bytes());
  while (!list->at_end()) {
    const auto one = list->enter(der::kSequence);
    const auto extension = one ? read_extension(*one) : std::nullopt;
    if (!extension || !take_extension(*extension, key_id_oid, fields)) return false;
  }
  return true;
}

bool read_tbs(ByteView contents, CertificateFields& fields) {
  der::Reader reader(contents);
  if (reader.next_is(der::context(0))) {
    auto version = reader.enter(der::context(0));
    if (!version || !version->read_small_unsigned()) return false;
  }
  const auto serial = reader.read_unsigned();
  if (!serial || !reader.read(der::kSequence)) return false;
  fields.serial = *serial;
  if (!read_name(reader, fields.issuer) || !read_validity(reader, fields) ||
      !read_name(reader, fields.subject)) {
    return false;
  }
  const auto key = reader.read_element(der::kSequence);
  if (!key) return false;
  fields.public_key_info = key->whole;
  return read_extensions(reader, fields);
}

}  // namespace

Result<CertificateFields> parse_certificate_fields(ByteView der) {
  if (der.size() > kMaxCertificateSize) return malformed_fields("is larger than 65536 octets");
  const auto contents = der::read_only(der, der::kSequence);
  der::Reader reader(contents.value_or(ByteView()));
  const auto tbs = reader.read_element(der::kSequence);
  const auto algorithm = tbs ? reader.read(der::kSequence) : std::nullopt;
  const auto signature = algorithm ? reader.read_bit_string() : std::nullopt;
  if (!signature || !reader.at_end()) return malformed_fields("is not DER of RFC 5280");
  CertificateFields fields;
  fields.tbs = tbs->whole;
  fields.signature_algorithm = *algorithm;
  fields.signature = *signature;
  if (!read_tbs(tbs->value, fields)) return malformed_fields("has fields that cannot be read");
  return fields;
}

std::optional<ByteView> find_extension(const CertificateFields& fields, std::string_view oid) {
  const auto wanted = der::oid_from_text(oid);
  der::Reader list(fields.extensions);
  while (wanted && !list.at_end()) {
    const auto one = list.enter(der::kSequence);
    const auto extension = one ? read_extension(*one) : std::nullopt;
    if (!extension) return std::nullopt;
    if (extension->oid == ByteView(*wanted)) return extension->value;
  }
  return std::nullopt;
}

}  // namespace certconnector::crypto
