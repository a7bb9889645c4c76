#include "agent/enrollment/renewal_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "agent/core/errors.h"
#include "agent/core/request_check.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/pkcs10.h"
#include "tests/agent/enrollment/fake_revocation_check.h"
#include "tests/support/core/fake_ca.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using ::testing::HasSubstr;

constexpr Duration kDay = std::chrono::hours(24);
constexpr Timestamp kToday = FakeClock::kStart;
constexpr char kPhone[] = "CN=phone,O=Test";

Credential make_renewing_ca() {
  CertificateSpec spec;
  spec.subject = "CN=Issuing,O=Test";
  spec.ca = true;
  return certconnector::testing::make_self_signed(spec);
}

// Of 100 days, 70 of which are over.
CertificateSpec phone_certificate() {
  CertificateSpec spec;
  spec.subject = kPhone;
  spec.subject_alt_names = "DNS:phone.example,email:phone@example.com";
  spec.not_before = kToday - 70 * kDay;
  spec.not_after = kToday + 30 * kDay;
  return spec;
}

// The certificates of a CA, by serial number.
class PlantedRegister final : public core::CertificateLookup {
 public:
  // As a CA that was in use elsewhere.
  std::set<Bytes> signed_elsewhere;
  Result<std::optional<core::CertificateRecord>> recognize(
      const crypto::Certificate& certificate) override {
    if (signed_elsewhere.count(certificate.serial()) == 0) {
      return core::CertificateLookup::recognize(certificate);
    }
    return std::make_optional(plant(certificate, ""));
  }
  std::map<Bytes, core::CertificateRecord> records;
  std::optional<Error> failure;

  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override {
    if (failure) return *failure;
    const auto found = records.find(id.serial);
    if (found == records.end()) return std::optional<core::CertificateRecord>();
    return std::make_optional(found->second);
  }
  core::CertificateRecord& plant(const crypto::Certificate& certificate,
                                 const std::string& template_name) {
    core::CertificateRecord& record = records[certificate.serial()];
    record.entry.template_name = template_name;
    record.entry.certificate = {certificate.der(), certificate.serial(), certificate.not_before(),
                                certificate.not_after()};
    return record;
  }
};

std::string verdict_of(const RenewalAnswer& answer) {
  if (std::holds_alternative<RenewalAuthorization>(answer)) return "permitted";
  if (std::holds_alternative<NotOurs>(answer)) return "not ours";
  if (std::holds_alternative<Unavailable>(answer)) return "cannot check";
  if (std::holds_alternative<NeedsRevocationList>(answer)) return "needs a CRL";
  return std::get<Denied>(answer).reason.code;
}

std::string words_of(const RenewalAnswer& answer) {
  if (const auto* unknown = std::get_if<Unavailable>(&answer)) return unknown->message;
  const auto* refused = std::get_if<Denied>(&answer);
  return refused == nullptr ? std::string() : refused->reason.message;
}

std::shared_ptr<const ForeignRules> rules_for(const std::string& template_name) {
  const auto rules = std::make_shared<ForeignRules>();
  rules->templates = {{template_name, "", "template_oid"}};
  rules->purposes = {std::string(crypto::oid::kClientAuth)};
  rules->revocation = std::make_shared<certconnector::testing::FakeRevocationCheck>();
  return rules;
}

class RenewalCheckTest : public ::testing::Test {
 public:
  RenewalCheckTest() {
    const auto fake = std::make_shared<certconnector::testing::FakeCa>("fingerprint");
    fake->chain_der = {ca_.certificate.der()};
    issuer_.ports.ca = fake;
    issuer_.ports.certificates = &register_;
  }

  crypto::Certificate issue_known(const CertificateSpec& spec,
                                  const std::string& template_name = "device") {
    auto certificate = issue(ca_, spec).certificate;
    register_.plant(certificate, template_name);
    return certificate;
  }
  [[nodiscard]] RenewalAnswer check(const crypto::Certificate& signer) const {
    const auto fields = crypto::parse_certificate_fields(signer.der()).value();
    return check_renewal(issuer_, signer.der(), fields, rules_, now_);
  }
  // Only the CA's certificate is known.
  [[nodiscard]] RenewalAnswer check_by_signature(const crypto::Certificate& signer) const {
    const auto fields = crypto::parse_certificate_fields(signer.der()).value();
    return check_renewal(ca_.certificate, signer.der(), fields, rules_, now_, true);
  }

