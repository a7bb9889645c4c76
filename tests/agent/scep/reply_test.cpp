#include "agent/scep/reply.h"

#include <gtest/gtest.h>

#include "tests/agent/scep/scep_client.h"

namespace certconnector::scep {
namespace {

namespace der = crypto::der;

// An answer as a client reads it, with its signature checked.
crypto::SignedData read_reply(const Result<Bytes>& reply) {
  EXPECT_TRUE(reply.ok());
  auto parsed = crypto::SignedData::parse(*reply).value();
  EXPECT_TRUE(parsed.verify(public_key_of(ra())).ok());
  return parsed;
}

std::string text(const crypto::SignedData& reply, std::string_view oid) {
  const auto value = reply.attribute(oid);
  return value ? std::string(as_text(value->value)) : "absent";
}

Reference reference() { return reference_to(Message::parse(make_request({})).value()); }

Addressee addressee(const crypto::PublicKey& key) {
  const crypto::Certificate& to = device().certificate;
  return {{ByteView(to.issuer()), ByteView(to.serial()), {}, crypto::ContentCipher::aes128}, key};
}

TEST(ScepReply, AFailureSaysWhyAndRefersToItsRequest) {
  const auto reply =
      read_reply(make_failure(reference(), signatory(),
                              {FailInfo::bad_request, "the challenge is not good", std::nullopt}));
  EXPECT_EQ(text(reply, oid::kMessageType), "3");
  EXPECT_EQ(text(reply, oid::kPkiStatus), "2");
  EXPECT_EQ(text(reply, oid::kFailInfo), "2");
  EXPECT_EQ(text(reply, oid::kFailInfoText), "the challenge is not good");
  EXPECT_EQ(text(reply, oid::kTransactionId), "4A6F");
  EXPECT_EQ(reply.attribute(oid::kRecipientNonce)->value, ByteView(Bytes(16, 7)));
  EXPECT_EQ(reply.attribute(oid::kSenderNonce)->value.size(), 16U);
  EXPECT_TRUE(reply.content().empty());
  const auto silent =
      read_reply(make_failure(reference(), signatory(), {FailInfo::bad_cert_id, "", std::nullopt}));
  EXPECT_EQ(text(silent, oid::kFailInfo), "4");
  EXPECT_EQ(text(silent, oid::kFailInfoText), "absent");
}

// Clients of an NDES look for these: RFC 8894 has neither the octet nor the attribute.
TEST(ScepReply, AFailureInTheWordsOfNdes) {
  for (const auto hash : {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha512}) {
    ClientRequest request;
    request.hash = hash;
    const auto message = Message::parse(make_request(request)).value();
    constexpr auto kInvalidPassword = static_cast<std::int32_t>(0x80070056U);
    const auto reply = read_reply(make_failure(reference_to(message), signatory(),
                                               {FailInfo::bad_request, "", kInvalidPassword}));
    EXPECT_EQ(reply.content(), ByteView(Bytes{0}));
    EXPECT_EQ(reply.hash(), crypto::HashAlgorithm::sha1);
    EXPECT_EQ(text(reply, oid::kNdesHresult), "-2147024810");
    EXPECT_EQ(reply.attribute(oid::kNdesHresult)->tag, der::kPrintableString);
    EXPECT_EQ(text(reply, oid::kPkiStatus), "2");
    EXPECT_EQ(text(reply, oid::kFailInfo), "2");
  }
}

TEST(ScepReply, APendingAnswerHasNoContent) {
  const auto reply = read_reply(make_pending(reference(), signatory()));
  EXPECT_EQ(text(reply, oid::kPkiStatus), "3");
  EXPECT_EQ(text(reply, oid::kFailInfo), "absent");
  EXPECT_TRUE(reply.content().empty());
}

TEST(ScepReply, ASuccessIsForTheClientAlone) {
  const auto key = public_key_of(device());
  const Bytes& certificate = stranger().certificate.der();
  const auto reply =
      read_reply(make_success(reference(), signatory(), addressee(key),
                              {ByteView(certificate), ByteView(ra().certificate.der())}));
  EXPECT_EQ(text(reply, oid::kPkiStatus), "0");
  const auto envelope = crypto::EnvelopedData::parse(reply.content());
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(envelope->cipher(), crypto::ContentCipher::aes128);
  // One time in 256 the wrong key gives a padding that looks right.
  const auto overheard = envelope->decrypt(envelope->recipients().front(), ra().key);
  const auto inside = envelope->decrypt(envelope->recipients().front(), device().key);
  ASSERT_TRUE(inside.ok());
  EXPECT_EQ(*inside, crypto::make_certificates_only(
                         {ByteView(certificate), ByteView(ra().certificate.der())}, {}));
  EXPECT_TRUE(!overheard.ok() || *overheard != *inside);
}

TEST(ScepReply, IsSignedWithTheHashOfTheRequest) {
  for (const auto hash : {crypto::HashAlgorithm::sha512, crypto::HashAlgorithm::sha1}) {
    ClientRequest request;
    request.hash = hash;
    const auto message = Message::parse(make_request(request));
    const auto reply = read_reply(make_pending(reference_to(*message), signatory()));
    EXPECT_EQ(reply.hash(), hash);
  }
}

TEST(ScepReply, EveryAnswerHasAnotherNonce) {
  const auto one = read_reply(make_pending(reference(), signatory()));
  const auto two = read_reply(make_pending(reference(), signatory()));
  EXPECT_NE(one.attribute(oid::kSenderNonce)->value, two.attribute(oid::kSenderNonce)->value);
}

TEST(ScepReply, FailInfosHaveTheirNamesOfTheStandard) {
  EXPECT_EQ(to_string(FailInfo::bad_alg), "badAlg");
  EXPECT_EQ(to_string(FailInfo::bad_message_check), "badMessageCheck");
  EXPECT_EQ(to_string(FailInfo::bad_cert_id), "badCertId");
}

}  // namespace
}  // namespace certconnector::scep
