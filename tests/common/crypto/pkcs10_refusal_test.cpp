// Requests that Pkcs10::parse() must not take, each with its error.
#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

struct BadRequest {
  std::string name;
  Bytes der;
  CryptoErrc reason;
};

std::ostream& operator<<(std::ostream& out, const BadRequest& request) {
  return out << request.name;
}

Bytes with(const std::function<void(RequestPieces&)>& change, const PrivateKey& key = ec_key()) {
  RequestPieces pieces;
  change(pieces);
  return build_request(pieces, key);
}

Bytes with_attributes(Bytes attributes) {
  return with([&](RequestPieces& p) { p.attributes = std::move(attributes); });
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes good() { return build_request({}); }

Bytes truncated() {
  Bytes der = good();
  der.pop_back();
  return der;
}

Bytes indefinite_length() {
  const Bytes der = good();
  const Bytes contents = der::read_only(der, der::kSequence)->to_bytes();
  return joined(joined({0x30, 0x80}, contents), {0x00, 0x00});
}

// The outer length in one octet more than it needs.
Bytes long_length() {
  const Bytes der = good();
  const Bytes contents = der::read_only(der, der::kSequence)->to_bytes();
  return joined({0x30, 0x83, 0x00, static_cast<std::uint8_t>(contents.size() >> 8U),
                 static_cast<std::uint8_t>(contents.size())},
                contents);
}

Bytes nested(std::size_t depth, std::uint8_t tag) {
  Bytes out;
  for (std::size_t i = 0; i < depth; ++i) {
    Bytes outer;
    der::Writer(outer).element(tag, out);
    out = std::move(outer);
  }
  return out;
}

// Each level opens another without an end.
Bytes bomb() {
  Bytes out;
  for (std::size_t i = 0; i < 60000; i += 2) out.insert(out.end(), {0x30, 0x80});
  return out;
}

Bytes unsigned_request() {
  return with([](RequestPieces& p) { p.signature = Bytes(); });
}

Bytes signed_by_another() {
  RequestPieces pieces;
  pieces.key_info = PrivateKey::generate({KeyKind::ec, 256}).value().public_key_info();
  return build_request(pieces);
}

Bytes with_algorithm(std::string_view oid, bool null_parameters, const PrivateKey& key) {
  return with([&](RequestPieces& p) { p.signature_algorithm = algorithm(oid, null_parameters); },
              key);
}

Bytes with_key_info(Bytes info) {
  return with([&](RequestPieces& p) { p.key_info = std::move(info); });
}

Bytes odd_modulus(std::size_t octets) {
  Bytes modulus(octets, 0xA5);
  return modulus;
}

Bytes ec_info(ByteView point, std::string_view curve = "1.2.840.10045.3.1.7") {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.nest(der::kSequence, [&] {
        write_oid(w, "1.2.840.10045.2.1");
        write_oid(w, curve);
      });
      w.bit_string(point);
    });
  });
}

Bytes point(std::uint8_t form, std::size_t coordinates) {
  Bytes out(1 + coordinates, 0x11);
  out[0] = form;
  return out;
}

Bytes many_extensions(std::size_t count) {
  std::vector<Bytes> extensions;
  for (std::size_t i = 0; i < count; ++i) {
    extensions.push_back(extension("1.3.6.1.4.1." + std::to_string(i + 1), Bytes{0x05, 0x00}));
  }
  return extension_request(extensions);
}

Bytes many_attributes(std::size_t count) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) {
    der::Writer w(out);
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.3.6.1.4.1." + std::to_string(i + 1));
      w.nest(der::kSet, [&] { w.null(); });
    });
  }
  return out;
}

Bytes extension_with_flag(std::uint8_t flag) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "2.5.29.15");
      w.element(der::kBoolean, ByteView(&flag, 1));
      w.octet_string(Bytes{0x03, 0x02, 0x05, 0xA0});
    });
  });
}

Bytes two_values() {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.2.840.113549.1.9.14");
      w.nest(der::kSet, [&] {
        w.nest(der::kSequence, [] {});
        w.nest(der::kSequence, [] {});
      });
    });
  });
}

Bytes san_extension(std::string_view name = "a") {
  return extension("2.5.29.17", build_der([&](der::Writer& w) {
                     w.nest(der::kSequence, [&] { w.element(der::context_primitive(2), name); });
                   }));
}

