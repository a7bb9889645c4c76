#include "common/crypto/pkcs10.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/crypto/public_key.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

using ::testing::ElementsAre;

Pkcs10Spec full_spec() {
  Pkcs10Spec spec;
  spec.subject = parse_rfc4514("CN=device1,O=Test").value();
  spec.subject_alt_names = {{GeneralNameKind::dns, "device1.example"},
                            {GeneralNameKind::ip, "2001:db8::1"}};
  spec.key_usage = kDigitalSignature | kKeyEncipherment;
  spec.extended_key_usage = {std::string(oid::kClientAuth)};
  spec.challenge_password =
      "s\xC3\xA9"
      "cret";
  return spec;
}

TEST(Pkcs10, ReadsBackWhatItWrites) {
  const PrivateKey keys[] = {rsa_key(), ec_key(), PrivateKey::generate({KeyKind::ec, 384}).value(),
                             PrivateKey::generate({KeyKind::ec, 521}).value()};
  for (const PrivateKey& key : keys) {
    const Bytes der = make_pkcs10(key, full_spec()).value();
    const auto parsed = Pkcs10::parse(der);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ(parsed->der(), ByteView(der));
    EXPECT_EQ(to_rfc4514(parse_name(parsed->subject()).value()), "CN=device1,O=Test");
    EXPECT_EQ(parsed->public_key_info(), ByteView(key.public_key_info()));
    EXPECT_EQ(parsed->key_kind(), key.kind());
    EXPECT_EQ(parsed->key_bits(), key.bits());
    EXPECT_EQ(parsed->subject_alt_names().value(), full_spec().subject_alt_names);
    EXPECT_EQ(parsed->key_usage().value(), kDigitalSignature | kKeyEncipherment);
    EXPECT_THAT(parsed->extended_key_usage().value(), ElementsAre("1.3.6.1.5.5.7.3.2"));
    EXPECT_EQ(parsed->challenge_password(), full_spec().challenge_password);
  }
}

TEST(Pkcs10, ViewsStayGoodWhenItMoves) {
  Pkcs10 first = Pkcs10::parse(make_pkcs10(ec_key(), full_spec()).value()).value();
  const Pkcs10 second = std::move(first);
  EXPECT_EQ(second.subject(), ByteView(encode_name(full_spec().subject)));
  EXPECT_EQ(second.public_key_info(), ByteView(ec_key().public_key_info()));
  EXPECT_EQ(second.key_usage().value(), kDigitalSignature | kKeyEncipherment);
}

TEST(Pkcs10, WhatIsNotAskedForIsEmpty) {
  const auto parsed = Pkcs10::parse(make_pkcs10(ec_key(), {}).value());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_TRUE(parsed->extensions().empty());
  EXPECT_TRUE(parsed->subject_alt_names().value().empty());
  EXPECT_EQ(parsed->key_usage().value(), 0);
  EXPECT_TRUE(parsed->extended_key_usage().value().empty());
  EXPECT_EQ(parsed->challenge_password(), std::nullopt);
  EXPECT_EQ(parsed->find_extension(oid::kSubjectAltName), nullptr);
}

TEST(Pkcs10, AKeyAtHandServesOnlyWhereItIsTheRequests) {
  const PublicKey at_hand = PublicKey::from_info(ec_key().public_key_info()).value();
  const auto parse = [&](const Bytes& der) {
    return Pkcs10::parse(der, ProofOfPossession::verify, &at_hand);
  };
  EXPECT_TRUE(parse(make_pkcs10(ec_key(), full_spec()).value()).ok());
  EXPECT_TRUE(parse(make_pkcs10(rsa_key(), full_spec()).value()).ok());
  RequestPieces stolen;  // names another's key and is signed with the one at hand
  stolen.key_info = PrivateKey::generate({KeyKind::ec, 256}).value().public_key_info();
  EXPECT_FALSE(parse(build_request(stolen, ec_key())).ok());
}

TEST(Pkcs10, AProofThatIsKnownIsNotLookedAtAgain) {
  RequestPieces pieces;
  pieces.signature = Bytes(8, 1);
  const Bytes der = build_request(pieces);
  EXPECT_FALSE(Pkcs10::parse(der).ok());
  const auto parsed = Pkcs10::parse(der, ProofOfPossession::known);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->key_bits(), 256);
  EXPECT_EQ(parsed->public_key_info(), ByteView(ec_key().public_key_info()));
}

