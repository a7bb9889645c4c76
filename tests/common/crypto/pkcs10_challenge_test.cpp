#include "common/crypto/pkcs10_challenge.h"

#include <gtest/gtest.h>

#include "common/crypto/directory_string.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

TEST(Pkcs10Challenge, IsBlankedInPlace) {
  Pkcs10Spec spec;
  spec.subject = parse_rfc4514("CN=device1").value();
  spec.subject_alt_names = {{GeneralNameKind::dns, "device1.example"}};
  spec.challenge_password = "s\u00e9cret";
  const Bytes before = make_pkcs10(ec_key(), spec).value();
  Bytes blanked = before;
  EXPECT_TRUE(blank_challenge(blanked));
  EXPECT_EQ(blanked.size(), before.size());
  EXPECT_FALSE(Pkcs10::parse(blanked).ok()) << "its signature is of another content";
  const auto parsed = Pkcs10::parse(blanked, ProofOfPossession::known);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->challenge_password(), "xxxxxxx");
  EXPECT_EQ(parsed->subject_alt_names().value(), spec.subject_alt_names);
  EXPECT_EQ(parsed->public_key_info(), ByteView(ec_key().public_key_info()));
}

// The blanked one is still a string of its type.
TEST(Pkcs10Challenge, EveryStringTypeStaysReadable) {
  const std::pair<std::uint8_t, Bytes> rows[] = {{der::kNumericString, {'1', '2'}},
                                                 {der::kUniversalString, {0, 0, 0, 'a'}},
                                                 {der::kBmpString, {0, 'a', 0, 'b'}},
                                                 {der::kPrintableString, {'a'}}};
  for (const auto& [tag, value] : rows) {
    RequestPieces pieces;
    pieces.attributes = challenge_password(tag, value);
    Bytes request = build_request(pieces);
    EXPECT_TRUE(blank_challenge(request)) << int{tag};
    const auto parsed = Pkcs10::parse(request, ProofOfPossession::known);
    ASSERT_TRUE(parsed.ok()) << int{tag} << parsed.error().message();
    EXPECT_NE(parsed->challenge_password(), decode_string(tag, value));
  }
}

TEST(Pkcs10Challenge, WhatHasNoneStays) {
  for (const Bytes& before : {make_pkcs10(ec_key(), {}).value(), Bytes(), Bytes(300, 0x30),
                              Bytes{0x30, 0x03, 0x02, 0x01}}) {
    Bytes same = before;
    EXPECT_FALSE(blank_challenge(same));
    EXPECT_EQ(same, before);
  }
}

}  // namespace
}  // namespace certconnector::crypto