std::vector<BadRequest> bad_structure() {
  constexpr auto kMalformed = CryptoErrc::malformed;
  return {
      {"Empty", {}, kMalformed},
      {"OneOctet", {0x30}, kMalformed},
      {"EmptySequence", {0x30, 0x00}, kMalformed},
      {"Text", as_bytes("-----BEGIN CERTIFICATE REQUEST-----").to_bytes(), kMalformed},
      {"Truncated", truncated(), kMalformed},
      {"TrailingOctet", joined(good(), {0x00}), kMalformed},
      {"TwoRequests", joined(good(), good()), kMalformed},
      {"IndefiniteLength", indefinite_length(), kMalformed},
      {"LengthNotMinimal", long_length(), kMalformed},
      {"LengthOverflow", {0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00}, kMalformed},
      {"LengthOfFiveOctets", {0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00}, kMalformed},
      {"Oversized", Bytes(kMaxPkcs10Size + 1, 0x30), kMalformed},
      {"Bomb", bomb(), kMalformed},
      {"NestedSequences", nested(5000, der::kSequence), kMalformed},
      {"NestedSubject", with([](RequestPieces& p) { p.subject = nested(2000, der::kSequence); }),
       kMalformed},
      {"NestedSets", with([](RequestPieces& p) { p.subject = nested(2000, der::kSet); }),
       kMalformed},
      {"NestedAttribute", with_attributes(nested(2000, der::kSequence)), kMalformed},
      {"NoVersion", with([](RequestPieces& p) { p.version = {}; }), kMalformed},
      {"Version2", with([](RequestPieces& p) {
         p.version = {0x02, 0x01, 0x02};
       }),
       CryptoErrc::unsupported},
      {"VersionNegative", with([](RequestPieces& p) {
         p.version = {0x02, 0x01, 0xFF};
       }),
       kMalformed},
      {"VersionNotMinimal", with([](RequestPieces& p) {
         p.version = {0x02, 0x02, 0x00, 0x00};
       }),
       kMalformed},
      {"SubjectIsASet", with([](RequestPieces& p) {
         p.subject = {0x31, 0x00};
       }),
       kMalformed},
      {"SubjectWithEmptySet", with([](RequestPieces& p) {
         p.subject = {0x30, 0x02, 0x31, 0x00};
       }),
       kMalformed},
      {"SubjectWithNul", with([](RequestPieces& p) {
         p.subject = {0x30, 0x0E, 0x31, 0x0C, 0x30, 0x0A, 0x06, 0x03,
                      0x55, 0x04, 0x03, 0x0C, 0x03, 'a',  0x00, 'b'};
       }),
       kMalformed},
      {"SubjectWithBadUtf8", with([](RequestPieces& p) {
         p.subject = {0x30, 0x0D, 0x31, 0x0B, 0x30, 0x09, 0x06, 0x03,
                      0x55, 0x04, 0x03, 0x0C, 0x02, 0xC0, 0x80};
       }),
       kMalformed},
      {"SomethingAfterTheAttributes", with([](RequestPieces& p) {
         p.after_attributes = {0x05, 0x00};
       }),
       kMalformed},
      {"SomethingInsteadOfTheAttributes", with([](RequestPieces& p) {
         p.attributes.reset();
         p.after_attributes = {0x05, 0x00};
       }),
       kMalformed},
  };
}