TEST(Pkcs10, TakesRequestsWithoutAttributes) {
  RequestPieces pieces;
  pieces.attributes.reset();
  EXPECT_TRUE(Pkcs10::parse(build_request(pieces)).ok());
}

TEST(Pkcs10, TakesAnExtensionRequestWithoutValue) {
  RequestPieces pieces;
  pieces.attributes = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.2.840.113549.1.9.14");
      w.nest(der::kSet, [] {});
    });
  });
  EXPECT_TRUE(Pkcs10::parse(build_request(pieces)).ok());
}

TEST(Pkcs10, TakesMicrosoftsExtensionRequestBesideUnknownAttributes) {
  RequestPieces pieces;
  pieces.attributes = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.3.6.1.4.1.311.13.2.3");  // OS version
      w.nest(der::kSet, [&] { w.element(der::kIa5String, std::string_view("10.0.1")); });
    });
    w.raw(extension_request({extension("2.5.29.15", Bytes{0x03, 0x02, 0x05, 0xA0}, true)},
                            "1.3.6.1.4.1.311.2.1.14"));
  });
  const auto parsed = Pkcs10::parse(build_request(pieces));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  ASSERT_EQ(parsed->extensions().size(), 1U);
  EXPECT_TRUE(parsed->extensions().front().critical);
  EXPECT_EQ(parsed->key_usage().value(), kDigitalSignature | kKeyEncipherment);
}

constexpr std::string_view kMicrosofts = "1.3.6.1.4.1.311.2.1.14";

TEST(Pkcs10, TakesAListThatBothAttributesHave) {
  const std::vector<Bytes> list{extension("2.5.29.15", Bytes{0x03, 0x02, 0x05, 0xA0}, true),
                                extension("2.5.29.17", Bytes{0x30, 0x03, 0x82, 0x01, 0x61})};
  for (const std::string_view second : {kMicrosofts, std::string_view("1.2.840.113549.1.9.14")}) {
    RequestPieces pieces;
    pieces.attributes = extension_request(list);
    der::Writer(*pieces.attributes).raw(extension_request(list, second));
    const auto parsed = Pkcs10::parse(build_request(pieces));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ(parsed->extensions().size(), 2U);
    EXPECT_EQ(parsed->key_usage().value(), kDigitalSignature | kKeyEncipherment);
  }
}

TEST(Pkcs10, TakesAttributesThatSayTheSameTwice) {
  RequestPieces pieces;
  pieces.attributes = challenge_password(der::kPrintableString, as_bytes("secret"));
  der::Writer writer(*pieces.attributes);
  writer.raw(challenge_password(der::kUtf8String, as_bytes("secret")));
  for (const std::string_view version : {"10.0.1", "10.0.2"}) {  // nobody reads it
    writer.nest(der::kSequence, [&] {
      write_oid(writer, "1.3.6.1.4.1.311.13.2.3");
      writer.nest(der::kSet, [&] { writer.element(der::kIa5String, version); });
    });
  }
  const auto parsed = Pkcs10::parse(build_request(pieces));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->challenge_password(), "secret");
}

TEST(Pkcs10, TakesAKeyUsageWithTrailingZeroBits) {
  RequestPieces pieces;
  pieces.attributes =
      extension_request({extension("2.5.29.15", Bytes{0x03, 0x02, 0x01, 0xA0}, true)});
  const auto parsed = Pkcs10::parse(build_request(pieces));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->key_usage().value(), kDigitalSignature | kKeyEncipherment);
}

TEST(Pkcs10, ListsEveryAttribute) {
  const auto text_attribute = [](const char* oid, std::string_view value) {
    return build_der([&](der::Writer& w) {
      w.nest(der::kSequence, [&] {
        write_oid(w, oid);
        w.nest(der::kSet, [&] { w.element(der::kIa5String, value); });
      });
    });
  };
  RequestPieces pieces;
  pieces.attributes = challenge_password(der::kPrintableString, as_bytes("secret"));
  for (const char* oid :
       {"1.3.6.1.4.1.311.13.2.3", "1.3.6.1.4.1.311.13.2.1", "1.3.6.1.4.1.311.13.2.1"}) {
    der::Writer(*pieces.attributes).raw(text_attribute(oid, "x"));
  }
  const auto parsed = Pkcs10::parse(build_request(pieces));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  std::vector<std::string> oids;
  for (const RequestAttribute& one : parsed->attributes()) oids.push_back(one.oid);
  EXPECT_THAT(oids, ElementsAre("1.2.840.113549.1.9.7", "1.3.6.1.4.1.311.13.2.3",
                                "1.3.6.1.4.1.311.13.2.1", "1.3.6.1.4.1.311.13.2.1"));
  EXPECT_EQ(parsed->attributes()[1].values.to_bytes(), (Bytes{der::kIa5String, 1, 'x'}));
  EXPECT_TRUE(Pkcs10::parse(build_request({}))->attributes().empty());
}

