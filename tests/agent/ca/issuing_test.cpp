#include <openssl/x509.h>

#include <set>
#include <thread>

#include "agent/core/security_identifier.h"
#include "common/crypto/certificate.h"
#include "common/crypto/der.h"
#include "common/text/hex.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using crypto::GeneralNameKind;
using crypto::KeyKind;

// Parsed and encoded again by OpenSSL.
Bytes reencoded(const Bytes& der) {
  const unsigned char* at = der.data();
  X509* parsed = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  if (parsed == nullptr || at != der.data() + der.size()) return {};
  // Drops the cached bytes of the TBSCertificate, so that everything is encoded anew.
  unsigned char* out = nullptr;
  const int size = i2d_re_X509_tbs(parsed, &out);
  Bytes tbs(out, out + size);
  OPENSSL_free(out);
  X509_free(parsed);
  return tbs;
}

Bytes tbs_of(const Bytes& certificate) {
  crypto::der::Reader reader(certificate);
  auto body = reader.enter(crypto::der::kSequence);
  const auto tbs = body ? body->read_any() : std::nullopt;
  return tbs ? tbs->whole.to_bytes() : Bytes();
}

struct CaKey {
  const char* name;
  crypto::KeySpec spec;
};

class IssuingWithCaKey : public LocalCaFixture, public ::testing::WithParamInterface<CaKey> {};

TEST_P(IssuingWithCaKey, IssuesWhatOpensslVerifiesAndEncodesTheSameWay) {
  settings_.templates.front().crl_url = "http://pki.example/default.crl";
  settings_.templates.front().aia_url = "http://pki.example/default.cer";
  start(GetParam().spec);
  for (const auto& key : {crypto::KeySpec{KeyKind::rsa, 2048}, crypto::KeySpec{KeyKind::ec, 256},
                          crypto::KeySpec{KeyKind::ec, 384}}) {
    RequestSpec spec;
    spec.names = {{GeneralNameKind::dns, "dev1.example"}, {GeneralNameKind::upn, "dev1@example"}};
    const auto request = make_request(spec, key);
    const auto issued = issue(submission(request));
    expect_verifies(issued.certificate.certificate);
    EXPECT_EQ(reencoded(issued.certificate.certificate), tbs_of(issued.certificate.certificate));
    const auto parsed = crypto::Certificate::from_der(issued.certificate.certificate);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().subject_text(), "CN=dev1,O=Test");
    EXPECT_EQ(ByteView(parsed.value().public_key_info()), request.public_key_info());
    EXPECT_EQ(parsed.value().serial(), issued.certificate.serial);
    EXPECT_EQ(parsed.value().not_before(), issued.certificate.not_before);
    EXPECT_EQ(parsed.value().not_after(), issued.certificate.not_after);
    EXPECT_TRUE(issued.note.empty()) << issued.note;
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, IssuingWithCaKey,
                         ::testing::Values(CaKey{"Rsa2048", {KeyKind::rsa, 2048}},
                                           CaKey{"P256", {KeyKind::ec, 256}},
                                           CaKey{"P384", {KeyKind::ec, 384}},
                                           CaKey{"P521", {KeyKind::ec, 521}}),
                         [](const auto& row) { return std::string(row.param.name); });

class Issuing : public LocalCaFixture {};

