#include "common/crypto/enveloped_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/ber.h"
#include "common/crypto/errors.h"
#include "tests/common/crypto/cms_peer.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const Bytes& enveloped_content() {
  static const Bytes octets(1000, 0xC3);
  return octets;
}

Bytes our_message(const KeyTransport& transport, ContentCipher cipher) {
  const Certificate& certificate = rsa_credential().certificate;
  const auto key = PublicKey::from_info(certificate.public_key_info());
  return make_enveloped_data(
             {ByteView(certificate.issuer()), ByteView(certificate.serial()), transport, cipher},
             *key, enveloped_content())
      .value();
}

TEST(EnvelopedData, DecryptsWhatOpensslEncrypts) {
  const struct {
    const char* what;
    PeerEnvelope envelope;
    ContentCipher cipher;
  } rows[] = {
      {"AES-128", {EVP_aes_128_cbc()}, ContentCipher::aes128},
      {"AES-192", {EVP_aes_192_cbc()}, ContentCipher::aes192},
      {"AES-256", {EVP_aes_256_cbc()}, ContentCipher::aes256},
      {"triple DES", {EVP_des_ede3_cbc()}, ContentCipher::des3},
      {"OAEP with SHA-1", {EVP_aes_256_cbc(), EVP_sha1()}, ContentCipher::aes256},
      {"OAEP with SHA-256", {EVP_aes_256_cbc(), EVP_sha256()}, ContentCipher::aes256},
      {"OAEP with SHA-256, its mask with SHA-1",
       {EVP_aes_256_cbc(), EVP_sha256(), false, Encoding::der, EVP_sha1()},
       ContentCipher::aes256},
      {"OAEP with SHA-1, its mask with SHA-512",
       {EVP_aes_256_cbc(), EVP_sha1(), false, Encoding::der, EVP_sha512()},
       ContentCipher::aes256},
      {"by key identifier", {EVP_aes_256_cbc(), nullptr, true}, ContentCipher::aes256},
      {"BER", {EVP_aes_256_cbc(), nullptr, false, Encoding::ber}, ContentCipher::aes256},
  };
  const auto fields = parse_certificate_fields(rsa_credential().certificate.der());
  for (const auto& row : rows) {
    const auto parsed = EnvelopedData::parse(peer_encrypt(enveloped_content(), row.envelope));
    ASSERT_TRUE(parsed.ok()) << row.what << ": " << parsed.error().message();
    EXPECT_EQ(parsed->cipher(), row.cipher) << row.what;
    ASSERT_THAT(parsed->recipients(), SizeIs(1)) << row.what;
    EXPECT_TRUE(parsed->recipients()[0].certificate.names(*fields)) << row.what;
    const auto plain = parsed->decrypt(parsed->recipients()[0], rsa_credential().key);
    ASSERT_TRUE(plain.ok()) << row.what;
    EXPECT_EQ(*plain, enveloped_content()) << row.what;
  }
}

TEST(EnvelopedData, OpensslDecryptsWhatWeEncrypt) {
  const KeyTransport transports[] = {{},
                                     {HashAlgorithm::sha1},
                                     {HashAlgorithm::sha256},
                                     {HashAlgorithm::sha512},
                                     {HashAlgorithm::sha256, HashAlgorithm::sha1},
                                     {HashAlgorithm::sha1, HashAlgorithm::sha256}};
  for (const KeyTransport& transport : transports) {
    for (const auto cipher : {ContentCipher::aes128, ContentCipher::aes256, ContentCipher::des3}) {
      const Bytes message = our_message(transport, cipher);
      EXPECT_EQ(peer_decrypt(message), enveloped_content()) << to_string(cipher);
      EXPECT_EQ(der::from_ber(message), message) << "it is DER";
      const auto parsed = EnvelopedData::parse(message);
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(parsed->recipients()[0].transport.oaep, transport.oaep);
      EXPECT_EQ(parsed->recipients()[0].transport.mask, transport.mask);
      EXPECT_EQ(parsed->decrypt(parsed->recipients()[0], rsa_credential().key).value(),
                enveloped_content());
    }
  }
}

// OpenSSL's legacy provider has it, apart from everything else in this process.
TEST(EnvelopedData, SingleDesGoesBothWays) {
  const auto parsed = EnvelopedData::parse(our_message({}, ContentCipher::des));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cipher(), ContentCipher::des);
  const auto plain = parsed->decrypt(parsed->recipients()[0], rsa_credential().key);
  ASSERT_TRUE(plain.ok()) << plain.error().message();
  EXPECT_EQ(*plain, enveloped_content());
  EVP_CIPHER* const elsewhere = EVP_CIPHER_fetch(nullptr, "DES-CBC", nullptr);
  EXPECT_EQ(elsewhere, nullptr);
  EVP_CIPHER_free(elsewhere);
}

