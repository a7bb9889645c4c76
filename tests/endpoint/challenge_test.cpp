// The agent's code reads the challenges that the endpoint mints.
#include <filesystem>

#include "agent/enrollment/signed_challenge_check.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/challenge/signed_challenge.h"
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using enrollment::SignedChallengeCheck;

crypto::Pkcs10 device_request() {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514("CN=laptop,O=Example").value();
  spec.subject_alt_names = {{crypto::GeneralNameKind::dns, "laptop.example"},
                            {crypto::GeneralNameKind::upn, "laptop@example"}};
  spec.key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  spec.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  return crypto::Pkcs10::parse(crypto::make_pkcs10(key, spec).value()).value();
}

json full_wish(const crypto::Pkcs10& request) {
  return {{"service", "devices"},
          {"device", "laptop-42"},
          {"id", "one"},
          {"issuer", "https://mdm.example"},
          {"lifetime_seconds", 600},
          {"subject", "CN=laptop,O=Example"},
          {"subject_alt_names",
           {{{"type", "upn"}, {"value", "laptop@example"}},
            {{"type", "dns"}, {"value", "laptop.example"}}}},
          {"key_usage", {"keyEncipherment", "digitalSignature"}},
          {"extended_key_usage", {"1.3.6.1.5.5.7.3.2"}},
          {"sid", "S-1-5-21-1-2-3-1001"},
          {"template", "device"},
          {"key_kind", "ec"},
          {"key_bits", 256},
          {"key_sha256", text::to_hex(crypto::view(crypto::sha256(request.public_key_info())))}};
}

class ChallengeTest : public EndpointTest {
 protected:
  std::string mint(const json& wish) const {
    return admin().post("/challenges", wish).value().at("challenge").get<std::string>();
  }
  std::string trusted_pem() const {
    return admin().get("/challenge-keys").value().at("pem").get<std::string>();
  }
  enrollment::CheckAnswer check(const std::string& challenge, const crypto::Pkcs10& request,
                                const std::string& issuer = "https://mdm.example") {
    const SignedChallengeCheck agent({issuer, std::chrono::seconds(60)},
                                     enrollment::read_trusted_keys(trusted_pem()).value());
    return agent.check({"devices", challenge, request}, clock().wall());
  }
};

std::string refusal(const enrollment::CheckAnswer& answer) {
  const auto* refused = std::get_if<enrollment::Denied>(&answer);
  return refused == nullptr ? "" : refused->reason.code;
}

TEST_F(ChallengeTest, TheAgentPermitsWhatTheEndpointMints) {
  const auto request = device_request();
  const json answer = admin().post("/challenges", full_wish(request)).value();
  EXPECT_EQ(answer.at("id"), "one");
  const auto now = std::chrono::floor<std::chrono::seconds>(clock().now());
  EXPECT_EQ(answer.at("expires"), to_rfc3339(now + std::chrono::minutes(10)));
  const auto checked = check(answer.at("challenge").get<std::string>(), request);
  const auto* permit = std::get_if<enrollment::ChallengeAuthorization>(&checked);
  ASSERT_NE(permit, nullptr) << refusal(checked);
  EXPECT_EQ(permit->id, answer.at("key_id").get<std::string>() + ":one");
  EXPECT_EQ(permit->device, "laptop-42");
  EXPECT_EQ(permit->template_name, "device");
  EXPECT_EQ(permit->sid, "S-1-5-21-1-2-3-1001");
}

TEST_F(ChallengeTest, BothSidesSpellTheSameClaimsAlike) {
  const auto request = device_request();
  const std::string token = mint(full_wish(request));
  const auto parsed = challenge::SignedChallenge::parse(token);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  const auto keys = enrollment::read_trusted_keys(trusted_pem()).value();
  const auto claims = parsed->verify(keys.front().key).value();
  const auto again = challenge::mint(
      claims, crypto::PrivateKey::from_pem(directory().read("state/challenge_key.pem")).value());
  ASSERT_TRUE(again.ok()) << again.error().message();
  const auto signature_at = token.rfind('.');
  EXPECT_EQ(again->substr(0, signature_at), token.substr(0, signature_at));
}

