#include "proto/challenge/claims_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "proto/challenge/errors.h"
#include "tests/proto/challenge/challenge_claims.h"

namespace certconnector::challenge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kKid = "0123456789abcdef";
// Members in the order of their names; what comes between kid and nbf, and behind nbf.
const std::string kHead = R"({"aud":"s","dev":"d",)";
const std::string kMiddle = R"("exp":2,"iss":"i","jti":"j",)";
const std::string kTail = R"("kid":"0123456789abcdef","nbf":1)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ClaimsCodec, ClaimsComeBackAsTheyWere) {
  const Claims claims = testing::full_claims();
  const auto payload = decode_payload(encode_payload({kKid, claims}));
  ASSERT_TRUE(payload.ok()) << payload.error().message();
  const Claims& back = payload->claims;
  EXPECT_EQ(payload->key_id, kKid);
  EXPECT_EQ(back.issuer, claims.issuer);
  EXPECT_EQ(back.audience, claims.audience);
  EXPECT_EQ(back.id, claims.id);
  EXPECT_EQ(back.not_before, claims.not_before);
  EXPECT_EQ(back.expires, claims.expires);
  EXPECT_EQ(back.device, claims.device);
  EXPECT_EQ(back.subject, claims.subject);
  EXPECT_THAT(back.subject_alt_names,
              ElementsAre(claims.subject_alt_names[1], claims.subject_alt_names[0],
                          claims.subject_alt_names[2]));
  EXPECT_EQ(back.key_usage, claims.key_usage);
  EXPECT_THAT(back.extended_key_usage, ElementsAre("1.3.6.1.4.1.311.10.3.4", "1.3.6.1.5.5.7.3.2"));
  EXPECT_EQ(back.sid, claims.sid);
  EXPECT_EQ(back.template_name, claims.template_name);
  ASSERT_TRUE(back.least_key.has_value());
  EXPECT_EQ(back.least_key->kind, crypto::KeyKind::rsa);
  EXPECT_EQ(back.least_key->bits, 2048);
  EXPECT_EQ(back.public_key_info_sha256, claims.public_key_info_sha256);
}

TEST(ClaimsCodec, WhatIsNotClaimedIsNotWritten) {
  const std::string payload = encode_payload({kKid, testing::least_claims()});
  EXPECT_EQ(payload,
            R"({"aud":"devices","dev":"9c2b6a52-6d3c-4d3a-8f55-9f3f3c1a7a20","exp":1767229200,)"
            R"("iss":"https://mdm.example","jti":"5f0c2f0e-8f4b-4b0a-9d53-0d2c6f7e1a11",)"
            R"("kid":"0123456789abcdef","nbf":1767225600})");
  const auto back = decode_payload(payload);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_FALSE(back->claims.subject || back->claims.sid || back->claims.template_name);
  EXPECT_FALSE(back->claims.least_key || back->claims.public_key_info_sha256);
  EXPECT_TRUE(back->claims.subject_alt_names.empty() && back->claims.extended_key_usage.empty());
  EXPECT_EQ(back->claims.key_usage, 0);
}

TEST(ClaimsCodec, AnyOrderOfASetIsOneSpelling) {
  Claims claims = testing::full_claims();
  const std::string payload = encode_payload({kKid, claims});
  std::swap(claims.subject_alt_names[0], claims.subject_alt_names[2]);
  std::swap(claims.extended_key_usage[0], claims.extended_key_usage[1]);
  claims.subject_alt_names.push_back(claims.subject_alt_names[1]);
  EXPECT_EQ(encode_payload({kKid, claims}), payload);
}

