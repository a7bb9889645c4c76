#include "common/crypto/signature_algorithm.h"

#include <gtest/gtest.h>

#include "common/crypto/errors.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kSha1 = "1.3.14.3.2.26";
constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";

Result<SignatureAlgorithm> parse(const Bytes& whole) {
  return parse_signature_algorithm(der::read_only(whole, der::kSequence).value());
}

// RSASSA-PSS with whatever `parameters` writes.
Bytes pss(const std::function<void(der::Writer&)>& parameters) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.2.840.113549.1.1.10");
      w.nest(der::kSequence, [&] { parameters(w); });
    });
  });
}

void write_hash(der::Writer& w, std::string_view oid) {
  w.nest(der::context(0), [&] { w.raw(algorithm(oid, true)); });
}

void write_mask(der::Writer& w, std::string_view function, std::string_view hash) {
  w.nest(der::context(1), [&] {
    w.nest(der::kSequence, [&] {
      write_oid(w, function);
      w.raw(algorithm(hash, true));
    });
  });
}

constexpr std::string_view kMgf1 = "1.2.840.113549.1.1.8";

TEST(SignatureAlgorithm, ReadsWhatItWrites) {
  for (const KeyKind kind : {KeyKind::rsa, KeyKind::ec}) {
    for (const HashAlgorithm hash :
         {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
      const auto parsed = parse(encode_signature_algorithm(kind, hash));
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(parsed->hash, hash);
      EXPECT_EQ(parsed->scheme,
                kind == KeyKind::rsa ? SignatureScheme::rsa_pkcs1 : SignatureScheme::ecdsa);
    }
  }
}

TEST(SignatureAlgorithm, RsaTakesAbsentParameters) {
  EXPECT_TRUE(parse(algorithm("1.2.840.113549.1.1.11", false)).ok());
}

TEST(SignatureAlgorithm, ReadsPss) {
  const auto parsed = parse(pss([](der::Writer& w) {
    write_hash(w, kSha256);
    write_mask(w, kMgf1, kSha256);
    w.nest(der::context(2), [&] { w.integer(32); });
  }));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->scheme, SignatureScheme::rsa_pss);
  EXPECT_EQ(parsed->salt_length, 32);
}

TEST(SignatureAlgorithm, RefusesOtherPss) {
  struct Row {
    std::string_view what;
    Bytes der;
    CryptoErrc reason;
  };
  const Row rows[] = {
      {"SHA-1 by default", pss([](der::Writer&) {}), CryptoErrc::weak_signature},
      {"SHA-1 by name", pss([](der::Writer& w) {
         write_hash(w, kSha1);
         write_mask(w, kMgf1, kSha1);
       }),
       CryptoErrc::weak_signature},
      {"MGF1 with SHA-1 by default", pss([](der::Writer& w) { write_hash(w, kSha256); }),
       CryptoErrc::weak_signature},
      {"two hashes", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, kMgf1, kSha384);
       }),
       CryptoErrc::unsupported},
      {"an unknown hash", pss([](der::Writer& w) { write_hash(w, "1.2.3"); }),
       CryptoErrc::unsupported},
      {"an unknown mask", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, "1.2.3", kSha256);
       }),
       CryptoErrc::unsupported},
      {"a huge salt", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, kMgf1, kSha256);
         w.nest(der::context(2), [&] { w.integer(100000); });
       }),
       CryptoErrc::malformed},
      {"a trailer field", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, kMgf1, kSha256);
         w.nest(der::context(3), [&] { w.integer(2); });
       }),
       CryptoErrc::malformed},
      {"an empty salt", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, kMgf1, kSha256);
         w.nest(der::context(2), [] {});
       }),
       CryptoErrc::malformed},
      {"a salt that is cut off", pss([](der::Writer& w) {
         write_hash(w, kSha256);
         write_mask(w, kMgf1, kSha256);
         w.raw(Bytes{0xA2, 0x05, 0x02});
       }),
       CryptoErrc::malformed},
      {"no parameters", algorithm("1.2.840.113549.1.1.10", false), CryptoErrc::malformed},
  };
  for (const Row& row : rows) {
    const auto parsed = parse(row.der);
    ASSERT_FALSE(parsed.ok()) << row.what;
    EXPECT_EQ(parsed.error().code().name, error_code(row.reason).name)
        << row.what << ": " << parsed.error().message();
  }
}

TEST(SignatureAlgorithm, RefusesMalformedOnes) {
  const Bytes refused[] = {{}, {0x05, 0x00}, {0x06, 0x00}, {0x06, 0x01, 0x80}};
  for (const Bytes& contents : refused) EXPECT_FALSE(parse_signature_algorithm(contents).ok());
}

}  // namespace
}  // namespace certconnector::crypto