std::vector<BadRequest> bad_attributes() {
  constexpr auto kMalformed = CryptoErrc::malformed;
  const Bytes challenge = challenge_password(der::kUtf8String, as_bytes("secret"));
  return {
      {"TwoChallengesThatDiffer",
       with_attributes(joined(challenge, challenge_password(der::kUtf8String, as_bytes("other")))),
       kMalformed},
      {"AttributeIsNotASequence", with_attributes({0x05, 0x00}), kMalformed},
      {"AttributeWithoutType", with_attributes({0x30, 0x02, 0x31, 0x00}), kMalformed},
      {"AttributeWithBadOid", with_attributes({0x30, 0x06, 0x06, 0x02, 0x55, 0x80, 0x31, 0x00}),
       kMalformed},
      {"AttributeWithoutValues", with_attributes({0x30, 0x05, 0x06, 0x03, 0x55, 0x04, 0x03}),
       kMalformed},
      {"UnknownAttributeWithGarbage",
       with_attributes({0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03, 0x31, 0x02, 0x30, 0x7F}),
       kMalformed},
      {"TooManyAttributes", with_attributes(many_attributes(101)), kMalformed},
      {"TwoExtensionRequests", with_attributes(two_values()), kMalformed},
      {"ExtensionTwice", with_attributes(extension_request({san_extension(), san_extension()})),
       kMalformed},
      {"ExtensionWithTwoValuesInTwoAttributes",
       with_attributes(joined(extension_request({san_extension()}),
                              extension_request({san_extension("b")}, "1.3.6.1.4.1.311.2.1.14"))),
       kMalformed},
      {"ExtensionOnceCriticalOnceNot",
       with_attributes(
           joined(extension_request({extension_with_flag(0x00)}),
                  extension_request({extension_with_flag(0xFF)}, "1.3.6.1.4.1.311.2.1.14"))),
       kMalformed},
      {"TooManyExtensions", with_attributes(many_extensions(101)), kMalformed},
      {"ExtensionWithoutValue",
       with_attributes(extension_request({{0x30, 0x05, 0x06, 0x03, 0x55, 0x1D, 0x0F}})),
       kMalformed},
      {"ExtensionWithBadBoolean", with_attributes(extension_request({extension_with_flag(0x01)})),
       kMalformed},
      {"ExtensionWithTail",
       with_attributes(
           extension_request({{0x30, 0x09, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x04, 0x00, 0x05, 0x00}})),
       kMalformed},
      {"ChallengeIsANumber", with_attributes(challenge_password(der::kInteger, Bytes{0x01})),
       kMalformed},
      {"ChallengeWithNul",
       with_attributes(challenge_password(der::kPrintableString, Bytes{'a', 0x00})), kMalformed},
      {"ChallengeWithOddBmp", with_attributes(challenge_password(der::kBmpString, Bytes{0x00})),
       kMalformed},
      {"ChallengeWithSurrogate",
       with_attributes(challenge_password(der::kBmpString, Bytes{0xD8, 0x00})), kMalformed},
  };
}

std::vector<BadRequest> bad_keys() {
  const Bytes modulus = odd_modulus(256);
  Bytes even = modulus;
  even.back() = 0xA4;
  const Bytes three{0x03};
  return {
      {"Rsa512", build_request({}, unusual_rsa_key(512)), CryptoErrc::weak},
      {"Rsa1024", build_request({}, unusual_rsa_key(1024)), CryptoErrc::weak},
      {"Rsa2040", with_key_info(rsa_info(odd_modulus(255), three)), CryptoErrc::weak},
      {"Rsa8200", with_key_info(rsa_info(odd_modulus(1025), three)), CryptoErrc::unsupported},
      {"RsaModulusZero", with_key_info(rsa_info(Bytes{}, three)), CryptoErrc::weak},
      {"RsaEvenModulus", with_key_info(rsa_info(even, three)), CryptoErrc::malformed},
      {"RsaExponent0", with_key_info(rsa_info(modulus, Bytes{})), CryptoErrc::weak},
      {"RsaExponent1", with_key_info(rsa_info(modulus, Bytes{0x01})), CryptoErrc::weak},
      {"RsaExponent2", with_key_info(rsa_info(modulus, Bytes{0x02})), CryptoErrc::weak},
      {"RsaExponentEven", with_key_info(rsa_info(modulus, Bytes{0x01, 0x00, 0x00})),
       CryptoErrc::weak},
      {"RsaExponentHuge", with_key_info(rsa_info(modulus, Bytes(9, 0x01))),
       CryptoErrc::unsupported},
      {"RsaWithoutNull", with_key_info(build_der([&](der::Writer& w) {
         w.nest(der::kSequence, [&] {
           w.raw(algorithm("1.2.840.113549.1.1.1", false));
           w.bit_string(Bytes{0x30, 0x00});
         });
       })),
       CryptoErrc::malformed},
      {"EcOffTheCurve", with_key_info(ec_info(point(0x04, 64))), CryptoErrc::malformed},
      {"EcInfinity", with_key_info(ec_info(Bytes{0x00})), CryptoErrc::malformed},
      {"EcEmpty", with_key_info(ec_info(Bytes{})), CryptoErrc::malformed},
      {"EcTooShort", with_key_info(ec_info(point(0x04, 63))), CryptoErrc::malformed},
      {"EcHybrid", with_key_info(ec_info(point(0x06, 64))), CryptoErrc::malformed},
      {"EcCompressed", with_key_info(ec_info(point(0x02, 32))), CryptoErrc::unsupported},
      {"EcOtherCurve", build_request({}, unusual_ec_key("secp256k1")), CryptoErrc::unsupported},
      {"EcP224", build_request({}, unusual_ec_key("P-224")), CryptoErrc::unsupported},
      {"Ed25519", with_key_info(build_der([&](der::Writer& w) {
         w.nest(der::kSequence, [&] {
           w.raw(algorithm("1.3.101.112", false));
           w.bit_string(Bytes(32, 0x01));
         });
       })),
       CryptoErrc::unsupported},
      {"KeyIsNotAKey", with_key_info({0x30, 0x00}), CryptoErrc::malformed},
  };
}

