// Which template of an AD CS a certificate is of. Version 1 templates write their name into the
// extension 1.3.6.1.4.1.311.20.2, later ones an object identifier into 1.3.6.1.4.1.311.21.7:
//
//   CertificateTemplate ::= SEQUENCE { templateID OBJECT IDENTIFIER, majorVersion INTEGER OPTIONAL,
//                                      minorVersion INTEGER OPTIONAL }
#pragma once

#include <string>
#include <string_view>

#include "common/crypto/certificate_fields.h"
#include "common/result/result.h"

namespace certconnector::crypto {

namespace oid {
inline constexpr std::string_view kTemplateName = "1.3.6.1.4.1.311.20.2";
inline constexpr std::string_view kTemplateInformation = "1.3.6.1.4.1.311.21.7";
}  // namespace oid

struct CertificateTemplate {
  std::string name;  // UTF-8; empty: the extension is not there
  std::string oid;   // dotted; empty: the extension is not there
};

// Errors, malformed: one of the extensions is there and cannot be read.
[[nodiscard]] Result<CertificateTemplate> certificate_template(const CertificateFields& fields);

}  // namespace certconnector::crypto
