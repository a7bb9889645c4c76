// The endpoint's verdicts on the challenges that it minted.
#include "common/crypto/digest.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

const crypto::PrivateKey& phone_key() {
  static const auto kKey = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  return kKey;
}

json phone_wish() {
  return {{"service", "phones"},
          {"device", "device-7"},
          {"id", "one"},
          {"lifetime_seconds", 600},
          {"subject", "CN=phone,O=Test"},
          {"subject_alt_names", {{{"type", "dns"}, {"value", "phone.example"}}}},
          {"key_usage", {"keyEncipherment", "digitalSignature"}},
          {"extended_key_usage", {"1.3.6.1.5.5.7.3.2"}},
          {"sid", "S-1-5-21-1-2-3-1001"},
          {"template", "device"}};
}

class ChallengeCheckTest : public EndpointTest {
 protected:
  std::string mint(const json& wish) const {
    return admin().post("/challenges", wish).value().at("challenge").get<std::string>();
  }
  static json question(const std::string& challenge, const std::string& service = "phones") {
    crypto::Pkcs10Spec spec;
    spec.subject = crypto::parse_rfc4514("CN=phone,O=Test").value();
    if (!challenge.empty()) spec.challenge_password = challenge;
    return {{"request_id", "00000000-0000-4000-8000-000000000000"},
            {"service", service},
            {"transaction_id", "T1"},
            {"pkcs10", text::to_base64(crypto::make_pkcs10(phone_key(), spec).value())},
            {"template", "device"}};
  }
  json ask(const json& question) {
    json answer = agent_.post("/challenges/check", question);
    EXPECT_EQ(agent_.status(), 200) << answer;
    return answer;
  }
  std::string refusal(const json& answer) {
    EXPECT_EQ(answer.value("verdict", ""), "refused") << answer;
    return answer.contains("refusal") ? answer["refusal"].value("code", "") : "";
  }

  void SetUp() override {
    EndpointTest::SetUp();
    agent_ = enroll();
  }

  Agent agent_{"", {"", "", {}}};
};

TEST_F(ChallengeCheckTest, PermitsWhatTheChallengeSaysAgainAndAgain) {
  const std::string challenge = mint(phone_wish());
  const json answer = ask(question(challenge));
  EXPECT_EQ(answer.at("verdict"), "permitted");
  EXPECT_EQ(answer.at("request_id"), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(answer.at("server_time"), to_rfc3339(clock().now()));
  const json& permit = answer.at("permit");
  const std::string id = permit.at("challenge_id").get<std::string>();
  EXPECT_EQ(id.substr(id.find(':')), ":one");
  EXPECT_EQ(permit.at("device"), "device-7");
  EXPECT_EQ(permit.at("template"), "device");
  EXPECT_EQ(permit.at("sid"), "S-1-5-21-1-2-3-1001");
  const json expected = {{"subject", "CN=phone,O=Test"},
                         {"subject_alt_names", {{{"type", "dns"}, {"value", "phone.example"}}}},
                         {"key_usage", {"digitalSignature", "keyEncipherment"}},
                         {"extended_key_usage", {"1.3.6.1.5.5.7.3.2"}}};
  EXPECT_EQ(permit.at("expected"), expected);
  EXPECT_EQ(ask(question(challenge)), answer);
}

TEST_F(ChallengeCheckTest, WhatIsNotClaimedIsNotInThePermit) {
  const json permit = ask(question(mint({{"service", "phones"}, {"device", "d"}}))).at("permit");
  EXPECT_EQ(permit.at("expected"), json::object());
  EXPECT_FALSE(permit.contains("sid") || permit.contains("template"));
}

TEST_F(ChallengeCheckTest, RefusesAndSaysWhy) {
  const std::string good = mint(phone_wish());
  std::string bent = good;
  bent[bent.size() - 10] = bent[bent.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(ask(question(""))), "challenge_missing");
  EXPECT_EQ(refusal(ask(question("laboratory"))), "challenge_malformed");
  EXPECT_EQ(refusal(ask(question("cch1.e30=.AAAA"))), "challenge_malformed");
  EXPECT_EQ(refusal(ask(question(bent))), "challenge_bad_signature");
  EXPECT_EQ(refusal(ask(question(good, "laptops"))), "challenge_wrong_service");
  json wish = phone_wish();
  wish["starts_in_seconds"] = 60;
  EXPECT_EQ(refusal(ask(question(mint(wish)))), "challenge_not_yet_valid");
  wish = phone_wish();
  wish["key_sha256"] = std::string(64, 'a');
  EXPECT_EQ(refusal(ask(question(mint(wish)))), "challenge_key_mismatch");
  wish = phone_wish();
  wish.update({{"key_kind", "rsa"}, {"key_bits", 2048}});
  EXPECT_EQ(refusal(ask(question(mint(wish)))), "challenge_key_mismatch");
  wish["key_kind"] = "ec";
  wish["key_bits"] = 384;
  EXPECT_EQ(refusal(ask(question(mint(wish)))), "challenge_key_mismatch");
  clock().advance(std::chrono::minutes(10));
  EXPECT_EQ(refusal(ask(question(good))), "challenge_expired");
}

TEST_F(ChallengeCheckTest, TakesTheBoundKeyAndKeysThatWereRolledOnce) {
  json wish = phone_wish();
  wish["key_sha256"] = text::to_hex(crypto::view(crypto::sha256(phone_key().public_key_info())));
  const std::string challenge = mint(wish);
  ASSERT_TRUE(admin().post("/challenge-keys/roll", json::object()).ok());
  EXPECT_EQ(ask(question(challenge)).at("verdict"), "permitted");
  stop();
  start();
  agent_ = enroll();
  EXPECT_EQ(ask(question(challenge)).at("verdict"), "permitted") << "after a restart";
  ASSERT_TRUE(admin().post("/challenge-keys/roll", json::object()).ok());
  EXPECT_EQ(refusal(ask(question(challenge))), "challenge_untrusted");
}

TEST_F(ChallengeCheckTest, QuestionsThatAreNoneAndFaults) {
  const json good = question(mint(phone_wish()));
  for (const char* member : {"request_id", "service", "transaction_id", "pkcs10"}) {
    json bad = good;
    bad.erase(member);
    static_cast<void>(agent_.post("/challenges/check", bad));
    EXPECT_EQ(agent_.status(), 400) << member;
  }
  json no_request = good;
  no_request["pkcs10"] = "MAA=";
  EXPECT_EQ(refusal(ask(no_request)), "malformed_request");
  set_faults({{"refuse_challenges_percent", 100}});
  EXPECT_EQ(refusal(ask(good)), "challenge_refused");
  set_faults({{"defer_challenges_percent", 100}});
  EXPECT_EQ(ask(good).at("verdict"), "not_now");
  set_faults({{"status_503_percent", 100}, {"paths", {"/challenges/check"}}});
  static_cast<void>(agent_.post("/challenges/check", good));
  EXPECT_EQ(agent_.status(), 503);
  set_faults(json::object());
  EXPECT_EQ(ask(good).at("verdict"), "permitted");
}

}  // namespace
}  // namespace certconnector::endpoint::testing