TEST(ClaimsCodec, RefusesByTheMembersName) {
  struct Row {
    const char* name;
    std::string payload;
    const char* in_message;
  };
  const std::string good = kHead + kMiddle + kTail + "}";
  // The order is looked at last, so that these rows may put their member anywhere.
  const auto with = [&](const std::string& more) {
    return kHead + kMiddle + kTail + "," + more + "}";
  };
  ASSERT_TRUE(decode_payload(good).ok());
  const std::string long_name(1025, 'a');
  const Row rows[] = {
      {"no JSON", "{", "cannot be read"},
      {"an array", "[1]", "bad claims"},
      {"not UTF-8", with("\"sub\":\"CN=\xff\""), "cannot be read"},
      {"a byte order mark", "\xEF\xBB\xBF" + good, "cannot be read"},
      {"text behind it", good + "x", "cannot be read"},
      {"too deep", with(R"("san":[["dns:a"]])"), "cannot be read"},
      {"a key twice", with(R"("sub":"CN=a","sub":"CN=b")"), "twice"},
      {"an unknown member", with(R"("zzz":1)"), "zzz"},
      {"null", with(R"("sub":null)"), "sub"},
      {"a space", replaced(good, ":1}", ": 1}"), "RFC 8785"},
      {"members in another order", replaced(good, kHead, R"({"dev":"d","aud":"s",)"), "RFC 8785"},
      {"an escape that need not be", replaced(good, "\"d\"", R"("\u0064")"), "RFC 8785"},
      {"no issuer", replaced(good, R"("iss":"i",)", ""), "iss"},
      {"no audience", replaced(good, R"("aud":"s",)", ""), "aud"},
      {"no id", replaced(good, R"("jti":"j",)", ""), "jti"},
      {"no key id", replaced(good, R"("kid":"0123456789abcdef",)", ""), "kid"},
      {"no device", replaced(good, R"("dev":"d",)", ""), "dev"},
      {"no end", replaced(good, R"("exp":2,)", ""), "exp"},
      {"no beginning", replaced(good, R"(,"nbf":1)", ""), "nbf"},
      {"an empty device", replaced(good, R"("dev":"d")", R"("dev":"")"), "dev"},
      {"a line break in the device", replaced(good, R"("dev":"d")", R"("dev":"a\nb")"), "dev"},
      {"an id of other characters", replaced(good, R"("jti":"j")", R"("jti":"j/k")"), "jti"},
      {"a service of other characters", replaced(good, R"("aud":"s")", R"("aud":"s t")"), "aud"},
      {"a key id in capitals", replaced(good, "abcdef", "ABCDEF"), "kid"},
      {"a short key id", replaced(good, "0123456789abcdef", "0123"), "kid"},
      {"an end before the beginning", replaced(good, R"("exp":2)", R"("exp":1)"), "exp"},
      {"an end too far away", replaced(good, R"("exp":2)", R"("exp":31622402)"), "366 days"},
      {"an end after the year 9999", replaced(good, R"("exp":2)", R"("exp":253402300800)"), "exp"},
      {"a negative beginning", replaced(good, R"("nbf":1)", R"("nbf":-1)"), "nbf"},
      {"a fraction", replaced(good, R"("nbf":1)", R"("nbf":1.5)"), "nbf"},
      {"a float", replaced(good, R"("nbf":1)", R"("nbf":1.0)"), "nbf"},
      {"an empty subject", with(R"("sub":"")"), "sub"},
      {"a subject that is no name", with(R"("sub":"laptop")"), "sub"},
      {"a subject too long", with(R"("sub":"CN=)" + long_name + "\""), "sub"},
      {"no names", with(R"("san":[])"), "san"},
      {"names as text", with(R"("san":"dns:a")"), "san"},
      {"a name without a kind", with(R"("san":["a.example"])"), "san"},
      {"a name of an unknown kind", with(R"("san":["other:00"])"), "san"},
      {"no address", with(R"("san":["ip:1.2.3"])"), "san"},
      {"names out of order", with(R"("san":["dns:b","dns:a"])"), "san[1]"},
      {"a name twice", with(R"("san":["dns:a","dns:a"])"), "san[1]"},
      {"no OID", with(R"("eku":["1.2.x"])"), "eku"},
      {"no key usage", with(R"("ku":0)"), "ku"},
      {"key usages beyond bit 8", with(R"("ku":512)"), "ku"},
      {"another SID", with(R"("sid":"s-1-5-18")"), "sid"},
      {"an empty template", with(R"("tpl":"")"), "tpl"},
      {"another kind of key", with(R"("kbits":256,"kty":"dsa")"), "kty"},
      {"bits alone", with(R"("kbits":256)"), "kty"},
      {"a kind alone", with(R"("kty":"ec")"), "kbits"},
      {"an unknown curve", with(R"("kbits":257,"kty":"ec")"), "kbits"},
      {"a small RSA key", with(R"("kbits":1024,"kty":"rsa")"), "kbits"},
      {"a short hash", with(R"("spki":"AAAA")"), "spki"},
  };
  for (const Row& row : rows) {
    const auto payload = decode_payload(row.payload);
    ASSERT_FALSE(payload.ok()) << row.name;
    EXPECT_EQ(payload.error().code(), error_code(ChallengeErrc::malformed)) << row.name;
    EXPECT_EQ(payload.error().kind(), ErrorKind::permanent) << row.name;
    EXPECT_THAT(payload.error().message(), HasSubstr(row.in_message)) << row.name;
  }
}

}  // namespace
}  // namespace certconnector::challenge
