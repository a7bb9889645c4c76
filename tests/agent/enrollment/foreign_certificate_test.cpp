#include "agent/enrollment/foreign_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/der.h"
#include "tests/agent/enrollment/fake_revocation_check.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::FakeClock;
using certconnector::testing::FakeRevocationCheck;
using ::testing::HasSubstr;

constexpr char kOid[] = "1.3.6.1.4.1.311.21.8.1.2.3";
constexpr char kClientAuth[] = "1.3.6.1.5.5.7.3.2";

using Extension = std::pair<std::string, Bytes>;

Extension template_named(std::string_view name) {
  Bytes bmp;
  for (const char c : name) {
    bmp.push_back(0);
    bmp.push_back(static_cast<std::uint8_t>(c));
  }
  Bytes value;
  crypto::der::Writer(value).element(crypto::der::kBmpString, bmp);
  return {"1.3.6.1.4.1.311.20.2", value};
}

Extension template_identified(std::string_view oid) {
  Bytes value;
  crypto::der::Writer writer(value);
  writer.nest(crypto::der::kSequence, [&] {
    writer.oid(crypto::der::oid_from_text(oid).value());
    writer.integer(100);
    writer.integer(2);
  });
  return {"1.3.6.1.4.1.311.21.7", value};
}

crypto::Certificate certificate_with(std::vector<Extension> extensions,
                                     const std::string& purposes = "clientAuth") {
  CertificateSpec spec;
  spec.extended_key_usage = purposes;
  spec.raw_extensions = std::move(extensions);
  return make_self_signed(spec).certificate;
}

class ForeignCertificateTest : public ::testing::Test {
 protected:
  ForeignAnswer check(const crypto::Certificate& certificate, bool may_wait = true) {
    const auto fields = crypto::parse_certificate_fields(certificate.der()).value();
    return check_foreign_certificate(certificate, fields, rules_, FakeClock::kStart, may_wait);
  }
  // The template; else the denial's words.
  std::string verdict(const crypto::Certificate& certificate) {
    const ForeignAnswer answer = check(certificate);
    if (const auto* renewable = std::get_if<Renewable>(&answer)) return renewable->template_name;
    if (const auto* denied = std::get_if<Denied>(&answer)) {
      return denied->reason.code + ": " + denied->reason.message;
    }
    return "needs a CRL";
  }

  std::shared_ptr<FakeRevocationCheck> revocation_ = std::make_shared<FakeRevocationCheck>();
  ForeignRules rules_{
      "ndes",
      {{"CorporateDevice", kOid, "template_oid"}, {"Vpn", "", "general_template_oid"}},
      {kClientAuth},
      revocation_,
      false};
};

TEST_F(ForeignCertificateTest, IsOfATemplateThatTheServiceNames) {
  EXPECT_EQ(verdict(certificate_with({template_named("corporatedevice")})), "CorporateDevice");
  EXPECT_EQ(verdict(certificate_with({template_identified(kOid)})), "CorporateDevice");
  EXPECT_EQ(verdict(certificate_with({template_named("VPN")})), "Vpn");
  // The later extension decides.
  EXPECT_EQ(verdict(certificate_with({template_named("Other"), template_identified(kOid)})),
            "CorporateDevice");
}

TEST_F(ForeignCertificateTest, OfAnotherTemplateIsDeniedWithItsName) {
  struct Row {
    std::vector<Extension> extensions;
    const char* says;
  };
  const Row rows[] = {
      {{}, "names no template"},
      {{template_named("EFS")}, "template \"EFS\""},
      {{template_identified("1.3.6.1.4.1.311.21.8.9")}, "identifier 1.3.6.1.4.1.311.21.8.9"},
      {{template_identified("1.3.6.1.4.1.311.21.8.9")},
       "has template_oid = 1.3.6.1.4.1.311.21.8.1.2.3 in the section [scep.ndes]; if the template "
       "is the service's, set general_template_oid to the identifier"},
      {{template_named("Vpn"), template_identified("1.3.6.1.4.1.311.21.8.9")}, "does not name"},
      {{{"1.3.6.1.4.1.311.20.2", {1, 2}}}, "1.3.6.1.4.1.311.20.2 cannot be read"},
      {{{"1.3.6.1.4.1.311.21.7", {0x30, 0}}}, "1.3.6.1.4.1.311.21.7 cannot be read"},
  };
  for (const Row& row : rows) {
    const std::string verdict_of_row = verdict(certificate_with(row.extensions));
    EXPECT_THAT(verdict_of_row, HasSubstr("renewal_not_allowed: "));
    EXPECT_THAT(verdict_of_row, HasSubstr(row.says));
  }
  EXPECT_EQ(revocation_->asked, 0) << "no server is asked for these";
}

TEST_F(ForeignCertificateTest, HasAnExtendedKeyUsageThatTheServiceLists) {
  for (const char* purposes : {"", "serverAuth", "codeSigning", "OCSPSigning",
                               "1.3.6.1.4.1.311.10.3.4", "anyExtendedKeyUsage"}) {
    const std::string denied = verdict(certificate_with({template_named("Vpn")}, purposes));
    EXPECT_THAT(denied, HasSubstr("renewal_not_allowed: ")) << purposes;
    EXPECT_THAT(denied, HasSubstr("renewal_extended_key_usage")) << purposes;
  }
  rules_.purposes = {"1.3.6.1.5.5.7.3.1", kClientAuth};
  EXPECT_EQ(verdict(certificate_with({template_named("Vpn")}, "serverAuth")), "Vpn");
}

TEST_F(ForeignCertificateTest, IsKnownNotToBeRevoked) {
  const auto certificate = certificate_with({template_named("Vpn")});
  revocation_->answer = RevokedOn{FakeClock::kStart};
  EXPECT_THAT(verdict(certificate), HasSubstr("was revoked on 2026-01-01"));
  revocation_->answer = UnknownRevocation{"the server is away"};
  EXPECT_THAT(verdict(certificate), HasSubstr("revocation_unknown: "));
  EXPECT_THAT(verdict(certificate), HasSubstr("the server is away"));
  rules_.allow_unknown_revocation = true;
  EXPECT_EQ(verdict(certificate), "Vpn");
  revocation_->answer = RevokedOn{FakeClock::kStart};
  EXPECT_THAT(verdict(certificate), HasSubstr("was revoked")) << "the switch is for the unknown";
}

TEST_F(ForeignCertificateTest, AskedByAThreadThatMayNotWaitItSaysSo) {
  revocation_->needs_waiting = true;
  EXPECT_TRUE(std::holds_alternative<NeedsRevocationList>(
      check(certificate_with({template_named("Vpn")}), false)));
}

}  // namespace
}  // namespace certconnector::enrollment
