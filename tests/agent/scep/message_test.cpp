#include "agent/scep/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/agent/scep/scep_client.h"
#include "tests/common/crypto/cms_peer.h"

namespace certconnector::scep {
namespace {

using crypto::ContentCipher;
using crypto::HashAlgorithm;
using ::testing::HasSubstr;
namespace der = crypto::der;

TEST(ScepMessage, IsReadVerifiedAndDecrypted) {
  ClientRequest request;
  request.inside = {0x30, 0x03, 0x02, 0x01, 0x05};
  const auto message = Message::parse(make_request(request));
  ASSERT_TRUE(message.ok()) << message.error().message();
  EXPECT_EQ(message->type(), MessageType::pkcs_req);
  EXPECT_EQ(message->transaction_id(), "4A6F");
  EXPECT_EQ(message->sender_nonce(), Bytes(16, 7));
  EXPECT_EQ(message->hash(), HashAlgorithm::sha256);
  const auto signer = message->verify({});
  ASSERT_TRUE(signer.ok()) << signer.error().message();
  EXPECT_EQ(signer->certificate, ByteView(device().certificate.der()))
      << "not the other one that is sent along";
  const auto envelope = message->envelope({});
  ASSERT_TRUE(envelope.ok()) << envelope.error().message();
  const auto inside = envelope->decrypt(envelope->recipients().front(), ra().key);
  ASSERT_TRUE(inside.ok());
  EXPECT_EQ(*inside, request.inside);
}

TEST(ScepMessage, EveryTypeOfAClientIsKnown) {
  const struct {
    const char* number;
    std::optional<MessageType> type;
  } rows[] = {{"17", MessageType::renewal_req},
              {"19", MessageType::pkcs_req},
              {"20", MessageType::cert_poll},
              {"21", MessageType::get_cert},
              {"22", MessageType::get_crl},
              {"3", std::nullopt},
              {"18", std::nullopt},
              {"019", std::nullopt},
              {"", std::nullopt}};
  for (const auto& row : rows) {
    ClientRequest request;
    request.type = der_string(row.number);
    const auto message = Message::parse(make_request(request));
    ASSERT_TRUE(message.ok()) << row.number;
    EXPECT_EQ(message->type(), row.type) << row.number;
  }
  ClientRequest untyped;
  untyped.type = std::nullopt;
  EXPECT_EQ(Message::parse(make_request(untyped))->type(), std::nullopt);
  EXPECT_EQ(to_string(MessageType::renewal_req), "RenewalReq");
}

TEST(ScepMessage, StringsMayBeOfOtherTypes) {
  for (const auto tag : {der::kUtf8String, der::kIa5String, der::kVisibleString}) {
    ClientRequest request;
    request.transaction_id = der_string("id with_underscore", tag);
    request.type = der_string("19", tag);
    const auto message = Message::parse(make_request(request));
    ASSERT_TRUE(message.ok()) << int{tag};
    EXPECT_EQ(message->transaction_id(), "id with_underscore");
    EXPECT_EQ(message->type(), MessageType::pkcs_req);
  }
}

TEST(ScepMessage, DeniesAMessageThatNoAnswerCouldReferTo) {
  const auto with = [](auto member, std::optional<Bytes> value) {
    ClientRequest request;
    request.*member = std::move(value);
    return make_request(request);
  };
  const struct {
    const char* what;
    Bytes message;
    const char* named;
  } rows[] = {
      {"no CMS", Bytes{0x30, 0x00}, "cannot be read"},
      {"nothing", Bytes(), "cannot be read"},
      {"no transaction id", with(&ClientRequest::transaction_id, std::nullopt), "transaction id"},
      {"an empty one", with(&ClientRequest::transaction_id, der_string("")), "transaction id"},
      {"a long one", with(&ClientRequest::transaction_id, der_string(std::string(256, 'a'))),
       "transaction id"},
      {"one of 1 MiB",
       with(&ClientRequest::transaction_id, der_string(std::string(1U << 20U, 'a'))),
       "cannot be read"},
      {"one with a line break", with(&ClientRequest::transaction_id, der_string("a\nb")),
       "transaction id"},
      {"one of octets", with(&ClientRequest::transaction_id, der_octets({1})), "transaction id"},
      {"no nonce", with(&ClientRequest::nonce, std::nullopt), "nonce"},
      {"an empty nonce", with(&ClientRequest::nonce, der_octets({})), "nonce"},
      {"a long nonce", with(&ClientRequest::nonce, der_octets(Bytes(65, 1))), "nonce"},
      {"a nonce of 1 MiB", with(&ClientRequest::nonce, der_octets(Bytes(1U << 20U, 1))),
       "cannot be read"},
      {"a nonce of letters", with(&ClientRequest::nonce, der_string("nonce")), "nonce"},
  };
  for (const auto& row : rows) {
    const auto message = Message::parse(row.message);
    ASSERT_FALSE(message.ok()) << row.what;
    EXPECT_EQ(message.error().code(), error_code(ScepErrc::malformed)) << row.what;
    EXPECT_THAT(message.error().message(), HasSubstr(row.named)) << row.what;
  }
  ClientRequest longest;
  longest.transaction_id = der_string(std::string(255, 'a'));
  longest.nonce = der_octets(Bytes(64, 1));
  EXPECT_TRUE(Message::parse(make_request(longest)).ok());
}

TEST(ScepMessage, NamesAWrongSignature) {
  ClientRequest request;
  request.content = as_bytes("the content as it was signed").to_bytes();
  Bytes message = make_request(request);
  const auto at =
      std::search(message.begin(), message.end(), request.content->begin(), request.content->end());
  ASSERT_NE(at, message.end());
  *at ^= 1U;
  const auto parsed = Message::parse(message);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->verify({}).error().code(), error_code(ScepErrc::bad_signature));