  Credential ca_ = make_renewing_ca();
  PlantedRegister register_;
  jobs::CaHandle issuer_;
  const RenewalRules kRules{true, 40 * kDay, {"server", "scep-ra"}};
  RenewalRules rules_ = kRules;
  Timestamp now_ = kToday;
};

TEST_F(RenewalCheckTest, PermitsAnotherOneLikeIt) {
  const auto answer = check(issue_known(phone_certificate()));
  ASSERT_EQ(verdict_of(answer), "permitted") << words_of(answer);
  const auto& permit = std::get<RenewalAuthorization>(answer);
  EXPECT_EQ(permit.template_name, "device");
  EXPECT_EQ(permit.content.subject, kPhone);
  ASSERT_TRUE(permit.content.subject_alt_names);
  EXPECT_EQ(permit.content.subject_alt_names->size(), 2U);
  EXPECT_FALSE(permit.sid);
  EXPECT_EQ(permit.least_key.kind, crypto::KeyKind::ec);
  EXPECT_EQ(permit.least_key.bits, 256);
}

TEST_F(RenewalCheckTest, TheRequestHasToSayWhatTheCertificateSays) {
  using crypto::GeneralName;
  const auto certificate = issue_known(phone_certificate());
  const std::vector<GeneralName>& names = certificate.subject_alt_names();
  const auto answer = check(certificate);
  ASSERT_EQ(verdict_of(answer), "permitted");
  core::IssueRequest right;
  right.expected = std::get<RenewalAuthorization>(answer).content;
  struct Row {
    const char* name;
    const char* subject;
    std::vector<GeneralName> names;
    std::string code;
  };
  const Row rows[] = {
      {"the same", kPhone, names, ""},
      {"another subject", "CN=administrator,O=Test", names, "subject_mismatch"},
      {"a subject more", "CN=phone,O=Test,C=DE", names, "subject_mismatch"},
      {"a name less", kPhone, {names[0]}, ""},
      {"no names", kPhone, {}, ""},
  };
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  for (const Row& row : rows) {
    crypto::Pkcs10Spec spec;
    spec.subject = crypto::parse_rfc4514(row.subject).value();
    spec.subject_alt_names = row.names;
    const auto request = crypto::Pkcs10::parse(crypto::make_pkcs10(key, spec).value()).value();
    const auto wrong = core::compare_request(right, request);
    EXPECT_EQ(wrong ? wrong->code : "", row.code) << row.name;
  }
}

TEST_F(RenewalCheckTest, IsNoRenewalWithACertificateThatTheCaDoesNotKnow) {
  const Credential same_name = make_renewing_ca();
  const auto self_signed = certconnector::testing::make_self_signed(phone_certificate());
  register_.plant(self_signed.certificate, "device");
  const auto known = issue_known(phone_certificate());
  const auto foreign = issue(same_name, phone_certificate()).certificate;
  register_.records[foreign.serial()] = register_.records[known.serial()];
  EXPECT_EQ(verdict_of(check(known)), "permitted");
  EXPECT_EQ(verdict_of(check(foreign)), "not ours") << "the serial number of another one";
  EXPECT_EQ(verdict_of(check(issue(ca_, phone_certificate()).certificate)), "not ours")
      << "not in the CA's records";
  EXPECT_EQ(verdict_of(check(self_signed.certificate)), "not ours") << "a first enrollment";
  EXPECT_EQ(verdict_of(check(ca_.certificate)), "not ours") << "the CA's own";
}

TEST_F(RenewalCheckTest, ACertificateThatTheCaIssuedElsewhereRenewsUnlessItIsRevoked) {
  const auto certificate = issue(ca_, phone_certificate()).certificate;
  EXPECT_EQ(verdict_of(check(certificate)), "not ours");
  register_.signed_elsewhere.insert(certificate.serial());
  const auto answer = check(certificate);
  ASSERT_EQ(verdict_of(answer), "permitted") << words_of(answer);
  EXPECT_EQ(std::get<RenewalAuthorization>(answer).template_name, "") << "nobody knows it";
  rules_.allowed = false;
  EXPECT_EQ(verdict_of(check(certificate)), "renewal_not_allowed") << "the service decides";
  rules_.allowed = true;
  register_.signed_elsewhere.clear();
  register_.records[certificate.serial()].revocation =
      core::RevocationRecord{now_, core::RevocationReason::key_compromise, {}};
  EXPECT_EQ(verdict_of(check(certificate)), "renewal_not_allowed");
  EXPECT_THAT(words_of(check(certificate)), ::testing::HasSubstr("was revoked on"));
}

