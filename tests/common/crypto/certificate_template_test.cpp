#include "common/crypto/certificate_template.h"

#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

using certconnector::testing::CertificateSpec;

Result<CertificateTemplate> template_of(
    const std::vector<std::pair<std::string, Bytes>>& extensions) {
  CertificateSpec spec;
  spec.raw_extensions = extensions;
  const auto certificate = make_self_signed(spec).certificate;
  return certificate_template(parse_certificate_fields(certificate.der()).value());
}

TEST(CertificateTemplate, IsNamedAndIdentified) {
  const std::string name(oid::kTemplateName);
  const std::string information(oid::kTemplateInformation);
  EXPECT_EQ(template_of({})->name + template_of({})->oid, "");
  EXPECT_EQ(template_of({{name, {0x1E, 4, 0, 'P', 0, 'C'}}})->name, "PC");
  EXPECT_EQ(template_of({{information, {0x30, 4, 6, 2, 0x2A, 3}}})->oid, "1.2.3");
  EXPECT_EQ(template_of({{information, {0x30, 10, 6, 2, 0x2A, 3, 2, 1, 100, 2, 1, 5}}})->oid,
            "1.2.3");
  const std::pair<std::string, Bytes> bad[] = {
      {name, {}},
      {name, {0x1E, 0}},
      {name, {0x1E, 3, 0, 'P', 0}},
      {name, {0x1E, 4, 0, 'P', 0, 'C', 5, 0}},
      {name, {2, 1, 7}},
      {information, {0x30, 0}},
      {information, {6, 2, 0x2A, 3}},
      {information, {0x30, 6, 6, 2, 0x2A, 3, 5, 0}},
      {information, {0x30, 3, 2, 1, 7}},
  };
  for (const auto& one : bad) {
    const auto found = template_of({one});
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().message(),
              "the certificate's template extension " + one.first + " cannot be read");
  }
}

}  // namespace
}  // namespace certconnector::crypto