TEST_F(Issuing, FollowsTheProfile) {
  settings_.templates.front().crl_url = "http://pki.example/default.crl";
  settings_.templates.front().aia_url = "http://pki.example/default.cer";
  start();
  RequestSpec spec;
  spec.names = {{GeneralNameKind::dns, "dev1.example"}};
  const auto request = make_request(spec, {KeyKind::rsa, 2048});
  const auto text = text_of(issue(submission(request)).certificate.certificate);
  for (const char* part :
       {"Version: 3 (0x2)", "Issuer: O = Test, CN = Test CA", "Subject: O = Test, CN = dev1",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
        "X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n",
        "X509v3 Subject Alternative Name: \n                DNS:dev1.example\n",
        "X509v3 Subject Key Identifier:", "X509v3 Authority Key Identifier:",
        "URI:http://pki.example/default.crl", "CA Issuers - URI:http://pki.example/default.cer"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  for (const char* part : {"Basic Constraints", "1.3.6.1.4.1.311.25.2"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << part;
  }
}

TEST_F(Issuing, DatesStartBackdatedAndLastTheTemplatesValidity) {
  start();
  clock_.advance(std::chrono::hours(24) + std::chrono::milliseconds(250));
  const auto request = make_request({});
  const auto issued = issue(submission(request));
  const Timestamp second = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  EXPECT_EQ(issued.certificate.not_before, second - std::chrono::minutes(5));
  EXPECT_EQ(issued.certificate.not_after, second + std::chrono::hours(24 * 365));
}

TEST_F(Issuing, EncodesDatesBeyond2049AsGeneralizedTime) {
  settings_.templates.front().validity = std::chrono::hours(24 * 365 * 30);
  RootSpec spec;
  spec.subject = "CN=Long";
  spec.key = {KeyKind::ec, 256};
  spec.lifetime = std::chrono::hours(24 * 365 * 40);
  ASSERT_TRUE(create_root(settings_, spec, keys_, clock_).ok());
  reopen();
  const auto request = make_request({});
  const auto issued = issue(submission(request));
  EXPECT_EQ(reencoded(issued.certificate.certificate), tbs_of(issued.certificate.certificate));
  EXPECT_NE(text_of(issued.certificate.certificate).find(" 2055 GMT"), std::string::npos);
  expect_verifies(issued.certificate.certificate);
}

TEST_F(Issuing, SerialsArePositiveRandomAndNeverTheSame) {
  start();
  const auto request = make_request({});
  std::set<Bytes> serials;
  for (int i = 0; i < 100; ++i) {
    const auto issued = issue(submission(request));
    EXPECT_LE(issued.certificate.serial.size(), 16U);
    EXPECT_GE(issued.certificate.serial.size(), 13U);
    EXPECT_NE(issued.certificate.serial.front(), 0);
    serials.insert(issued.certificate.serial);
  }
  EXPECT_EQ(serials.size(), 100U);
}

TEST_F(Issuing, EmptySubjectMakesTheSubjectAltNameCritical) {
  start();
  RequestSpec spec;
  spec.subject.clear();
  spec.names = {{GeneralNameKind::dns, "dev1.example"}};
  const auto request = make_request(spec);
  const auto issued = issue(submission(request));
  EXPECT_NE(
      text_of(issued.certificate.certificate).find("X509v3 Subject Alternative Name: critical"),
      std::string::npos);
  expect_verifies(issued.certificate.certificate);
}

TEST_F(Issuing, ARenewalKeepsTheEncodingOfTheOldName) {
  start();
  // CN=DEV1, a PrintableString.
  const Bytes old{0x30, 0x0F, 0x31, 0x0D, 0x30, 0x0B, 0x06, 0x03, 0x55,
                  0x04, 0x03, 0x13, 0x04, 'D',  'E',  'V',  '1'};
  RequestSpec spec;
  spec.subject = "CN=dev1";
  const auto request = make_request(spec);
  core::Submission one = submission(request);
  one.renewed_subject = old;
  const auto parsed = crypto::Certificate::from_der(issue(one).certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().subject(), old);
}

TEST_F(Issuing, ARenewalKeepsTheLettersOfTheOldAlternativeNames) {
  using crypto::GeneralNameKind;
  settings_.templates.front().san_kinds = {GeneralNameKind::directory, GeneralNameKind::upn};
  start();
  RequestSpec spec;
  spec.names = {{GeneralNameKind::directory, "CN=\uFB01sh"}, {GeneralNameKind::upn, "U@Corp"}};
  const auto request = make_request(spec);
  core::Submission one = submission(request);
  core::ExpectedContent old;
  old.subject_alt_names = {{GeneralNameKind::directory, "CN=fish"},
                           {GeneralNameKind::upn, "u@corp"}};
  old.fewer_names = true;
  one.expected = &old;
  const auto parsed = crypto::Certificate::from_der(issue(one).certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().subject_alt_names(), *old.subject_alt_names);
}

TEST_F(Issuing, EcKeysGetNoEncipherment) {
  start();
  const auto request = make_request({}, {KeyKind::ec, 256});
  const auto parsed =
      crypto::Certificate::from_der(issue(submission(request)).certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().key_usage(), crypto::kDigitalSignature);
}

TEST_F(Issuing, RequestedUsagesNarrowTheTemplates) {
  settings_.templates.front().extended_key_usage = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"};
  start();
  RequestSpec spec;
  spec.key_usage = crypto::kDigitalSignature;
  spec.extended_key_usage = {"1.3.6.1.5.5.7.3.4"};
  const auto request = make_request(spec, {KeyKind::rsa, 2048});
  const auto issued = issue(submission(request));
  const auto parsed = crypto::Certificate::from_der(issued.certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().key_usage(), crypto::kDigitalSignature);
  EXPECT_EQ(parsed.value().extended_key_usage(), std::vector<std::string>{"1.3.6.1.5.5.7.3.4"});
}

TEST_F(Issuing, ABoundNarrowsWhatTheRequestLeavesOpen) {
  const std::string client = "1.3.6.1.5.5.7.3.2";
  const std::string email = "1.3.6.1.5.5.7.3.4";
  settings_.templates.front().extended_key_usage = {client, email};
  start();
  const auto request = make_request({}, {KeyKind::rsa, 2048});
  core::Submission one = submission(request);
  one.at_most.key_usage = crypto::kDigitalSignature;
  one.at_most.extended_key_usage = {email, "1.3.6.1.5.5.7.3.1"};
  const auto parsed = crypto::Certificate::from_der(issue(one).certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().key_usage(), crypto::kDigitalSignature);
  EXPECT_EQ(parsed.value().extended_key_usage(), std::vector<std::string>{email});

  core::Submission none = submission(request);
  none.at_most.extended_key_usage = {"1.3.6.1.5.5.7.3.1"};
  EXPECT_EQ(denial(submit(none)).code, "key_usage_not_allowed") << "not one that is good for all";
  core::Submission unusable = submission(request);
  unusable.at_most.key_usage = crypto::kKeyAgreement;
  EXPECT_EQ(denial(submit(unusable)).code, "key_usage_not_allowed");
}

TEST_F(Issuing, ATemplateWithoutPurposesTakesThoseOfTheBound) {
  settings_.templates.front().extended_key_usage.clear();
  start();
  const auto request = make_request({}, {KeyKind::rsa, 2048});
  core::Submission one = submission(request);
  one.at_most.extended_key_usage = {"1.3.6.1.5.5.7.3.2"};
  const auto parsed = crypto::Certificate::from_der(issue(one).certificate.certificate);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().extended_key_usage(), std::vector<std::string>{"1.3.6.1.5.5.7.3.2"});
}

TEST_F(Issuing, SidOfTheJobIsInTheExtension) {
  start();
  const auto request = make_request({});
  auto one = submission(request);
  one.sid = "S-1-5-21-1004336348-1177238915-682003330-512";
  const auto issued = issue(one);
  const auto text = text::to_hex(issued.certificate.certificate);
  // SEQUENCE { OID 1.3.6.1.4.1.311.25.2, OCTET STRING { SEQUENCE { [0] { OID ...25.2.1, [0] { OCTET
  // STRING } } } } }
  const std::string expected =
      "304d06092b06010401823719020440303ea03c060a2b060104018237190201a02e042c";
  EXPECT_NE(text.find(expected + text::to_hex(as_bytes(*one.sid))), std::string::npos) << text;
  expect_verifies(issued.certificate.certificate);
}

TEST_F(Issuing, SidInTheRequestPassesWhenItIsTheJobs) {
  start();
  const std::string sid = "S-1-5-21-1-2-3-1104";
  RequestSpec spec;
  spec.names = {{GeneralNameKind::uri, "tag:microsoft.com,2022-09-14:sid:" + sid}};
  spec.others = {{"1.3.6.1.4.1.311.25.2", core::encode_security_identifier(sid), false}};
  const auto request = make_request(spec);
  auto one = submission(request);
  one.sid = sid;
  EXPECT_FALSE(issue(one).certificate.certificate.empty());
}

TEST_F(Issuing, FindsWhatWasRecordedUnderAKey) {
  start();
  const auto request = make_request({});
  const auto one = submission(request);
  const auto found = [&] {
    return ca_->find(one.key, request.public_key_info(), clock_.wall(), {}).value();
  };
  EXPECT_FALSE(found());
  const auto issued = issue(one);
  reopen();
  ASSERT_TRUE(found());
  EXPECT_EQ(found()->certificate.certificate, issued.certificate.certificate);
}

// The store that keeps the outcome of the job keeps the certificate too, in one transaction.
TEST_F(Issuing, RecordsNothingByItself) {
  start();
  const auto request = make_request({});
  const auto answers = ca_->submit({submission(request)}, {});
  EXPECT_TRUE(std::holds_alternative<core::Issued>(answers.at(0)));
  EXPECT_EQ(certificate_store_.record_calls(), 0U);
}

TEST_F(Issuing, ABadRequestDoesNotStopTheOthersOfItsBatch) {
  start();
  const auto good = make_request({});
  RequestSpec spec;
  spec.others = {{"2.5.29.19", {0x30, 0x03, 0x01, 0x01, 0xFF}, true}};
  const auto bad = make_request(spec);
  const auto answers = ca_->submit({submission(good), submission(bad), submission(good)}, {});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(answers[0]));
  EXPECT_EQ(denial(answers[1]).code, "extension_not_allowed");
  EXPECT_TRUE(std::holds_alternative<core::Issued>(answers[2]));
}

TEST_F(Issuing, ADamagedCertificateStoreIsNoPassingFailure) {
  start();
  const auto one = submission(make_request({}));
  certificate_store_.be_damaged(true);
  const core::SubmitAnswer answer = ca_->retrieve("42", one.key, {});
  const auto* damaged = std::get_if<core::CaDamaged>(&answer);
  ASSERT_NE(damaged, nullptr);
  EXPECT_EQ(damaged->error.kind(), ErrorKind::corrupt);
  EXPECT_NE(damaged->error.message().find("restore a backup"), std::string::npos);
  EXPECT_EQ(ca_->find(one.key, {}, {}, {}).error().kind(), ErrorKind::corrupt);
}

TEST_F(Issuing, WaitsForAPersonWhereTheTemplateSaysSo) {
  settings_.templates.front().approval = true;
  start();
  EXPECT_TRUE(ca_->describe().templates.front().needs_approval);
  const auto request = make_request({});
  auto one = submission(request);
  EXPECT_TRUE(std::holds_alternative<core::NeedsApproval>(submit(one)));
  EXPECT_TRUE(certificate_store_.records().empty());
  one.approved = true;
  EXPECT_TRUE(std::holds_alternative<core::Issued>(submit(one)));
}

TEST_F(Issuing, TwoThreadsIssueAtOnce) {
  start({KeyKind::rsa, 2048});
  const auto request = make_request({});
  std::vector<std::vector<core::Submission>> batches(2);
  for (auto& batch : batches) {
    for (int i = 0; i < 50; ++i) batch.push_back(submission(request));
  }
  std::vector<std::vector<core::SubmitAnswer>> answers(2);
  std::thread other([&] { answers[1] = ca_->submit(batches[1], {}); });
  answers[0] = ca_->submit(batches[0], {});
  other.join();
  for (const auto& batch : answers) {
    for (const auto& answer : batch) ASSERT_TRUE(std::holds_alternative<core::Issued>(answer));
    expect_verifies(std::get<core::Issued>(batch.back()).certificate.certificate);
  }
}

}  // namespace
}  // namespace certconnector::ca::testing
