#include "common/crypto/signed_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/ber.h"
#include "common/crypto/certificates_only.h"
#include "common/crypto/errors.h"
#include "tests/common/crypto/cms_peer.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kTransactionId = "2.16.840.1.113733.1.9.7";

const Bytes& signed_content() {
  static const Bytes octets = as_bytes("what is signed, and a zero \0 in it").to_bytes();
  return octets;
}

PublicKey signer_key() {
  return PublicKey::from_info(rsa_credential().certificate.public_key_info()).value();
}

Bytes printable_string(std::string_view text) {
  return build_der([&](der::Writer& w) { w.element(der::kPrintableString, text); });
}

SignedDataSpec our_spec() {
  const Certificate& certificate = rsa_credential().certificate;
  SignedDataSpec spec;
  spec.content = ByteView(signed_content());
  spec.certificates = {ByteView(certificate.der())};
  spec.signer_issuer = ByteView(certificate.issuer());
  spec.signer_serial = ByteView(certificate.serial());
  return spec;
}

TEST(SignedData, ReadsAndVerifiesWhatOpensslSigns) {
  const struct {
    const char* what;
    PeerSigner signer;
    HashAlgorithm hash;
  } rows[] = {
      {"SHA-256", {EVP_sha256()}, HashAlgorithm::sha256},
      {"SHA-384", {EVP_sha384()}, HashAlgorithm::sha384},
      {"SHA-512", {EVP_sha512()}, HashAlgorithm::sha512},
      {"SHA-1", {EVP_sha1()}, HashAlgorithm::sha1},
      {"by key identifier", {EVP_sha256(), CMS_USE_KEYID}, HashAlgorithm::sha256},
      {"BER", {EVP_sha256(), 0, Encoding::ber}, HashAlgorithm::sha256},
  };
  const auto fields = parse_certificate_fields(rsa_credential().certificate.der());
  for (const auto& row : rows) {
    const auto parsed = SignedData::parse(peer_sign(signed_content(), row.signer));
    ASSERT_TRUE(parsed.ok()) << row.what << ": " << parsed.error().message();
    EXPECT_EQ(parsed->content(), ByteView(signed_content())) << row.what;
    EXPECT_EQ(parsed->hash(), row.hash) << row.what;
    ASSERT_THAT(parsed->certificates(), SizeIs(1)) << row.what;
    EXPECT_TRUE(parsed->signer().names(*fields)) << row.what;
    EXPECT_TRUE(parsed->verify(signer_key()).ok()) << row.what;
  }
}

TEST(SignedData, ReadsALargeStreamedContent) {
  const Bytes large(100'000, 0x5A);
  const auto parsed = SignedData::parse(peer_sign(large, {EVP_sha256(), 0, Encoding::ber}));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->content(), ByteView(large));
  EXPECT_TRUE(parsed->verify(signer_key()).ok());
}

TEST(SignedData, OpensslVerifiesWhatWeSign) {
  for (const auto hash :
       {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512, HashAlgorithm::sha1}) {
    SignedDataSpec spec = our_spec();
    spec.hash = hash;
    spec.attributes = {{kTransactionId, printable_string("17")}};
    const auto message = make_signed_data(spec, rsa_credential().key);
    ASSERT_TRUE(message.ok());
    EXPECT_EQ(peer_verify(*message), signed_content());
    EXPECT_EQ(der::from_ber(*message), *message) << "it is DER";
    const auto parsed = SignedData::parse(*message);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_TRUE(parsed->verify(signer_key()).ok());
    EXPECT_EQ(as_text(parsed->attribute(kTransactionId)->value), "17");
    EXPECT_FALSE(parsed->attribute("1.2.3"));
  }
}

TEST(SignedData, ContentMayBeAbsent) {
  SignedDataSpec spec = our_spec();
  spec.content = std::nullopt;
  const auto message = make_signed_data(spec, rsa_credential().key);
  ASSERT_TRUE(message.ok());
  const auto parsed = SignedData::parse(*message);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->content().empty());
  EXPECT_TRUE(parsed->verify(signer_key()).ok());
}