TEST_F(RenewalCheckTest, ASignerThatCannotBeReadIsNobody) {
  const auto known = issue_known(phone_certificate());
  const auto fields = crypto::parse_certificate_fields(known.der()).value();
  EXPECT_EQ(verdict_of(check_renewal(issuer_, Bytes{0x30, 0x00}, fields, rules_, now_)),
            "not ours");
  EXPECT_EQ(
      verdict_of(check_renewal(ca_.certificate, Bytes{0x30, 0x00}, fields, rules_, now_, true)),
      "not ours");
}

TEST_F(RenewalCheckTest, DeniesARenewalThatIsNotAllowed) {
  struct Row {
    const char* name;
    std::function<void(RenewalCheckTest&, core::CertificateRecord&)> change;
    const char* code;
    const char* words;
  };
  const Row rows[] = {
      {"a service that does not renew",
       [](RenewalCheckTest& t, core::CertificateRecord&) { t.rules_.allowed = false; },
       "renewal_not_allowed", "set renewal = yes"},
      {"expired", [](RenewalCheckTest& t, core::CertificateRecord&) { t.now_ += 30 * kDay; },
       "renewal_not_allowed", "expired on 2026-01-31T00:00:00Z"},
      {"not valid yet",
       [](RenewalCheckTest& t, core::CertificateRecord&) { t.now_ -= 70 * kDay + Duration(1); },
       "renewal_not_allowed", "compare the clocks"},
      {"before the window",
       [](RenewalCheckTest& t, core::CertificateRecord&) {
         t.rules_.window = 30 * kDay - Duration(1);
       },
       "renewal_not_allowed", "wait until then, or raise renewal_window"},
      {"revoked",
       [](RenewalCheckTest&, core::CertificateRecord& record) {
         record.revocation = core::RevocationRecord{kToday - kDay, {}, {}};
       },
       "renewal_not_allowed", "was revoked on 2025-12-31T00:00:00Z; let the device enroll anew"},
      {"on hold",
       [](RenewalCheckTest&, core::CertificateRecord& record) {
         record.revocation =
             core::RevocationRecord{kToday - kDay, core::RevocationReason::certificate_hold, {}};
       },
       "renewal_not_allowed", "was revoked on"},
      {"a CA that cannot be asked",
       [](RenewalCheckTest& t, core::CertificateRecord&) {
         t.register_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "busy");
       },
       "cannot check", "busy"},
      {"a template of another service",
       [](RenewalCheckTest& t, core::CertificateRecord& record) {
         t.rules_.templates_of_others = {"server", "admin"};
         record.entry.template_name = "Admin";
       },
       "renewal_not_allowed", "\"Admin\", which is another's than this service's"},
  };
  const auto certificate = issue_known(phone_certificate());
  const core::CertificateRecord untouched = register_.records[certificate.serial()];
  for (const Row& row : rows) {
    row.change(*this, register_.records[certificate.serial()]);
    const auto answer = check(certificate);
    EXPECT_EQ(verdict_of(answer), row.code) << row.name;
    EXPECT_THAT(words_of(answer), HasSubstr(row.words)) << row.name;
    register_.records[certificate.serial()] = untouched;
    register_.failure.reset();
    rules_ = kRules;
    now_ = kToday;
    EXPECT_EQ(verdict_of(check(certificate)), "permitted") << "without: " << row.name;
  }
}

TEST_F(RenewalCheckTest, TheWindowEndsWithTheCertificate) {
  const auto certificate = issue_known(phone_certificate());
  rules_.window = 100 * kDay;
  now_ = kToday - 70 * kDay;
  EXPECT_EQ(verdict_of(check(certificate)), "permitted") << "the certificate's first moment";
  now_ = kToday;
  rules_.window = 30 * kDay;
  EXPECT_EQ(verdict_of(check(certificate)), "permitted") << "its first moment";
  now_ = kToday + 30 * kDay - Duration(1);
  EXPECT_EQ(verdict_of(check(certificate)), "permitted") << "its last moment";
  now_ += Duration(1);
  EXPECT_EQ(verdict_of(check(certificate)), "renewal_not_allowed");
}

