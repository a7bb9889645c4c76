#include "proto/challenge/signed_challenge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "common/crypto/directory_string.h"
#include "common/text/base64.h"
#include "proto/challenge/claims_codec.h"
#include "proto/challenge/errors.h"
#include "tests/proto/challenge/challenge_claims.h"

namespace certconnector::challenge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr crypto::KeySpec kP256{crypto::KeyKind::ec, 256};
constexpr crypto::KeySpec kRsa{crypto::KeyKind::rsa, 2048};

// Made once for the program.
const crypto::PrivateKey& signing_key(crypto::KeySpec spec = kP256) {
  static std::map<std::pair<int, int>, crypto::PrivateKey> keys;
  const auto id = std::pair(static_cast<int>(spec.kind), spec.bits);
  auto at = keys.find(id);
  if (at == keys.end()) at = keys.emplace(id, crypto::PrivateKey::generate(spec).value()).first;
  return at->second;
}

crypto::PublicKey public_key(const crypto::PrivateKey& key) {
  return crypto::PublicKey::from_info(key.public_key_info()).value();
}

std::string good_token(crypto::KeySpec spec = kP256) {
  return mint(testing::full_claims(), signing_key(spec)).value();
}

// A token that is signed, whatever its payload is.
std::string token_of(const std::string& payload) {
  const std::string message = "certconnector challenge v1" + payload;
  const Bytes signature = crypto::sign(signing_key(), as_bytes(message)).value();
  return "cch1." + text::to_base64(as_bytes(payload)) + "." + text::to_base64(signature);
}

TEST(SignedChallenge, ComesBackUnderTheKeyThatSignedIt) {
  for (const crypto::KeySpec spec : {kP256, kRsa}) {
    const auto challenge = SignedChallenge::parse(good_token(spec));
    ASSERT_TRUE(challenge.ok()) << challenge.error().message();
    EXPECT_EQ(challenge->key_id(), key_id(signing_key(spec).public_key_info()));
    const auto claims = challenge->verify(public_key(signing_key(spec)));
    ASSERT_TRUE(claims.ok()) << claims.error().message();
    EXPECT_EQ(encode_payload({challenge->key_id(), *claims}),
              encode_payload({challenge->key_id(), testing::full_claims()}));
  }
}

TEST(SignedChallenge, FitsIntoAPrintableString) {
  for (const crypto::KeySpec spec : {kP256, kRsa}) {
    const std::string token = good_token(spec);
    EXPECT_TRUE(crypto::is_printable_string(token));
    EXPECT_LE(token.size(), kMaxToken);
    RecordProperty("characters_" + std::to_string(spec.bits), static_cast<int>(token.size()));
  }
}

// Base64 grows by four characters, so the longest good one has two less.
TEST(SignedChallenge, Has2048CharactersAndNoMore) {
  Claims claims = testing::full_claims();
  std::string longest;
  for (std::size_t length = 1;; ++length) {
    claims.subject = "CN=" + std::string(length, 'a');
    auto token = mint(claims, signing_key(kRsa));
    if (!token.ok()) break;
    longest = std::move(*token);
  }
  ASSERT_EQ(longest.size(), 2046U);
  const auto challenge = SignedChallenge::parse(longest);
  ASSERT_TRUE(challenge.ok()) << challenge.error().message();
  EXPECT_TRUE(challenge->verify(public_key(signing_key(kRsa))).ok());

  const auto full = SignedChallenge::parse(longest + "AA");
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code(), error_code(ChallengeErrc::malformed)) << "it is looked at";
  const auto beyond = SignedChallenge::parse(longest + "AAA");
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().code(), error_code(ChallengeErrc::too_large));
}

TEST(SignedChallenge, NamesItsKeyByTheHashOfItsInfo) {
  EXPECT_EQ(key_id(as_bytes("abc")), "ba7816bf8f01cfea");
}

TEST(SignedChallenge, IsNotMintedWhenNobodyWouldReadIt) {
  struct Row {
    const char* name;
    void (*bend)(Claims&);
    ChallengeErrc errc;
    const char* in_message;
  };
  const Row rows[] = {
      {"no issuer", [](Claims& c) { c.issuer.clear(); }, ChallengeErrc::bad_claims, "iss"},
      {"no time", [](Claims& c) { c.expires = c.not_before; }, ChallengeErrc::bad_claims, "exp"},
      {"an empty subject", [](Claims& c) { c.subject = ""; }, ChallengeErrc::bad_claims, "sub"},
      {"not UTF-8", [](Claims& c) { c.device = "\xff"; }, ChallengeErrc::bad_claims, "UTF-8"},
      {"a name of raw DER",
       [](Claims& c) {
         c.subject_alt_names = {{crypto::GeneralNameKind::other, "00"}};
       },
       ChallengeErrc::bad_claims, "san"},
      {"too many names",
       [](Claims& c) {
         for (int i = 0; i < 51; ++i) {
           c.subject_alt_names.push_back({crypto::GeneralNameKind::dns, std::to_string(i)});
         }
       },
       ChallengeErrc::bad_claims, "san"},
      {"too long a subject", [](Claims& c) { c.subject = "CN=" + std::string(1000, 'a'); },
       ChallengeErrc::too_large, "2048"}};
  for (const Row& row : rows) {
    Claims claims = testing::full_claims();
    row.bend(claims);
    const auto token = mint(claims, signing_key());
    ASSERT_FALSE(token.ok()) << row.name;
    EXPECT_EQ(token.error().code(), error_code(row.errc)) << row.name << token.error().message();
    EXPECT_THAT(token.error().message(), HasSubstr(row.in_message)) << row.name;
  }
}