TEST(SignedData, ASignatureOfAnotherKeyDoesNotVerify) {
  const auto parsed = SignedData::parse(peer_sign(signed_content()));
  ASSERT_TRUE(parsed.ok());
  const auto other = PublicKey::from_info(rsa_key().public_key_info());
  EXPECT_EQ(parsed->verify(*other).error().code(), error_code(CryptoErrc::bad_signature));
  const auto elliptic = PublicKey::from_info(ec_key().public_key_info());
  EXPECT_EQ(parsed->verify(*elliptic).error().code(), error_code(CryptoErrc::bad_signature));
}

// Any one bit of what is signed: the content, an attribute, the signature.
TEST(SignedData, WhatWasChangedOnTheWayDoesNotVerify) {
  SignedDataSpec spec = our_spec();
  spec.certificates.clear();
  spec.attributes = {{kTransactionId, printable_string("17")}};
  const Bytes message = make_signed_data(spec, rsa_credential().key).value();
  const auto whole = SignedData::parse(message);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    Bytes changed = message;
    changed[i] ^= 0x01U;
    const auto parsed = SignedData::parse(changed);
    if (!parsed.ok() || !parsed->verify(signer_key()).ok()) {
      ++refused;
      continue;
    }
    // The names of the signer and of the algorithms, and versions, are not signed.
    EXPECT_EQ(parsed->content(), whole->content()) << i;
    EXPECT_EQ(as_text(parsed->attribute(kTransactionId)->value), "17") << i;
  }
  EXPECT_GT(refused, signed_content().size() + 256);
}

TEST(SignedData, AMessageThatIsCutOffAnywhereIsRefused) {
  const Bytes message = peer_sign(signed_content());
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(SignedData::parse(
                     Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size)))
                     .ok())
        << size;
  }
}

// A SignedData put together piece by piece, so that a test can make any one piece wrong.
struct SignedDataPieces {
  Bytes content_type = build_der([](der::Writer& w) { write_oid(w, "1.2.840.113549.1.7.1"); });
  Bytes digest = algorithm("2.16.840.1.101.3.4.2.1", true);
  Bytes attributes = {0xA0, 0x00};
  Bytes signature_algorithm = algorithm("1.2.840.113549.1.1.1", true);
  Bytes signature = Bytes(256, 1);
  int signers = 1;
  Bytes after_signature;
};

Bytes build_signed_data(const SignedDataPieces& pieces) {
  return build_der([&](der::Writer& w) {
    cms::write_content_info(w, cms::kSignedData, [&] {
      w.integer(1);
      w.element(der::kSet, ByteView());
      w.nest(der::kSequence, [&] { w.raw(pieces.content_type); });
      w.nest(der::kSet, [&] {
        for (int i = 0; i < pieces.signers; ++i) {
          w.nest(der::kSequence, [&] {
            w.integer(1);
            cms::write_identifier(w, Bytes{0x30, 0x00}, Bytes{0x01});
            w.raw(pieces.digest);
            w.raw(pieces.attributes);
            w.raw(pieces.signature_algorithm);
            w.octet_string(pieces.signature);
            w.raw(pieces.after_signature);
          });
        }
      });
    });
  });
}

Bytes attribute_list(const std::vector<Bytes>& attributes) {
  return build_der([&](der::Writer& w) {
    w.nest(der::context(0), [&] {
      for (const Bytes& one : attributes) w.raw(one);
    });
  });
}

Bytes signed_attribute(const std::string& oid, const std::vector<Bytes>& values) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, oid);
      w.nest(der::kSet, [&] {
        for (const Bytes& value : values) w.raw(value);
      });
    });
  });
}