TEST_F(RenewalCheckTest, ACaCertificateIsNoAuthorization) {
  CertificateSpec spec = phone_certificate();
  spec.ca = true;
  EXPECT_EQ(verdict_of(check(issue_known(spec))), "renewal_not_allowed");
  EXPECT_THAT(words_of(check(issue_known(spec))), HasSubstr("is a CA's"));
  spec.key_usage = "digitalSignature";
  EXPECT_THAT(words_of(check(issue_known(spec))), HasSubstr("is a CA's"));
  spec.ca = false;
  for (const char* usage : {"digitalSignature,keyCertSign", "digitalSignature,cRLSign"}) {
    spec.key_usage = usage;
    EXPECT_THAT(words_of(check(issue_known(spec))), HasSubstr("is a CA's")) << usage;
  }
  EXPECT_EQ(verdict_of(check_by_signature(ca_.certificate)), "not ours") << "self-issued";
}

TEST_F(RenewalCheckTest, AForeignCaThatHasExpiredRenewsNothing) {
  CertificateSpec spec = phone_certificate();
  spec.not_after = FakeClock::kStart + 365 * 21 * kDay;
  spec.extended_key_usage = "clientAuth";
  spec.raw_extensions = {{"1.3.6.1.4.1.311.20.2", {0x1E, 4, 0, 'P', 0, 'C'}}};
  const auto certificate = issue(ca_, spec).certificate;
  rules_ = {true, 365 * 30 * kDay, {}};
  rules_.foreign = rules_for("PC");
  now_ = ca_.certificate.not_after() - Duration(1);
  EXPECT_EQ(verdict_of(check_by_signature(certificate)), "permitted");
  now_ += Duration(1);
  EXPECT_THAT(words_of(check_by_signature(certificate)), HasSubstr("issuing_ca_file"));
}

TEST_F(RenewalCheckTest, AtAForeignCaItsRulesDecide) {
  CertificateSpec spec = phone_certificate();
  spec.extended_key_usage = "clientAuth";
  spec.raw_extensions = {{"1.3.6.1.4.1.311.20.2", {0x1E, 4, 0, 'P', 0, 'C'}}};
  const auto certificate = issue(ca_, spec).certificate;
  const auto fields = crypto::parse_certificate_fields(certificate.der()).value();
  rules_.foreign = rules_for("Other");
  EXPECT_THAT(words_of(check_by_signature(certificate)), HasSubstr("the template \"PC\""));
  const auto rules = std::make_shared<ForeignRules>(*rules_for("PC"));
  const auto revocation = std::make_shared<certconnector::testing::FakeRevocationCheck>();
  rules->revocation = revocation;
  rules_.foreign = rules;
  EXPECT_EQ(verdict_of(check_by_signature(certificate)), "permitted");
  revocation->needs_waiting = true;
  EXPECT_EQ(
      verdict_of(check_renewal(ca_.certificate, certificate.der(), fields, rules_, now_, false)),
      "needs a CRL");
  revocation->answer = RevokedOn{kToday};
  EXPECT_THAT(words_of(check_by_signature(certificate)), HasSubstr("was revoked on"));
}

TEST_F(RenewalCheckTest, AnyPurposeStandsForNoOtherAtAForeignCa) {
  CertificateSpec spec = phone_certificate();
  spec.extended_key_usage = "clientAuth,anyExtendedKeyUsage";
  spec.raw_extensions = {{"1.3.6.1.4.1.311.20.2", {0x1E, 4, 0, 'P', 0, 'C'}}};
  rules_.foreign = rules_for("PC");
  const auto answer = check_by_signature(issue(ca_, spec).certificate);
  ASSERT_EQ(verdict_of(answer), "permitted") << words_of(answer);
  EXPECT_EQ(std::get<RenewalAuthorization>(answer).at_most.extended_key_usage,
            std::vector<std::string>{std::string(crypto::oid::kClientAuth)});
  spec.extended_key_usage = "clientAuth,1.3.6.1.4.1.311.10.12.1";
  const auto windows = check_by_signature(issue(ca_, spec).certificate);
  ASSERT_EQ(verdict_of(windows), "permitted") << words_of(windows);
  EXPECT_EQ(std::get<RenewalAuthorization>(windows).at_most.extended_key_usage,
            std::vector<std::string>{std::string(crypto::oid::kClientAuth)});
}

TEST_F(RenewalCheckTest, AnRaCertificateIsNoAuthorization) {
  EXPECT_EQ(verdict_of(check(issue_known(phone_certificate(), "scep-ra"))), "renewal_not_allowed");
}

