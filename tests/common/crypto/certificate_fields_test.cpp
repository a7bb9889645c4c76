#include "common/crypto/certificate_fields.h"

#include <gtest/gtest.h>

#include "common/crypto/certificate.h"
#include "common/crypto/errors.h"
#include "common/crypto/public_key.h"
#include "tests/common/crypto/request_builder.h"
#include "tests/support/test_pki.h"

namespace certconnector::crypto {
namespace {

TEST(CertificateFields, AreThoseThatOpensslReads) {
  const testing::TestPki pki;
  for (const Certificate& certificate :
       {pki.root().certificate, pki.intermediate().certificate, pki.server().certificate}) {
    const auto fields = parse_certificate_fields(certificate.der());
    ASSERT_TRUE(fields.ok()) << fields.error().message();
    EXPECT_EQ(fields->serial, ByteView(certificate.serial()));
    EXPECT_EQ(fields->issuer, ByteView(certificate.issuer()));
    EXPECT_EQ(fields->subject, ByteView(certificate.subject()));
    EXPECT_EQ(fields->not_before, certificate.not_before());
    EXPECT_EQ(fields->not_after, certificate.not_after());
    EXPECT_EQ(fields->public_key_info, ByteView(certificate.public_key_info()));
    EXPECT_EQ(fields->subject_key_id, ByteView(certificate.subject_key_id()));
  }
}

TEST(CertificateFields, CarryTheSignatureAndWhatItIsOver) {
  const testing::TestPki pki;
  const Bytes& der = pki.server().certificate.der();
  const auto fields = parse_certificate_fields(der);
  ASSERT_TRUE(fields.ok());
  const auto algorithm = parse_signature_algorithm(fields->signature_algorithm);
  const auto issuer = PublicKey::from_info(pki.intermediate().certificate.public_key_info());
  ASSERT_TRUE(algorithm.ok() && issuer.ok());
  EXPECT_TRUE(issuer->verify(*algorithm, fields->tbs, fields->signature).ok());
}

TEST(CertificateFields, ACertificateThatIsCutOffAnywhereIsRefused) {
  const testing::TestPki pki;
  const Bytes& der = pki.server().certificate.der();
  for (std::size_t size = 0; size < der.size(); ++size) {
    const auto fields = parse_certificate_fields(ByteView(der.data(), size));
    ASSERT_FALSE(fields.ok()) << size;
    EXPECT_EQ(fields.error().code(), error_code(CryptoErrc::malformed)) << size;
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(parse_certificate_fields(longer).ok());
}

struct CertificatePieces {
  Bytes version = build_der([](der::Writer& w) { w.nest(der::context(0), [&] { w.integer(2); }); });
  Bytes serial = build_der([](der::Writer& w) { w.integer(7); });
  Bytes validity = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.time(Timestamp(std::chrono::hours(24)));
      w.time(Timestamp(std::chrono::hours(48)));
    });
  });
  Bytes extensions;  // [3] and what comes before it
};

Bytes build_certificate(const CertificatePieces& pieces) {
  const Bytes none = {0x30, 0x00};
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.nest(der::kSequence, [&] {
        for (const Bytes* piece : {&pieces.version, &pieces.serial, &none, &none, &pieces.validity,
                                   &none, &none, &pieces.extensions}) {
          w.raw(*piece);
        }
      });
      w.raw(none);
      w.bit_string(ByteView());
    });
  });
}

Bytes extension_list(const std::vector<Bytes>& extensions) {
  return build_der([&](der::Writer& w) {
    w.nest(der::context(3), [&] {
      w.nest(der::kSequence, [&] {
        for (const Bytes& one : extensions) w.raw(one);
      });
    });
  });
}

TEST(CertificateFields, OldVersionsAndUniqueIdentifiersAreTaken) {
  EXPECT_TRUE(parse_certificate_fields(build_certificate({})).ok());
  CertificatePieces old;
  old.version = {};
  EXPECT_TRUE(parse_certificate_fields(build_certificate(old)).ok());
  CertificatePieces unique;
  unique.extensions = {0x81, 0x01, 0x00, 0x82, 0x01, 0x00};
  EXPECT_TRUE(parse_certificate_fields(build_certificate(unique)).ok());
  CertificatePieces with_key_id;
  with_key_id.extensions = extension_list({extension("2.5.29.14", Bytes{0x04, 0x02, 0xAB, 0xCD}),
                                           extension("2.5.29.19", Bytes{0x30, 0x00}, true)});
  const Bytes der = build_certificate(with_key_id);
  EXPECT_EQ(parse_certificate_fields(der)->subject_key_id, ByteView(Bytes{0xAB, 0xCD}));
}

TEST(CertificateFields, RefusesWhatIsNotOfTheForm) {
  const auto with = [](auto member, const Bytes& value) {
    CertificatePieces pieces;
    pieces.*member = value;
    return build_certificate(pieces);
  };
  const struct {
    const char* what;
    Bytes der;
  } rows[] = {
      {"a version that is no number", with(&CertificatePieces::version, {0xA0, 0x02, 0x04, 0x00})},
      {"a negative serial", with(&CertificatePieces::serial, {0x02, 0x01, 0x80})},
      {"one date only", with(&CertificatePieces::validity, {0x30, 0x00})},
      {"extensions without their list", with(&CertificatePieces::extensions, {0xA3, 0x00})},
      {"an extension without a value",
       with(&CertificatePieces::extensions, extension_list({Bytes{0x30, 0x00}}))},
      {"a key identifier that is no OCTET STRING",
       with(&CertificatePieces::extensions,
            extension_list({extension("2.5.29.14", Bytes{0x05, 0x00})}))},
      {"something behind the extensions",
       with(&CertificatePieces::extensions, {0xA3, 0x02, 0x30, 0x00, 0x05, 0x00})},
  };
  for (const auto& row : rows) {
    const auto fields = parse_certificate_fields(row.der);
    ASSERT_FALSE(fields.ok()) << row.what;
    EXPECT_EQ(fields.error().code(), error_code(CryptoErrc::malformed)) << row.what;
  }
}

}  // namespace
}  // namespace certconnector::crypto
