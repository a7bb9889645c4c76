#include "agent/enrollment/signed_challenge_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "proto/challenge/signed_challenge.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/agent/enrollment/public_key_pem.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::enrollment {
namespace {

using ca::testing::RequestSpec;
using certconnector::testing::CertificateSpec;
using certconnector::testing::FakeClock;
using challenge::Claims;
using challenge::Seconds;
using crypto::GeneralName;
using crypto::GeneralNameKind;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Seconds kNow = std::chrono::time_point_cast<std::chrono::seconds>(FakeClock::kStart);
constexpr crypto::KeySpec kP256{crypto::KeyKind::ec, 256};
constexpr crypto::KeySpec kRsa{crypto::KeyKind::rsa, 2048};
const std::string kSid = "S-1-5-21-1004336348-1177238915-682003330-1512";
const std::string kOtherSid = "S-1-5-21-1004336348-1177238915-682003330-500";

const crypto::PrivateKey& minting_key() {
  static const auto key = crypto::PrivateKey::generate(kP256).value();
  return key;
}

std::vector<TrustedKey> keys_of(const std::string& pem) { return read_trusted_keys(pem).value(); }

std::vector<TrustedKey> trusting_the_minter() {
  return keys_of(testing::public_key_pem(minting_key()));
}

// The challenge and the request of one device, which match.
Claims device_claims() {
  Claims claims;
  claims.issuer = "https://mdm.example";
  claims.audience = "devices";
  claims.id = "challenge-1";
  claims.not_before = kNow - std::chrono::minutes(5);
  claims.expires = kNow + std::chrono::hours(1);
  claims.device = "laptop-42";
  claims.subject = "CN=dev1,O=Test";
  claims.subject_alt_names = {{GeneralNameKind::dns, "dev1.example"},
                              {GeneralNameKind::upn, "dev1@example"}};
  claims.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  claims.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  claims.template_name = "device";
  return claims;
}

RequestSpec new_enrollment() {
  RequestSpec spec;
  spec.names = {{GeneralNameKind::upn, "dev1@example"}, {GeneralNameKind::dns, "DEV1.example"}};
  spec.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  spec.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  return spec;
}

GeneralName sid_name(const std::string& sid) {
  return {GeneralNameKind::uri, std::string(core::kSidUriPrefix) + sid};
}

ca::testing::WantedExtension sid_extension(const std::string& sid) {
  return {std::string(crypto::oid::kSecurityIdentifier), core::encode_security_identifier(sid),
          false};
}

struct Attempt {
  Claims claims = device_claims();
  RequestSpec request = new_enrollment();
  crypto::KeySpec device_key = kP256;
  std::string service = "devices";
  Timestamp now = kNow;
};

CheckAnswer answer_to(const ChallengeCheck& check, const Attempt& attempt) {
  const std::string token = challenge::mint(attempt.claims, minting_key()).value();
  const auto request = ca::testing::make_request(attempt.request, attempt.device_key);
  return check.check({attempt.service, token, request}, attempt.now);
}

CheckAnswer answer_to_password(const ChallengeCheck& check, std::string_view password,
                               Timestamp now = kNow) {
  const auto request = ca::testing::make_request(new_enrollment());
  return check.check({"devices", password, request}, now);
}

// The failure's code; empty for an authorization.
std::string code_of(const CheckAnswer& answer) {
  const auto* refused = std::get_if<Denied>(&answer);
  return refused == nullptr ? "" : refused->reason.code;
}

std::string message_of(const CheckAnswer& answer) {
  const auto* refused = std::get_if<Denied>(&answer);
  return refused == nullptr ? "" : refused->reason.message;
}

// The challenge's id and the device, which a denial names apart from its text.
std::pair<std::string, std::string> whose(const CheckAnswer& answer) {
  const auto* refused = std::get_if<Denied>(&answer);
  if (refused == nullptr) return {};
  return {refused->challenge, refused->device};
}

class SignedCheck : public ::testing::Test {
 protected:
  SignedChallengeCheck check_{{"https://mdm.example", std::chrono::seconds(60)},
                              trusting_the_minter()};
};

TEST_F(SignedCheck, PermitsTheContentOfTheChallenge) {
  const CheckAnswer answer = answer_to(check_, {});
  const auto* permit = std::get_if<ChallengeAuthorization>(&answer);
  ASSERT_NE(permit, nullptr) << message_of(answer);
  const Claims claims = device_claims();
  EXPECT_EQ(permit->id, challenge::key_id(minting_key().public_key_info()) + ":challenge-1");
  EXPECT_EQ(permit->device, "laptop-42");
  EXPECT_EQ(permit->template_name, "device");
  EXPECT_EQ(permit->expected.subject, claims.subject);
  EXPECT_EQ(permit->expected.subject_alt_names, claims.subject_alt_names);
  EXPECT_EQ(permit->expected.key_usage, claims.key_usage);
  EXPECT_EQ(permit->expected.extended_key_usage, claims.extended_key_usage);
  EXPECT_FALSE(permit->sid.has_value());
  EXPECT_EQ(permit->not_after, claims.expires + std::chrono::seconds(60));
  EXPECT_TRUE(permit->single_use);
}

TEST_F(SignedCheck, AbsentClaimsMeanNone) {
  Attempt attempt;
  attempt.claims.subject.reset();
  attempt.claims.subject_alt_names.clear();
  attempt.claims.key_usage = 0;
  attempt.claims.extended_key_usage.clear();
  attempt.claims.template_name.reset();
  attempt.request = {};
  attempt.request.subject = "";
  const CheckAnswer answer = answer_to(check_, attempt);
  const auto* permit = std::get_if<ChallengeAuthorization>(&answer);
  ASSERT_NE(permit, nullptr) << message_of(answer);
  EXPECT_EQ(permit->expected.subject, "");
  EXPECT_EQ(permit->expected.subject_alt_names, std::vector<GeneralName>());
  EXPECT_EQ(permit->expected.key_usage, 0);
  EXPECT_EQ(permit->expected.extended_key_usage, std::vector<std::string>());
  EXPECT_FALSE(permit->template_name.has_value());
}

TEST_F(SignedCheck, DeniesEveryRequestThatDiffers) {
  struct Row {
    const char* name;
    std::function<void(Attempt&)> bend;
    const char* code;
    const char* in_message;
  };
  const auto other_key = crypto::sha256(as_bytes("another key"));
  const auto device_key = crypto::sha256(ca::testing::test_key(kP256).public_key_info());
  const Row rows[] = {
      {"another issuer", [](Attempt& a) { a.claims.issuer = "https://other.example"; },
       "challenge_wrong_issuer", "https://other.example"},
      {"another service", [](Attempt& a) { a.service = "phones"; }, "challenge_wrong_service",
       "for phones"},
      {"the service in capitals", [](Attempt& a) { a.service = "Devices"; },
       "challenge_wrong_service", "Devices"},
      {"expired, within the skew",
       [](Attempt& a) { a.now = a.claims.expires + std::chrono::seconds(59); }, "", ""},
      {"expired", [](Attempt& a) { a.now = a.claims.expires + std::chrono::seconds(60); },
       "challenge_expired", "2026-01-01T01:00:00Z"},
      {"early, within the skew",
       [](Attempt& a) { a.now = a.claims.not_before - std::chrono::seconds(60); }, "", ""},
      {"too early", [](Attempt& a) { a.now = a.claims.not_before - std::chrono::seconds(61); },
       "challenge_not_yet_valid", "clock"},
      {"its own key", [&](Attempt& a) { a.claims.public_key_info_sha256 = device_key; }, "", ""},
      {"another key", [&](Attempt& a) { a.claims.public_key_info_sha256 = other_key; },
       "challenge_key_mismatch", "another key"},
      {"a larger key than asked for",
       [](Attempt& a) {
         a.claims.least_key = kP256;
         a.device_key = {crypto::KeyKind::ec, 384};
       },
       "", ""},
      {"a smaller key than asked for",
       [](Attempt& a) {
         a.claims.least_key = crypto::KeySpec{crypto::KeyKind::rsa, 3072};
         a.device_key = kRsa;
       },
       "weak_key", "3072"},
      {"another kind of key", [](Attempt& a) { a.claims.least_key = kRsa; },
       "challenge_key_mismatch", "EC of 256"},
      {"another subject", [](Attempt& a) { a.claims.subject = "CN=dev2,O=Test"; },
       "subject_mismatch", "CN=dev2"},
      {"a subject that is not carried", [](Attempt& a) { a.claims.subject.reset(); },
       "subject_mismatch", "CN=dev1"},
      {"no subject", [](Attempt& a) { a.request.subject = ""; }, "subject_mismatch", "CN=dev1"},
      {"another name", [](Attempt& a) { a.claims.subject_alt_names[0].value = "dev2.example"; },
       "subject_alt_name_mismatch", "dev2.example"},
      {"a name too many",
       [](Attempt& a) {
         a.request.names.push_back({GeneralNameKind::dns, "dev2.example"});
       },
       "subject_alt_name_mismatch", "dev2.example"},
      {"a name too few", [](Attempt& a) { a.request.names.pop_back(); },
       "subject_alt_name_mismatch", "dev1.example"},
      {"names that are not carried", [](Attempt& a) { a.claims.subject_alt_names.clear(); },
       "subject_alt_name_mismatch", "DEV1.example"},
      {"another key usage", [](Attempt& a) { a.request.key_usage = crypto::kDigitalSignature; },
       "key_usage_mismatch", "keyEncipherment"},
      {"a key usage that is not carried", [](Attempt& a) { a.claims.key_usage = 0; },
       "key_usage_mismatch", "none"},
      {"another purpose",
       [](Attempt& a) { a.request.extended_key_usage = {std::string(crypto::oid::kServerAuth)}; },
       "extended_key_usage_mismatch", "1.3.6.1.5.5.7.3.1"},
      {"a purpose that is not carried", [](Attempt& a) { a.claims.extended_key_usage.clear(); },
       "extended_key_usage_mismatch", "none"},
      {"a SID, carried, not asked for", [](Attempt& a) { a.claims.sid = kSid; }, "", ""},
      {"a SID, carried, in the extension",
       [](Attempt& a) {
         a.claims.sid = kSid;
         a.request.others = {sid_extension(kSid)};
       },
       "", ""},
      {"a SID, carried, in a name",
       [](Attempt& a) {
         a.claims.sid = kSid;
         a.request.names.push_back(sid_name(kSid));
       },
       "", ""},
      {"a SID in the extension, not carried",
       [](Attempt& a) { a.request.others = {sid_extension(kSid)}; }, "sid_not_allowed", "none"},
      {"a SID in a name, not carried",
       [](Attempt& a) { a.request.names.push_back(sid_name(kSid)); }, "sid_not_allowed", "none"},
      {"a SID in a name that only the names carry",
       [](Attempt& a) {
         a.claims.subject_alt_names.push_back(sid_name(kSid));
         a.request.names.push_back(sid_name(kSid));
       },
       "sid_not_allowed", "none"},
      {"another SID in the extension",
       [](Attempt& a) {
         a.claims.sid = kSid;
         a.request.others = {sid_extension(kOtherSid)};
       },
       "sid_not_allowed", "-500"},
      {"another SID in a name",
       [](Attempt& a) {
         a.claims.sid = kSid;
         a.request.names.push_back(sid_name(kOtherSid));
       },
       "sid_not_allowed", "-500"},
      {"an invalid SID", [](Attempt& a) { a.claims.sid = "S-1-5--1"; }, "challenge_malformed",
       "SID"},
      {"an extension that none may ask for",
       [](Attempt& a) {
         a.request.others = {{"2.5.29.30", {0x30, 0x00}, true}};
       },
       "extension_not_allowed", "nameConstraints"},
  };
  for (const Row& row : rows) {
    Attempt attempt;
    row.bend(attempt);
    const CheckAnswer answer = answer_to(check_, attempt);
    EXPECT_EQ(code_of(answer), row.code) << row.name << ": " << message_of(answer);
    EXPECT_THAT(message_of(answer), HasSubstr(row.in_message)) << row.name;
    if (*row.code != '\0') {
      EXPECT_THAT(message_of(answer), HasSubstr("laptop-42")) << row.name;
      const std::string id = challenge::key_id(minting_key().public_key_info()) + ":challenge-1";
      EXPECT_EQ(whose(answer), std::make_pair(id, std::string("laptop-42"))) << row.name;
    }
  }
}

TEST_F(SignedCheck, DeniesInvalidChallengesWithoutQuotingThem) {
  const std::string good = challenge::mint(device_claims(), minting_key()).value();
  std::string bent = good;
  bent[bent.size() - 20] = bent[bent.size() - 20] == 'A' ? 'B' : 'A';
  const auto stranger = crypto::PrivateKey::generate(kP256).value();
  const std::string foreign = challenge::mint(device_claims(), stranger).value();
  const std::pair<std::string, const char*> rows[] = {{"", "challenge_missing"},
                                                      {"Password-1", "challenge_malformed"},
                                                      {good + "\n", "challenge_malformed"},
                                                      {good.substr(0, 200), "challenge_malformed"},
                                                      {bent, "challenge_bad_signature"},
                                                      {foreign, "challenge_untrusted"}};
  for (const auto& [password, code] : rows) {
    const CheckAnswer answer = answer_to_password(check_, password);
    EXPECT_EQ(code_of(answer), code) << message_of(answer);
    EXPECT_THAT(message_of(answer), Not(HasSubstr("Password-1")));
    EXPECT_THAT(message_of(answer), Not(HasSubstr(good.substr(good.size() - 40, 20))));
    // A message names only claims that the issuer made.
    EXPECT_THAT(message_of(answer), Not(HasSubstr("laptop-42")));
    EXPECT_EQ(whose(answer), std::make_pair(std::string(), std::string())) << code;
  }
}

TEST(SignedChallengeCheck, TrustsAKeyUntilItRetires) {
  CertificateSpec spec;
  spec.not_after = kNow + std::chrono::minutes(10);
  const auto signer = certconnector::testing::make_self_signed(spec);
  const SignedChallengeCheck check({"https://mdm.example", std::chrono::seconds(60)},
                                   keys_of(signer.certificate.to_pem()));
  const std::string token = challenge::mint(device_claims(), signer.key).value();
  EXPECT_EQ(code_of(answer_to_password(check, token, kNow)), "");
  const CheckAnswer late = answer_to_password(check, token, kNow + std::chrono::minutes(10));
  EXPECT_EQ(code_of(late), "challenge_untrusted");
  EXPECT_THAT(message_of(late), HasSubstr("2026-01-01T00:10:00Z"));
}

}  // namespace
}  // namespace certconnector::enrollment