TEST_F(RenewalCheckTest, EachTemplateOfTheServiceIsRenewedByItself) {
  const auto answer = check(issue_known(phone_certificate(), "VPN"));
  ASSERT_EQ(verdict_of(answer), "permitted") << "Active Directory's names know no case";
  EXPECT_EQ(std::get<RenewalAuthorization>(answer).template_name, "VPN");
}

TEST_F(RenewalCheckTest, TheNewOneHoldsNoUsageThatTheOldOneLacks) {
  CertificateSpec spec = phone_certificate();
  const auto permit_of = [&] {
    const auto answer = check(issue_known(spec));
    EXPECT_EQ(verdict_of(answer), "permitted") << words_of(answer);
    return std::get<RenewalAuthorization>(answer);
  };
  EXPECT_FALSE(permit_of().at_most.key_usage) << "no extension, no bound";
  EXPECT_FALSE(permit_of().at_most.extended_key_usage);
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "clientAuth";
  const RenewalAuthorization bounded = permit_of();
  EXPECT_EQ(bounded.at_most.key_usage, crypto::kDigitalSignature);
  EXPECT_EQ(bounded.at_most.extended_key_usage, std::vector<std::string>{"1.3.6.1.5.5.7.3.2"});
  EXPECT_FALSE(bounded.content.key_usage || bounded.content.extended_key_usage)
      << "a client that renews without extensions still renews";
  spec.extended_key_usage = "clientAuth,anyExtendedKeyUsage";
  EXPECT_FALSE(permit_of().at_most.extended_key_usage);

  core::IssueRequest right;
  right.expected = bounded.content;
  right.at_most = bounded.at_most;
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  const auto asks = [&](std::uint16_t usage, const std::vector<std::string>& purposes) {
    crypto::Pkcs10Spec asked;
    asked.subject = crypto::parse_rfc4514(kPhone).value();
    asked.subject_alt_names = *bounded.content.subject_alt_names;
    asked.key_usage = usage;
    asked.extended_key_usage = purposes;
    const auto wrong = core::check_for_foreign_ca(
        right.at_most, crypto::Pkcs10::parse(crypto::make_pkcs10(key, asked).value()).value());
    return wrong ? wrong->code : std::string();
  };
  const std::string client(crypto::oid::kClientAuth);
  const std::string server(crypto::oid::kServerAuth);
  EXPECT_EQ(asks(0, {}), "");
  EXPECT_EQ(asks(crypto::kDigitalSignature, {client}), "");
  EXPECT_EQ(asks(crypto::kDigitalSignature | crypto::kNonRepudiation, {}), "key_usage_mismatch");
  EXPECT_EQ(asks(0, {client, server}), "extended_key_usage_mismatch");
}

TEST_F(RenewalCheckTest, TheSidIsTheOldOnesInEveryForm) {
  constexpr char kAccount[] = "S-1-5-21-1-2-3-1001";
  const auto permits = [&](const std::string& extension, const std::vector<std::string>& uris) {
    CertificateSpec spec = phone_certificate();
    spec.subject_alt_names.clear();
    std::vector<crypto::GeneralName> names{{crypto::GeneralNameKind::dns, "phone.example"}};
    for (const auto& uri : uris) names.push_back({crypto::GeneralNameKind::uri, uri});
    spec.raw_extensions = {{"2.5.29.17", crypto::encode_general_names(names).value()}};
    if (!extension.empty()) {
      spec.raw_extensions.emplace_back("1.3.6.1.4.1.311.25.2",
                                       core::encode_security_identifier(extension));
    }
    return check(issue_known(spec));
  };
  const std::string prefix(core::kSidUriPrefix);
  const auto none = permits("", {"urn:x"});
  ASSERT_EQ(verdict_of(none), "permitted") << words_of(none);
  EXPECT_FALSE(std::get<RenewalAuthorization>(none).sid);
  for (const auto& answer : {permits("", {prefix + kAccount}), permits(kAccount, {}),
                             permits(kAccount, {prefix + kAccount})}) {
    ASSERT_EQ(verdict_of(answer), "permitted") << words_of(answer);
    EXPECT_EQ(std::get<RenewalAuthorization>(answer).sid, kAccount);
  }
  for (const auto& answer :
       {permits(kAccount, {prefix + "S-1-5-21-1-2-3-500"}), permits("", {prefix + "S-1-x"}),
        permits("", {prefix + kAccount, prefix + "S-1-5-21-1-2-3-500"})}) {
    EXPECT_EQ(verdict_of(answer), "renewal_not_allowed");
    EXPECT_THAT(words_of(answer), HasSubstr("security identifier"));
  }
  CertificateSpec spec = phone_certificate();
  spec.raw_extensions = {{"1.3.6.1.4.1.311.25.2", {0x30, 0x00}}};
  EXPECT_THAT(words_of(check(issue_known(spec))), HasSubstr("unreadable security identifier"));
}