// A wrong key, a key that does not unwrap, one of another size: all look the same from outside.
TEST(EnvelopedData, EveryWayNotToDecryptGivesTheSameError) {
  const Bytes message = our_message({}, ContentCipher::aes256);
  const auto parsed = EnvelopedData::parse(message);
  ASSERT_TRUE(parsed.ok());
  const Recipient& good = parsed->recipients()[0];
  Bytes broken = good.wrapped_key.to_bytes();
  broken[17] ^= 0x40U;
  const auto own = PublicKey::from_info(rsa_credential().certificate.public_key_info());
  const Bytes short_key = wrap_key({}, *own, Bytes(16, 7)).value();
  const Bytes other_key = wrap_key({}, *own, Bytes(32, 7)).value();
  for (const Bytes& wrapped : {broken, short_key, other_key, Bytes(256, 0), Bytes(5, 1), Bytes()}) {
    Recipient recipient = good;
    recipient.wrapped_key = ByteView(wrapped);
    const auto plain = parsed->decrypt(recipient, rsa_credential().key);
    // One time in 256 a wrong key gives a padding that looks right.
    if (plain.ok()) {
      EXPECT_NE(*plain, enveloped_content());
    } else {
      EXPECT_EQ(plain.error().message(), not_decryptable().message());
    }
  }
  EXPECT_EQ(parsed->decrypt(good, ec_key()).error().message(), not_decryptable().message());
}

// Asked again, a wrapped key that is good says the same; so one that is not has to do so as well.
TEST(EnvelopedData, WhatDoesNotUnwrapGivesTheSameKeyEachTime) {
  const PrivateKey& key = rsa_credential().key;
  for (const KeyTransport& transport : {KeyTransport{}, KeyTransport{HashAlgorithm::sha256}}) {
    const Bytes first = unwrap_key(transport, key, Bytes(256, 1), 32).value();
    EXPECT_EQ(unwrap_key(transport, key, Bytes(256, 1), 32).value(), first);
    EXPECT_NE(unwrap_key(transport, key, Bytes(256, 2), 32).value(), first);
    EXPECT_EQ(unwrap_key(transport, key, Bytes(256, 1), 16).value(),
              Bytes(first.begin(), first.begin() + 16));
  }
}

TEST(UnwrappingKey, UnwrapsManyAndKeepsToWhatItGaveForTheOthers) {
  const PrivateKey& key = rsa_credential().key;
  const auto own = PublicKey::from_info(key.public_key_info());
  const Bytes content_key(32, 7);
  const UnwrappingKey unwrapping(key);
  for (const KeyTransport& transport :
       {KeyTransport{}, KeyTransport{HashAlgorithm::sha256}, KeyTransport{}}) {
    const Bytes wrapped = wrap_key(transport, *own, content_key).value();
    EXPECT_EQ(unwrap_key(transport, unwrapping, wrapped, 32).value(), content_key);
    for (const std::uint8_t octet : {std::uint8_t{1}, std::uint8_t{2}}) {
      const Bytes broken(256, octet);
      EXPECT_EQ(unwrap_key(transport, unwrapping, broken, 32).value(),
                unwrap_key(transport, key, broken, 32).value());
    }
  }
  EXPECT_FALSE(unwrap_key({}, ec_key(), Bytes(256, 1), 32).ok());
}

TEST(EnvelopedData, AMessageThatIsCutOffAnywhereIsRefused) {
  const Bytes message = our_message({}, ContentCipher::aes128);
  for (std::size_t size = 0; size < message.size(); ++size) {
    const Bytes cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(EnvelopedData::parse(cut).ok()) << size;
  }
}

struct EnvelopedDataPieces {
  Bytes transport = algorithm("1.2.840.113549.1.1.1", true);
  Bytes cipher = build_der([](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "2.16.840.1.101.3.4.1.2");
      w.octet_string(Bytes(16, 9));
    });
  });
  Bytes encrypted = {0x80, 0x01, 0x00};
  std::size_t recipients = 1;
};