TEST(SignedChallenge, OtherCurvesDoNotSignIt) {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 384}).value();
  const auto token = mint(testing::full_claims(), key);
  ASSERT_FALSE(token.ok());
  EXPECT_EQ(token.error().code(), error_code(ChallengeErrc::unsupported_key));
  const auto claims = SignedChallenge::parse(good_token())->verify(public_key(key));
  ASSERT_FALSE(claims.ok());
  EXPECT_EQ(claims.error().code(), error_code(ChallengeErrc::unsupported_key));
}

TEST(SignedChallenge, RefusesAnotherFormWithoutQuotingIt) {
  const std::string good = good_token();
  const std::string body = good.substr(5);
  const std::string payload = body.substr(0, body.find('.'));
  const std::string signature = body.substr(body.find('.') + 1);
  const std::string json = encode_payload({"0123456789abcdef", testing::least_claims()});
  struct Row {
    const char* name;
    std::string token;
    ChallengeErrc errc = ChallengeErrc::malformed;
  };
  const Row rows[] = {
      {"nothing", ""},
      {"a password", "Secret-Password-1"},
      {"no mark", body},
      {"another version", "cch2." + body},
      {"the mark in capitals", "CCH1." + body},
      {"the mark alone", "cch1."},
      {"no signature", "cch1." + payload},
      {"an empty signature", "cch1." + payload + "."},
      {"an empty payload", "cch1.." + signature},
      {"a third part", good + "." + signature},
      {"a space before it", " " + good},
      {"a line break behind it", good + "\n"},
      {"a line break inside", std::string(good).insert(20, "\n")},
      {"base64url", "cch1." + payload + ".__-_" + signature},
      {"no padding", "cch1." + text::to_base64(as_bytes("ab")).substr(0, 3) + "." + signature},
      {"padding bits that are not zero", "cch1." + payload + ".AB=="},
      {"a signature that is too long", "cch1.e30=." + text::to_base64(Bytes(1025, 'a'))},
      {"a payload in other letters", token_of(" " + json)},
      {"a key twice", token_of(R"({"aud":"a",)" + json.substr(1))},
      {"an unknown member", token_of(R"({"aaa":"a",)" + json.substr(1))},
      {"too many characters", good + std::string(kMaxToken, 'A'), ChallengeErrc::too_large},
  };
  for (const Row& row : rows) {
    const auto challenge = SignedChallenge::parse(row.token);
    ASSERT_FALSE(challenge.ok()) << row.name;
    EXPECT_EQ(challenge.error().code(), error_code(row.errc)) << row.name;
    EXPECT_THAT(challenge.error().message(), Not(HasSubstr(signature))) << row.name;
    EXPECT_THAT(challenge.error().message(), Not(HasSubstr("Secret"))) << row.name;
  }
}

TEST(SignedChallenge, IsWorthNothingWhenItWasChanged) {
  const auto other = crypto::PrivateKey::generate(kP256).value();
  const std::string good = good_token();
  const auto dot = good.find('.', 5);
  Claims bent_claims = testing::full_claims();
  bent_claims.subject = "CN=administrator";
  const std::string bent = encode_payload({key_id(signing_key().public_key_info()), bent_claims});
  std::string forged_signature = good;
  forged_signature[dot + 30] = forged_signature[dot + 30] == 'A' ? 'B' : 'A';
  const Bytes undomained = crypto::sign(signing_key(), as_bytes(bent)).value();
  const std::pair<const char*, std::string> rows[] = {
      {"the payload", "cch1." + text::to_base64(as_bytes(bent)) + good.substr(dot)},
      {"the signature", forged_signature},
      {"signed by another", mint(bent_claims, other).value()},
      {"signed for another purpose",
       "cch1." + text::to_base64(as_bytes(bent)) + "." + text::to_base64(undomained)}};
  for (const auto& [name, token] : rows) {
    const auto challenge = SignedChallenge::parse(token);
    ASSERT_TRUE(challenge.ok()) << name << challenge.error().message();
    const auto claims = challenge->verify(public_key(signing_key()));
    ASSERT_FALSE(claims.ok()) << name;
    EXPECT_EQ(claims.error().code(), error_code(ChallengeErrc::bad_signature)) << name;
  }
  EXPECT_FALSE(SignedChallenge::parse(good)->verify(public_key(signing_key(kRsa))).ok());
}

}  // namespace
}  // namespace certconnector::challenge