TEST(SignedData, RefusesWhatIsNotOfTheForm) {
  ASSERT_TRUE(SignedData::parse(build_signed_data({})).ok());
  const auto with = [](auto member, auto value) {
    SignedDataPieces pieces;
    pieces.*member = value;
    return pieces;
  };
  std::vector<Bytes> many;
  for (int i = 0; i < 51; ++i)
    many.push_back(signed_attribute("1.2." + std::to_string(i), {{0x05, 0x00}}));
  const struct {
    const char* what;
    SignedDataPieces pieces;
    const char* named;
  } rows[] = {
      {"no signer", with(&SignedDataPieces::signers, 0), "signer"},
      {"two signers", with(&SignedDataPieces::signers, 2), "exactly one signer"},
      {"no signed attributes", with(&SignedDataPieces::attributes, Bytes()), "signed attributes"},
      {"an attribute twice",
       with(&SignedDataPieces::attributes,
            attribute_list({signed_attribute("1.2.3", {{0x05, 0x00}}),
                            signed_attribute("1.2.3", {{0x05, 0x00}})})),
       "twice"},
      {"an attribute with two values",
       with(&SignedDataPieces::attributes,
            attribute_list({signed_attribute("1.2.3", {{0x05, 0x00}, {0x05, 0x00}})})),
       "exactly one value"},
      {"an attribute without a value",
       with(&SignedDataPieces::attributes, attribute_list({signed_attribute("1.2.3", {})})),
       "exactly one value"},
      {"too many attributes", with(&SignedDataPieces::attributes, attribute_list(many)),
       "more than 50"},
      {"another content type", with(&SignedDataPieces::content_type, build_der([](der::Writer& w) {
         write_oid(w, "1.2.840.113549.1.7.3");
       })),
       "content"},
      {"something behind the signature",
       with(&SignedDataPieces::after_signature, Bytes{0x05, 0x00}), "behind"},
  };
  for (const auto& row : rows) {
    const auto parsed = SignedData::parse(build_signed_data(row.pieces));
    ASSERT_FALSE(parsed.ok()) << row.what;
    EXPECT_EQ(parsed.error().code(), error_code(CryptoErrc::malformed)) << row.what;
    EXPECT_THAT(parsed.error().message(), HasSubstr(row.named)) << row.what;
  }
  EXPECT_THAT(SignedData::parse(Bytes(131073)).error().message(), HasSubstr("larger"));
}

TEST(SignedData, AlgorithmsThatAreNotTakenAreReadAndNamed) {
  const auto with = [](auto member, const Bytes& value) {
    SignedDataPieces pieces;
    pieces.attributes = attribute_list({signed_attribute("1.2.3", {{0x05, 0x00}})});
    pieces.*member = value;
    return pieces;
  };
  const struct {
    SignedDataPieces pieces;
    bool hash_known;
    const char* named;
  } rows[] = {
      {with(&SignedDataPieces::digest, algorithm("1.2.840.113549.2.5", true)), false,
       "hash md5 (1.2.840.113549.2.5)"},
      {with(&SignedDataPieces::digest, algorithm("1.2.3.4.5.6", true)), false, "hash 1.2.3.4.5.6"},
      {with(&SignedDataPieces::signature_algorithm, algorithm("1.2.840.10045.4.3.2", false)), true,
       "algorithm ecdsa-with-SHA256 (1.2.840.10045.4.3.2)"},
      // Another hash than it says.
      {with(&SignedDataPieces::signature_algorithm, algorithm("1.2.840.113549.1.1.13", true)), true,
       "1.2.840.113549.1.1.13"},
  };
  for (const auto& row : rows) {
    const auto parsed = SignedData::parse(build_signed_data(row.pieces));
    ASSERT_TRUE(parsed.ok()) << row.named << parsed.error().message();
    EXPECT_EQ(parsed->hash().has_value(), row.hash_known) << row.named;
    EXPECT_TRUE(parsed->attribute("1.2.3")) << row.named;
    const Status verified = parsed->verify(signer_key());
    EXPECT_EQ(verified.error().code(), error_code(CryptoErrc::unsupported)) << row.named;
    EXPECT_THAT(verified.error().message(), HasSubstr(row.named));
  }
}

// Signed as RFC 5652 section 5.4 says, whatever the attributes are.
SignedDataPieces signed_pieces(const std::vector<Bytes>& attributes) {
  SignedDataPieces pieces;
  pieces.attributes = attribute_list(attributes);
  Bytes set = pieces.attributes;
  set[0] = der::kSet;
  pieces.signature =
      Signer::create(rsa_credential().key, HashAlgorithm::sha256).value().sign(set).value();
  return pieces;
}