TEST_F(ChallengeTest, IssuerAndIdComeByThemselves) {
  const json wish{{"service", "devices"}, {"device", "d"}};
  const json one = admin().post("/challenges", wish).value();
  const json two = admin().post("/challenges", wish).value();
  EXPECT_NE(one.at("id"), two.at("id"));
  const auto request = device_request();
  EXPECT_EQ(refusal(check(one.at("challenge").get<std::string>(), request, url())),
            "subject_mismatch");
}

TEST_F(ChallengeTest, TimesMoveWithTheWish) {
  const auto request = device_request();
  json wish = full_wish(request);
  wish["starts_in_seconds"] = -3600;
  EXPECT_EQ(refusal(check(mint(wish), request)), "challenge_expired");
  wish["starts_in_seconds"] = 3600;
  EXPECT_EQ(refusal(check(mint(wish), request)), "challenge_not_yet_valid");
}

TEST_F(ChallengeTest, AKeyThatWasRolledIsTrustedUntilTheNextRoll) {
  const auto request = device_request();
  const std::string first = mint(full_wish(request));
  const json rolled = admin().post("/challenge-keys/roll", json::object()).value();
  EXPECT_EQ(rolled.at("pem"), trusted_pem());
  const std::string second = mint(full_wish(request));
  EXPECT_EQ(refusal(check(first, request)), "");
  EXPECT_EQ(refusal(check(second, request)), "");
  ASSERT_TRUE(admin().post("/challenge-keys/roll", json::object()).ok());
  EXPECT_EQ(refusal(check(first, request)), "challenge_untrusted");
  EXPECT_EQ(refusal(check(second, request)), "");
}

TEST_F(ChallengeTest, KeysAreThereAfterARestartAndTheirFileIsSecret) {
  ASSERT_TRUE(admin().post("/challenge-keys/roll", json::object()).ok());
  const std::string before = trusted_pem();
  const auto permissions =
      std::filesystem::status(directory().file("state/challenge_key.pem")).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  stop();
  start();
  EXPECT_EQ(trusted_pem(), before);
}

TEST_F(ChallengeTest, LastsAnHourUnlessSaidOtherwise) {
  const json answer =
      admin().post("/challenges", {{"service", "devices"}, {"device", "d"}}).value();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock().now());
  EXPECT_EQ(answer.at("expires"), to_rfc3339(now + std::chrono::hours(1)));
}

TEST_F(ChallengeTest, WishesThatMakeNoChallengeAreRefused) {
  const json good{{"service", "devices"}, {"device", "d"}};
  struct Row {
    const char* member;
    json value;
  };
  const Row rows[] = {{"service", nullptr},
                      {"service", "two words"},
                      {"device", ""},
                      {"device", std::string(129, 'd')},
                      {"id", "a/b"},
                      {"lifetime_seconds", 0},
                      {"lifetime_seconds", 366 * 86400 + 1},
                      {"subject", 1},
                      {"subject_alt_names", "dns:a"},
                      {"subject_alt_names", {"dns:a"}},
                      {"key_usage", {"signing"}},
                      {"extended_key_usage", {"client auth"}},
                      {"key_kind", "dsa"},
                      {"key_kind", "rsa"},  // without bits
                      {"key_sha256", "abcd"}};
  for (const Row& row : rows) {
    json wish = good;
    wish[row.member] = row.value;
    const auto answer = admin().post("/challenges", wish);
    ASSERT_FALSE(answer.ok()) << row.member << row.value;
    EXPECT_NE(
        answer.error().message().find(row.member == std::string("key_kind") ? "key_" : row.member),
        std::string::npos)
        << answer.error().message();
  }
}

TEST_F(ChallengeTest, WhatClientsWouldCutOffIsRefused) {
  json wish{{"service", "devices"}, {"device", "d"}, {"subject_alt_names", json::array()}};
  for (char c = 'a'; c <= 'z'; ++c) {
    wish["subject_alt_names"].push_back({{"type", "dns"}, {"value", std::string(60, c)}});
  }
  const auto answer = admin().post("/challenges", wish);
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message().find("2048"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::endpoint::testing