TEST(Pkcs10, TakesAttributesInAnyOrder) {
  const Bytes challenge = challenge_password(der::kPrintableString, as_bytes("secret"));
  const Bytes request = extension_request({extension("2.5.29.15", Bytes{0x03, 0x02, 0x05, 0xA0})});
  for (const bool challenge_first : {true, false}) {
    RequestPieces pieces;
    pieces.attributes = challenge_first ? challenge : request;
    der::Writer(*pieces.attributes).raw(challenge_first ? request : challenge);
    EXPECT_TRUE(Pkcs10::parse(build_request(pieces)).ok());
  }
}

TEST(Pkcs10, ReadsChallengePasswordsOfEveryStringType) {
  struct Row {
    std::uint8_t tag;
    Bytes value;
    std::string text;
  };
  const Row rows[] = {
      {der::kPrintableString, {'a', '@', 'b'}, "a@b"},
      {der::kIa5String, {'a', '\n'}, "a\n"},
      {der::kUtf8String, {0xE2, 0x82, 0xAC}, "\xE2\x82\xAC"},
      {der::kT61String, {'a', 0xE9}, "a\xC3\xA9"},
      {der::kBmpString, {0x00, 'a', 0x20, 0xAC}, "a\xE2\x82\xAC"},
      {der::kUniversalString, {0x00, 0x01, 0xF6, 0x00}, "\xF0\x9F\x98\x80"},
  };
  for (const Row& row : rows) {
    RequestPieces pieces;
    pieces.attributes = challenge_password(row.tag, row.value);
    const auto parsed = Pkcs10::parse(build_request(pieces));
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ(parsed->challenge_password(), row.text);
  }
}

TEST(Pkcs10, SaysWhichOfTheExtensionsItReadsIsBroken) {
  RequestPieces pieces;
  pieces.attributes = extension_request({extension("2.5.29.17", Bytes{0x30, 0x00}),
                                         extension("2.5.29.15", Bytes{0x03, 0x02, 0x06, 0xA0}),
                                         extension("2.5.29.37", Bytes{0x30, 0x02, 0x05, 0x00})});
  const auto parsed = Pkcs10::parse(build_request(pieces));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->subject_alt_names().error().code().name,
            error_code(CryptoErrc::malformed).name);
  EXPECT_EQ(parsed->key_usage().error().code().name, error_code(CryptoErrc::malformed).name);
  EXPECT_EQ(parsed->extended_key_usage().error().code().name,
            error_code(CryptoErrc::malformed).name);
}

TEST(Pkcs10, RefusesToWriteWhatCannotBeEncoded) {
  Pkcs10Spec spec;
  spec.extended_key_usage = {"clientAuth"};
  EXPECT_FALSE(make_pkcs10(ec_key(), spec).ok());
  spec = {};
  spec.subject_alt_names = {{GeneralNameKind::ip, "300.1.1.1"}};
  EXPECT_FALSE(make_pkcs10(ec_key(), spec).ok());
}

TEST(KeyUsage, NamesAndBitsMatch) {
  EXPECT_THAT(key_usage_names(kDigitalSignature | kCrlSign | kDecipherOnly),
              ElementsAre("digitalSignature", "cRLSign", "decipherOnly"));
  for (unsigned bit = 0; bit < 9; ++bit) {
    const auto mask = static_cast<std::uint16_t>(1U << bit);
    EXPECT_EQ(key_usage_from_name(key_usage_names(mask).front()), mask);
  }
  EXPECT_EQ(key_usage_from_name("contentCommitment"), kNonRepudiation);
  EXPECT_EQ(key_usage_from_name("DigitalSignature"), std::nullopt);
  EXPECT_TRUE(key_usage_names(0).empty());
}

}  // namespace
}  // namespace certconnector::crypto