TEST(SignedData, AContentOrATypeThatTheAttributesDoNotNameDoesNotVerify) {
  const auto oid = [](const char* text) {
    return build_der([&](der::Writer& w) { write_oid(w, text); });
  };
  const auto octets = [](ByteView value) {
    return build_der([&](der::Writer& w) { w.octet_string(value); });
  };
  const auto type = [](const Bytes& value) {
    return signed_attribute(std::string(cms::kContentType), {value});
  };
  const auto digest = [](const Bytes& value) {
    return signed_attribute(std::string(cms::kMessageDigest), {value});
  };
  const HashValue nothing = crypto::hash(HashAlgorithm::sha256, ByteView());
  const ByteView right(nothing.octets.data(), nothing.size);
  const HashValue something = crypto::hash(HashAlgorithm::sha256, as_bytes("something"));
  const ByteView wrong(something.octets.data(), something.size);
  const Bytes data = oid("1.2.840.113549.1.7.1");
  const auto good =
      SignedData::parse(build_signed_data(signed_pieces({type(data), digest(octets(right))})));
  ASSERT_TRUE(good.ok());
  ASSERT_TRUE(good->verify(signer_key()).ok()) << "the rows below differ from it in one thing";
  const struct {
    const char* what;
    std::vector<Bytes> attributes;
  } rows[] = {
      {"neither", {}},
      {"no content type", {digest(octets(right))}},
      {"another content type", {type(oid("1.2.840.113549.1.7.3")), digest(octets(right))}},
      {"a content type that is no OID", {type(octets(data)), digest(octets(right))}},
      {"no digest", {type(data)}},
      {"the digest of another content", {type(data), digest(octets(wrong))}},
      {"a digest that is cut off", {type(data), digest(octets(ByteView(right.data(), 20)))}},
      {"an empty digest", {type(data), digest(octets({}))}},
      {"a digest that is no OCTET STRING",
       {type(data), digest(build_der([&](der::Writer& w) { w.bit_string(right); }))}},
  };
  for (const auto& row : rows) {
    const auto parsed = SignedData::parse(build_signed_data(signed_pieces(row.attributes)));
    ASSERT_TRUE(parsed.ok()) << row.what << ": " << parsed.error().message();
    EXPECT_EQ(parsed->verify(signer_key()).error().code(), error_code(CryptoErrc::bad_signature))
        << row.what;
  }
}

TEST(SignedData, OfAnEllipticKeyIsWrittenButNotTakenFromClients) {
  const auto made = make_signed_data(our_spec(), ec_key());
  ASSERT_TRUE(made.ok()) << made.error().message();
  const auto parsed = SignedData::parse(*made);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  const auto key = PublicKey::from_info(ec_key().public_key_info());
  EXPECT_EQ(parsed->verify(*key).error().code(), error_code(CryptoErrc::unsupported));
}

TEST(SignedData, CertificatesComeAloneToo) {
  const Certificate& certificate = rsa_credential().certificate;
  const Bytes message = make_certificates_only({ByteView(certificate.der())}, {});
  const unsigned char* at = message.data();
  CMS_ContentInfo* const cms =
      d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(message.size()));  // NOLINT
  ASSERT_NE(cms, nullptr);
  STACK_OF(X509)* const certificates = CMS_get1_certs(cms);
  EXPECT_EQ(sk_X509_num(certificates), 1);
  sk_X509_pop_free(certificates, X509_free);
  CMS_ContentInfo_free(cms);
  const auto again = read_certificates_only(message);
  ASSERT_TRUE(again.ok()) << again.error().message();
  ASSERT_THAT(*again, SizeIs(1));
  EXPECT_EQ(again->front().der(), certificate.der());
  EXPECT_FALSE(read_certificates_only(make_certificates_only({}, {})).ok());
}

}  // namespace
}  // namespace certconnector::crypto
