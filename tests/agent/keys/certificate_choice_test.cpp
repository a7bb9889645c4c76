#include "agent/keys/certificate_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/keys/errors.h"
#include "common/crypto/der.h"
#include "common/text/hex.h"
#include "tests/support/test_pki.h"

namespace certconnector::keys {
namespace {

namespace der = crypto::der;
using certconnector::testing::CertificateSpec;
using certconnector::testing::FakeClock;
using certconnector::testing::make_self_signed;
using ::testing::HasSubstr;

constexpr std::chrono::hours kDay{24};

crypto::Certificate certificate(const std::string& subject, int begins_in_days, int ends_in_days) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.not_before = FakeClock::kStart + begins_in_days * kDay;
  spec.not_after = FakeClock::kStart + ends_in_days * kDay;
  return make_self_signed(spec).certificate;
}

crypto::Certificate of_template(const std::string& oid) {
  CertificateSpec spec;
  Bytes information;
  der::Writer writer(information);
  writer.nest(der::kSequence, [&] {
    writer.oid(der::oid_from_text(oid).value());
    writer.integer(100);
    writer.integer(3);
  });
  spec.raw_extensions = {{"1.3.6.1.4.1.311.21.7", information}};
  return make_self_signed(spec).certificate;
}

Result<std::size_t> choose(const std::vector<crypto::Certificate>& all, const std::string& text) {
  std::vector<StoredCertificate> stored;
  for (const crypto::Certificate& one : all) stored.push_back({one});
  return choose_certificate(stored, parse_certificate_wanted(text).value(), FakeClock::kStart);
}

TEST(CertificateChoice, ReadsWhatItWrites) {
  for (const std::string text : {"thumbprint:00112233445566778899aabbccddeeff00112233",
                                 "template:Agent", "subject:CN=agent,O=Corp"}) {
    EXPECT_EQ(to_text(parse_certificate_wanted(text).value()), text);
  }
}

TEST(CertificateChoice, OfManyTheNewestThatIsValid) {
  const std::vector<crypto::Certificate> all{
      certificate("CN=agent,O=Corp", -400, -35), certificate("CN=agent,O=Corp", -300, 65),
      certificate("CN=agent,O=Corp", -10, 355), certificate("CN=agent,O=Corp", 1, 366),
      certificate("CN=other,O=Corp", -1, 364)};
  EXPECT_EQ(choose(all, "subject:CN=agent,O=Corp").value(), 2U);
  EXPECT_EQ(choose(all, "subject:cn=AGENT, o=corp").value(), 2U) << "names compare as in RFC 5280";
}

TEST(CertificateChoice, AThumbprintAsWindowsShowsIt) {
  const std::vector<crypto::Certificate> all{certificate("CN=a", -1, 1),
                                             certificate("CN=b", -1, 1)};
  const crypto::Sha1 digest = all[1].sha1();
  std::string shown = "\xE2\x80\x8E";  // the invisible mark of its dialog
  for (const std::uint8_t octet : digest) shown += text::to_hex({&octet, 1}) + " ";
  EXPECT_EQ(choose(all, "thumbprint:" + shown).value(), 1U);
}

TEST(CertificateChoice, ATemplateByItsIdentifier) {
  const std::vector<crypto::Certificate> all{certificate("CN=a", -1, 1),
                                             of_template("1.3.6.1.4.1.311.21.8.1.2.3")};
  EXPECT_EQ(choose(all, "template:1.3.6.1.4.1.311.21.8.1.2.3").value(), 1U);
  EXPECT_FALSE(choose(all, "template:1.3.6.1.4.1.311.21.8.1.2").ok());
}

TEST(CertificateChoice, WhatIsNotValidIsNamedWithItsDates) {
  const auto chosen = choose({certificate("CN=agent", -400, -35)}, "subject:CN=agent");
  ASSERT_FALSE(chosen.ok());
  EXPECT_EQ(chosen.error().code(), error_code(KeysErrc::not_found));
  EXPECT_THAT(chosen.error().message(), HasSubstr("the last one is valid from 20"));
  EXPECT_THAT(choose({}, "subject:CN=agent").error().message(),
              HasSubstr("no certificate with the subject CN=agent"));
}

TEST(CertificateChoice, WhatNamesNoCertificateIsRefused) {
  for (const char* text : {"", "agent", "thumbprint:", "thumbprint:1234",
                           "template:", "subject:", "subject:agent", "file:/a.pem"}) {
    const auto wanted = parse_certificate_wanted(text);
    ASSERT_FALSE(wanted.ok()) << text;
    EXPECT_EQ(wanted.error().code(), error_code(KeysErrc::malformed)) << text;
  }
}

}  // namespace
}  // namespace certconnector::keys
