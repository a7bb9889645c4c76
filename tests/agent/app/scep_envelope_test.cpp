// Malicious envelopes inside messages with a valid signature.
#include "common/crypto/cms.h"
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kLevels = 20000;

Bytes nested(std::uint8_t tag) {
  Bytes made;
  for (std::size_t level = 0; level < kLevels; ++level) {
    made.push_back(tag);
    made.push_back(0x80);  // of indefinite length
  }
  return made;
}

Bytes operator+(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

class ScepEnvelope : public ScepFixture {
 protected:
  void expect_refused(const ScepRequest& request, const Bytes& message, const std::string& what) {
    const ScepAnswer answer = client().ask(request, message);
    EXPECT_TRUE(answer.http == 400 || (answer.http == 200 && answer.status == "2"))
        << what << " " << answer.http << " " << answer.status;
  }
  // The attack got nothing and did no harm.
  void expect_works_on() {
    EXPECT_EQ(certificates_issued(), 0U);
    EXPECT_TRUE(client().ask(enrollment(kSecret, "CN=phone,O=Test", "after-all")).issued());
  }
};

TEST_F(ScepEnvelope, AKeyThatIsWrappedForAnotherThanItNames) {
  start_static();
  for (const crypto::KeyTransport transport :
       {crypto::KeyTransport{}, crypto::KeyTransport{crypto::HashAlgorithm::sha256}}) {
    ScepRequest request = enrollment(kSecret, "CN=phone,O=Test", "wrong-key");
    request.wrapped_for = rsa_device(3).certificate;
    request.transport = transport;
    EXPECT_EQ(client().ask(request).status, "2");
  }
  expect_works_on();
}

TEST_F(ScepEnvelope, ContentsThatNestWithoutEnd) {
  start_static();
  static_cast<void>(client().ra());  // before it nothing is looked at
  const ScepRequest request = enrollment(kSecret);
  Bytes oid;
  crypto::der::Writer(oid).oid(*crypto::der::oid_from_text(crypto::cms::kEnvelopedData));
  const Bytes enveloped = Bytes{0x30, 0x80} + oid + Bytes{0xA0, 0x80};
  const Bytes version{0x02, 0x01, 0x00};
  const struct {
    const char* name;
    Bytes content;
  } rows[] = {
      {"sequences", nested(0x30)},
      {"octet strings", nested(0x24)},
      {"sets", nested(0x31)},
      {"in the place of EnvelopedData", enveloped + nested(0x30)},
      {"in the place of RecipientInfos", enveloped + Bytes{0x30, 0x80} + version + nested(0x31)},
      {"octet strings in the place of RecipientInfos",
       enveloped + Bytes{0x30, 0x80} + version + nested(0x24)}};
  for (const auto& row : rows) {
    expect_refused(request, ScepClient::sign(request, row.content), row.name);
  }
  expect_works_on();
}

TEST_F(ScepEnvelope, ACiphertextThatNestsWithoutEnd) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const Bytes good = client().make(request);
  const auto parsed = crypto::SignedData::parse(good).value();
  const Bytes envelope = parsed.content().to_bytes();
  // The ciphertext is the last element, [0] IMPLICIT and primitive; all that is around it says how
  // long it is, so indefinite lengths take the place of the definite ones.
  const auto inside = crypto::cms::read_content_info(envelope, crypto::cms::kEnvelopedData).value();
  crypto::der::Reader reader(inside);
  const ByteView version = reader.read_any()->whole;
  const ByteView recipients = reader.read_any()->whole;
  crypto::der::Reader encrypted = *reader.enter(crypto::der::kSequence);
  const ByteView type = encrypted.read_any()->whole;
  const ByteView cipher = encrypted.read_any()->whole;
  Bytes oid;
  crypto::der::Writer(oid).oid(*crypto::der::oid_from_text(crypto::cms::kEnvelopedData));
  const Bytes head = Bytes{0x30, 0x80} + oid + Bytes{0xA0, 0x80, 0x30, 0x80} + version.to_bytes() +
                     recipients.to_bytes() + Bytes{0x30, 0x80} + type.to_bytes() +
                     cipher.to_bytes() + Bytes{0xA0, 0x80};
  for (const std::uint8_t tag : Bytes{0x24, 0x30, 0xA0}) {
    const Bytes open = head + nested(tag);
    expect_refused(request, ScepClient::sign(request, open), "without its end");
    const Bytes ended = open + Bytes(2 * (kLevels + 5), 0);
    expect_refused(request, ScepClient::sign(request, ended), "with its end");
  }
  expect_works_on();
}

TEST_F(ScepEnvelope, MessagesInsideTheEnvelope) {
  start_static();
  const ScepRequest request = enrollment(kSecret);
  const Bytes message = client().make(request);
  const Bytes envelope = crypto::SignedData::parse(message).value().content().to_bytes();
  for (const Bytes& inside : {envelope, message, nested(0x30), nested(0x24)}) {
    ScepRequest russian_doll = request;
    russian_doll.inside = inside;
    for (const char* type : {"17", "19", "20", "21", "22"}) {
      russian_doll.type = type;
      expect_refused(russian_doll, client().make(russian_doll), type);
    }
  }
  expect_works_on();
}

}  // namespace
}  // namespace certconnector::app
