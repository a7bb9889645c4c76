#include "common/crypto/cms.h"

#include <utility>

#include "common/crypto/errors.h"

namespace certconnector::crypto {

bool CertificateIdentifier::names(const CertificateFields& certificate) const {
  if (!subject_key_id.empty()) return subject_key_id == certificate.subject_key_id;
  return serial == certificate.serial && issuer == certificate.issuer;
}

namespace cms {

Error malformed(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the CMS message " + std::move(what)};
}

Error unsupported(std::string what) {
  return {CryptoErrc::unsupported, ErrorKind::permanent, "the CMS message " + std::move(what)};
}

std::optional<ByteView> read_content_info(ByteView message, std::string_view oid) {
  const auto contents = der::read_only(message, der::kSequence);
  der::Reader reader(contents.value_or(ByteView()));
  const auto type = reader.read_oid();
  if (!type || der::oid_to_text(*type) != oid) return std::nullopt;
  auto tagged = reader.enter(der::context(0));
  if (!tagged || !reader.at_end()) return std::nullopt;
  const auto inside = tagged->read(der::kSequence);
  return tagged->at_end() ? inside : std::nullopt;
}

std::optional<CertificateIdentifier> read_identifier(der::Reader& reader) {
  CertificateIdentifier identifier;
  if (reader.next_is(der::context_primitive(0))) {
    const auto key_id = reader.read(der::context_primitive(0));
    if (!key_id || key_id->empty()) return std::nullopt;
    identifier.subject_key_id = *key_id;
    return identifier;
  }
  auto issuer_and_serial = reader.enter(der::kSequence);
  const auto issuer = issuer_and_serial ? issuer_and_serial->read_element(der::kSequence)
                                        : std::optional<der::Element>();
  const auto serial = issuer ? issuer_and_serial->read_unsigned() : std::nullopt;
  if (!serial || !issuer_and_serial->at_end()) return std::nullopt;
  identifier.issuer = issuer->whole;
  identifier.serial = *serial;
  return identifier;
}

void write_identifier(der::Writer& writer, ByteView issuer, ByteView serial) {
  writer.nest(der::kSequence, [&] {
    writer.raw(issuer);
    writer.unsigned_integer(serial);
  });
}

std::optional<Algorithm> read_algorithm(der::Reader& reader) {
  auto algorithm = reader.enter(der::kSequence);
  const auto type = algorithm ? algorithm->read_oid() : std::nullopt;
  auto oid = type ? der::oid_to_text(*type) : std::nullopt;
  if (!oid) return std::nullopt;
  return Algorithm{std::move(*oid), *algorithm};
}

}  // namespace cms
}  // namespace certconnector::crypto