Bytes build_enveloped_data(const EnvelopedDataPieces& pieces) {
  return build_der([&](der::Writer& w) {
    cms::write_content_info(w, cms::kEnvelopedData, [&] {
      w.integer(0);
      w.nest(der::kSet, [&] {
        w.element(der::context(1), ByteView());  // key agreement, which is passed over
        for (std::size_t i = 0; i < pieces.recipients; ++i) {
          w.nest(der::kSequence, [&] {
            w.integer(0);
            cms::write_identifier(w, Bytes{0x30, 0x00}, Bytes{0x01});
            w.raw(pieces.transport);
            w.octet_string(Bytes(256, 1));
          });
        }
      });
      w.nest(der::kSequence, [&] {
        write_oid(w, "1.2.840.113549.1.7.1");
        w.raw(pieces.cipher);
        w.raw(pieces.encrypted);
      });
    });
  });
}

Bytes oaep_algorithm(const std::function<void(der::Writer&)>& parameters) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.2.840.113549.1.1.7");
      w.nest(der::kSequence, [&] { parameters(w); });
    });
  });
}

TEST(EnvelopedData, RefusesWhatIsNotOfTheForm) {
  ASSERT_TRUE(EnvelopedData::parse(build_enveloped_data({})).ok());
  const auto with = [](auto member, auto value) {
    EnvelopedDataPieces pieces;
    pieces.*member = value;
    return pieces;
  };
  const struct {
    const char* what;
    EnvelopedDataPieces pieces;
    CryptoErrc code;
    const char* named;
  } rows[] = {
      {"no RSA recipient", with(&EnvelopedDataPieces::recipients, 0U), CryptoErrc::unsupported,
       "no RSA"},
      {"too many recipients", with(&EnvelopedDataPieces::recipients, 21U), CryptoErrc::malformed,
       "more than 20"},
      {"an unknown key transport",
       with(&EnvelopedDataPieces::transport, algorithm("1.2.3.4", false)), CryptoErrc::unsupported,
       "1.2.3.4"},
      {"PKCS#1 v1.5 with parameters",
       with(&EnvelopedDataPieces::transport, build_der([](der::Writer& w) {
         w.nest(der::kSequence, [&] {
           write_oid(w, "1.2.840.113549.1.1.1");
           w.integer(1);
         });
       })),
       CryptoErrc::malformed, "key transport"},
      {"OAEP with a label",
       with(&EnvelopedDataPieces::transport,
            oaep_algorithm([&](der::Writer& w) { w.nest(der::context(2), [&] { w.null(); }); })),
       CryptoErrc::unsupported, "label"},
      {"OAEP with an unknown hash",
       with(&EnvelopedDataPieces::transport, oaep_algorithm([&](der::Writer& w) {
         w.nest(der::context(0), [&] { w.raw(algorithm("1.2.3", true)); });
       })),
       CryptoErrc::unsupported, "1.2.3"},
      {"OAEP with an unknown mask function",
       with(&EnvelopedDataPieces::transport, oaep_algorithm([&](der::Writer& w) {
         w.nest(der::context(1), [&] { w.raw(algorithm("1.2.3", true)); });
       })),
       CryptoErrc::unsupported, "mask"},
      {"OAEP with an empty hash",
       with(&EnvelopedDataPieces::transport,
            oaep_algorithm([&](der::Writer& w) { w.element(der::context(0), ByteView()); })),
       CryptoErrc::malformed, "OAEP"},
      {"RC2", with(&EnvelopedDataPieces::cipher, algorithm("1.2.840.113549.3.2", true)),
       CryptoErrc::unsupported, "1.2.840.113549.3.2"},
      {"no initialization vector",
       with(&EnvelopedDataPieces::cipher, algorithm("2.16.840.1.101.3.4.1.2", true)),
       CryptoErrc::malformed, "initialization vector"},
      {"no content", with(&EnvelopedDataPieces::encrypted, Bytes()), CryptoErrc::malformed,
       "encrypted content"},
      {"a piece of content that is no OCTET STRING",
       with(&EnvelopedDataPieces::encrypted, Bytes{0xA0, 0x02, 0x05, 0x00}), CryptoErrc::malformed,
       "encrypted content"},
  };
  for (const auto& row : rows) {
    const auto parsed = EnvelopedData::parse(build_enveloped_data(row.pieces));
    ASSERT_FALSE(parsed.ok()) << row.what;
    EXPECT_EQ(parsed.error().code(), error_code(row.code)) << row.what;
    EXPECT_THAT(parsed.error().message(), HasSubstr(row.named)) << row.what;
  }
  EXPECT_THAT(EnvelopedData::parse(Bytes(131073)).error().message(), HasSubstr("larger"));
}

}  // namespace
}  // namespace certconnector::crypto