TEST_F(RenewalCheckTest, NoOtherAccountThanTheOldOnes) {
  const std::string own = "S-1-5-21-1-2-3-1001";
  const std::string administrator = "S-1-5-21-1-2-3-500";
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  // The code of the answer. `old` and `asked`: empty for none.
  const auto renews = [&](const std::string& old, const std::string& asked) {
    CertificateSpec spec = phone_certificate();
    spec.subject_alt_names.clear();
    const auto names_with = [](const std::string& sid) {
      std::vector<crypto::GeneralName> names{{crypto::GeneralNameKind::dns, "phone.example"}};
      if (!sid.empty()) {
        names.push_back({crypto::GeneralNameKind::uri, std::string(core::kSidUriPrefix) + sid});
      }
      return names;
    };
    spec.raw_extensions = {{"2.5.29.17", crypto::encode_general_names(names_with(old)).value()}};
    const auto answer = check(issue_known(spec));
    EXPECT_EQ(verdict_of(answer), "permitted") << words_of(answer);
    crypto::Pkcs10Spec wanted;
    wanted.subject = crypto::parse_rfc4514(kPhone).value();
    wanted.subject_alt_names = names_with(asked);
    core::IssueRequest right;
    right.expected = std::get<RenewalAuthorization>(answer).content;
    right.sid = std::get<RenewalAuthorization>(answer).sid;
    const auto wrong = core::compare_request(
        right, crypto::Pkcs10::parse(crypto::make_pkcs10(key, wanted).value()).value());
    return wrong ? wrong->code : std::string();
  };
  EXPECT_EQ(renews(own, own), "");
  EXPECT_EQ(renews(own, ""), "") << "the job carries it";
  EXPECT_EQ(renews("", ""), "");
  EXPECT_EQ(renews(own, administrator), "sid_not_allowed");
  EXPECT_EQ(renews("", administrator), "sid_not_allowed");
}

TEST_F(RenewalCheckTest, WithoutTheCaTheSignatureDecides) {
  issuer_.ports.certificates = nullptr;
  const Credential same_name = make_renewing_ca();
  CertificateSpec spec = phone_certificate();
  spec.extended_key_usage = "clientAuth";
  spec.raw_extensions = {{"1.3.6.1.4.1.311.20.2", {0x1E, 4, 0, 'P', 0, 'C'}}};
  const auto ours = issue(ca_, spec).certificate;
  const auto foreign = issue(same_name, spec).certificate;
  const auto self_signed = certconnector::testing::make_self_signed(spec);
  EXPECT_EQ(verdict_of(check_by_signature(ours)), "renewal_not_allowed") << "without rules";
  rules_.foreign = rules_for("pc");
  for (const auto& by : {&RenewalCheckTest::check, &RenewalCheckTest::check_by_signature}) {
    const auto ask = [&](const crypto::Certificate& signer) { return (this->*by)(signer); };
    const auto answer = ask(ours);
    ASSERT_EQ(verdict_of(answer), "permitted");
    const bool shows_it = by == &RenewalCheckTest::check_by_signature;
    EXPECT_EQ(std::get<RenewalAuthorization>(answer).template_name, shows_it ? "pc" : "");
    EXPECT_EQ(std::get<RenewalAuthorization>(answer).content.subject, kPhone);
    EXPECT_EQ(verdict_of(ask(foreign)), "not ours");
    EXPECT_EQ(verdict_of(ask(self_signed.certificate)), "not ours");
    now_ = kToday + 30 * kDay;
    EXPECT_EQ(verdict_of(ask(ours)), "renewal_not_allowed");
    EXPECT_EQ(verdict_of(ask(foreign)), "not ours") << "whatever else is wrong";
    now_ = kToday;
  }
}

}  // namespace
}  // namespace certconnector::enrollment