  ClientRequest alone;
  alone.with_certificate = false;
  EXPECT_EQ(Message::parse(make_request(alone))->verify({}).error().code(),
            error_code(ScepErrc::no_signer));
}

// The cause, not "the certificate is not there".
TEST(ScepMessage, NamesWhatIsWrongWithTheSignersCertificate) {
  Bytes padded;
  der::Writer(padded).element(der::kSequence, Bytes(crypto::kMaxCertificateSize, 0));
  const Bytes broken = {0x30, 0x00};
  const std::pair<ByteView, const char*> rows[] = {{padded, "larger than 65536"},
                                                   {broken, "not DER"}};
  for (const auto& [certificate, named] : rows) {
    crypto::SignedDataSpec spec;
    spec.certificates = {certificate};
    spec.signer_issuer = ByteView(device().certificate.issuer());
    spec.signer_serial = ByteView(device().certificate.serial());
    spec.attributes = {{std::string(oid::kMessageType), der_string("19")},
                       {std::string(oid::kTransactionId), der_string("4A6F")},
                       {std::string(oid::kSenderNonce), der_octets(Bytes(16, 7))}};
    const auto message = Message::parse(crypto::make_signed_data(spec, device().key).value());
    ASSERT_TRUE(message.ok()) << named << message.error().message();
    const auto verified = message->verify({});
    EXPECT_EQ(verified.error().code(), error_code(ScepErrc::no_signer)) << named;
    EXPECT_THAT(verified.error().message(), HasSubstr(named));
  }
}

TEST(ScepMessage, NamesOldAlgorithmsAndTakesThemIfTheServiceDoes) {
  LegacyAlgorithms all;
  all.sha1 = all.triple_des = all.single_des = true;
  ClientRequest old_hash;
  old_hash.hash = HashAlgorithm::sha1;
  const auto hashed = Message::parse(make_request(old_hash));
  ASSERT_TRUE(hashed.ok());
  EXPECT_EQ(hashed->verify({}).error().code(), error_code(ScepErrc::weak));
  EXPECT_THAT(hashed->verify({}).error().message(), HasSubstr("SHA-1"));
  EXPECT_TRUE(hashed->verify(all).ok());

  for (const auto cipher : {ContentCipher::des3, ContentCipher::des}) {
    ClientRequest old_cipher;
    old_cipher.cipher = cipher;
    const auto message = Message::parse(make_request(old_cipher));
    ASSERT_TRUE(message.ok());
    const auto refused = message->envelope({});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code(ScepErrc::weak));
    EXPECT_THAT(refused.error().message(), HasSubstr(std::string(crypto::to_string(cipher))));
    EXPECT_TRUE(message->envelope(all).ok());
  }
}

// The message has enough to refer to, so badAlg can be the answer.
TEST(ScepMessage, NamesSignaturesThatNoServiceTakes) {
  const Bytes like = make_request({});
  const auto original = crypto::SignedData::parse(like).value();
  crypto::PeerSigner signer;
  signer.attributes = {
      {std::string(oid::kTransactionId), V_ASN1_PRINTABLESTRING, as_bytes("4A6F").to_bytes()},
      {std::string(oid::kSenderNonce), V_ASN1_OCTET_STRING, Bytes(16, 7)},
      {std::string(oid::kMessageType), V_ASN1_PRINTABLESTRING, as_bytes("19").to_bytes()}};
  testing::CertificateSpec spec;
  spec.subject = "CN=elliptic";
  const auto elliptic = testing::make_self_signed(spec, {crypto::KeyKind::ec, 256});
  const LegacyAlgorithms all{true, true, true};
  const struct {
    const EVP_MD* hash;
    const testing::Credential* credential;
    const char* named;
  } rows[] = {{EVP_md5(), nullptr, "md5"},
              {EVP_sha3_256(), nullptr, "2.16.840.1.101.3.4.2.8"},
              {EVP_sha256(), &elliptic, "ecdsa-with-SHA256"}};
  for (const auto& row : rows) {
    signer.hash = row.hash;
    signer.credential = row.credential;
    const auto message = Message::parse(crypto::peer_sign(original.content(), signer));
    ASSERT_TRUE(message.ok()) << row.named << ": " << message.error().message();
    EXPECT_EQ(message->type(), MessageType::pkcs_req);
    for (const LegacyAlgorithms& legacy : {LegacyAlgorithms{}, all}) {
      const auto verified = message->verify(legacy);
      EXPECT_EQ(verified.error().code(), error_code(ScepErrc::weak)) << row.named;
      EXPECT_THAT(verified.error().message(), HasSubstr(row.named));
      EXPECT_THAT(verified.error().message(), HasSubstr("set the device up"));
    }
    const Reference reference = reference_to(*message);
    EXPECT_EQ(reference.transaction_id, "4A6F");
    EXPECT_EQ(reference.nonce, Bytes(16, 7));
    EXPECT_EQ(reference.hash, HashAlgorithm::sha256) << row.named;
  }
}

TEST(ScepMessage, DeniesAnUnreadableEnvelope) {
  ClientRequest request;
  request.content = Bytes{0x30, 0x00};
  const auto message = Message::parse(make_request(request));
  ASSERT_TRUE(message.ok());
  EXPECT_TRUE(message->verify({}).ok());
  EXPECT_EQ(message->envelope({}).error().code(), error_code(ScepErrc::malformed));
}

}  // namespace
}  // namespace certconnector::scep