std::vector<BadRequest> bad_signatures() {
  return {
      {"Unsigned", unsigned_request(), CryptoErrc::bad_signature},
      {"SignedByAnother", signed_by_another(), CryptoErrc::bad_signature},
      {"SignatureOfZeros",
       with([](RequestPieces& p) { p.signature = Bytes(256, 0x00); }, rsa_key()),
       CryptoErrc::bad_signature},
      {"Md5", with_algorithm("1.2.840.113549.1.1.4", true, rsa_key()), CryptoErrc::weak_signature},
      {"Sha1Rsa", with_algorithm("1.2.840.113549.1.1.5", true, rsa_key()),
       CryptoErrc::weak_signature},
      {"Sha1RsaOiw", with_algorithm("1.3.14.3.2.29", true, rsa_key()), CryptoErrc::weak_signature},
      {"Sha1Ecdsa", with_algorithm("1.2.840.10045.4.1", false, ec_key()),
       CryptoErrc::weak_signature},
      {"PssDefaults",
       with(
           [](RequestPieces& p) {
             p.signature_algorithm = build_der([](der::Writer& w) {
               w.nest(der::kSequence, [&] {
                 write_oid(w, "1.2.840.113549.1.1.10");
                 w.nest(der::kSequence, [] {});
               });
             });
           },
           rsa_key()),
       CryptoErrc::weak_signature},
      {"Unknown", with_algorithm("1.2.3.4", false, ec_key()), CryptoErrc::unsupported},
      {"EcdsaForRsa", with_algorithm("1.2.840.10045.4.3.2", false, rsa_key()),
       CryptoErrc::bad_signature},
      {"RsaForEcdsa", with_algorithm("1.2.840.113549.1.1.11", true, ec_key()),
       CryptoErrc::bad_signature},
      {"WrongHash", with_algorithm("1.2.840.113549.1.1.12", true, rsa_key()),
       CryptoErrc::bad_signature},
      {"EcdsaWithParameters", with_algorithm("1.2.840.10045.4.3.2", true, ec_key()),
       CryptoErrc::malformed},
  };
}

class InvalidPkcs10 : public ::testing::TestWithParam<BadRequest> {};

TEST_P(InvalidPkcs10, GivesTheRightError) {
  const auto parsed = Pkcs10::parse(GetParam().der);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code().name, error_code(GetParam().reason).name)
      << parsed.error().message();
  EXPECT_EQ(parsed.error().kind(), ErrorKind::permanent);
  EXPECT_FALSE(parsed.error().message().empty());
}

std::string bad_request_name(const ::testing::TestParamInfo<BadRequest>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Structure, InvalidPkcs10, ::testing::ValuesIn(bad_structure()),
                         bad_request_name);
INSTANTIATE_TEST_SUITE_P(Attributes, InvalidPkcs10, ::testing::ValuesIn(bad_attributes()),
                         bad_request_name);
INSTANTIATE_TEST_SUITE_P(Keys, InvalidPkcs10, ::testing::ValuesIn(bad_keys()), bad_request_name);
INSTANTIATE_TEST_SUITE_P(Signatures, InvalidPkcs10, ::testing::ValuesIn(bad_signatures()),
                         bad_request_name);

TEST(InvalidPkcs10, AnyFlippedBitIsRefused) {
  const Bytes der = good();
  ASSERT_TRUE(Pkcs10::parse(der).ok());
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const unsigned bit : {static_cast<unsigned>(i % 8), static_cast<unsigned>((i + 5) % 8)}) {
      Bytes flipped = der;
      flipped[i] = static_cast<std::uint8_t>(flipped[i] ^ 1U << bit);
      EXPECT_FALSE(Pkcs10::parse(flipped).ok()) << "octet " << i << " bit " << bit;
    }
  }
}

TEST(InvalidPkcs10, AnyTruncationIsRefused) {
  const Bytes der = good();
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(
        Pkcs10::parse(Bytes(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size))).ok());
  }
}

TEST(InvalidPkcs10, MessagesDoNotRepeatTheChallengePassword) {
  const Bytes der = with_attributes(
      joined(challenge_password(der::kUtf8String, as_bytes("hunter2")), {0x05, 0x00}));
  const auto parsed = Pkcs10::parse(der);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::crypto
