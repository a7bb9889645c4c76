#include "common/crypto/certificate_template.h"

#include <optional>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

Error malformed_template(std::string_view oid) {
  return {CryptoErrc::malformed, ErrorKind::permanent,
          "the certificate's template extension " + std::string(oid) + " cannot be read"};
}

std::optional<std::string> read_template_name(ByteView value) {
  der::Reader reader(value);
  const auto element = reader.read_any();
  auto text =
      element && reader.at_end() ? decode_string(element->tag, element->value) : std::nullopt;
  return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::string> read_template_oid(ByteView value) {
  const auto contents = der::read_only(value, der::kSequence);
  if (!contents) return std::nullopt;
  der::Reader reader(*contents);
  const auto type = reader.read_oid();
  if (!type) return std::nullopt;
  while (!reader.at_end()) {
    if (!reader.read_integer()) return std::nullopt;
  }
  return der::oid_to_text(*type);
}

}  // namespace

Result<CertificateTemplate> certificate_template(const CertificateFields& fields) {
  CertificateTemplate found;
  if (const auto value = find_extension(fields, oid::kTemplateName)) {
    auto name = read_template_name(*value);
    if (!name) return malformed_template(oid::kTemplateName);
    found.name = std::move(*name);
  }
  if (const auto value = find_extension(fields, oid::kTemplateInformation)) {
    auto type = read_template_oid(*value);
    if (!type) return malformed_template(oid::kTemplateInformation);
    found.oid = std::move(*type);
  }
  return found;
}

}  // namespace certconnector::crypto
