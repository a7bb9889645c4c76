// A SCEP message from the first octet to the request in it, as the responder reads it from any
// client (RFC 8894 section 3.2), and an answer as the agent's test enrollment reads it.
#include <cstdlib>

#include "agent/scep/client_message.h"
#include "agent/scep/message.h"
#include "common/crypto/certificates_only.h"
#include "common/crypto/pkcs10.h"
#include "common/crypto/pkcs10_challenge.h"

namespace {

using certconnector::Bytes;
using certconnector::ByteView;
using certconnector::Timestamp;
namespace crypto = certconnector::crypto;
namespace scep = certconnector::scep;

constexpr scep::LegacyAlgorithms kEverything{true, true, true};

void require(bool condition) {
  if (!condition) std::abort();
}

const scep::ClientCredential& credential() {
  static const auto made = scep::make_credential({0x30, 0x00}, Timestamp{}).value();
  return made;
}

const crypto::Certificate& certificate() {
  static const auto made = crypto::Certificate::from_der(credential().certificate).value();
  return made;
}

// As the store does once the job of a request is over.
void blank(Bytes content) {
  const auto before = crypto::Pkcs10::parse(content, crypto::ProofOfPossession::known);
  const bool blanked = crypto::blank_challenge(content);
  if (!before.ok()) return;
  const auto after = crypto::Pkcs10::parse(content, crypto::ProofOfPossession::known);
  require(after.ok() && blanked == before->challenge_password().has_value());
  require(before->subject() == after->subject());
}

void read_envelope(const scep::Message& message) {
  const auto envelope = message.envelope(kEverything);
  if (!envelope.ok()) return require(!envelope.error().message().empty());
  for (const crypto::Recipient& recipient : envelope->recipients()) {
    const auto again =
        crypto::parse_key_transport(crypto::encode_key_transport(recipient.transport));
    require(again.ok() && again->oaep == recipient.transport.oaep &&
            again->mask == recipient.transport.mask);
    const auto content = envelope->decrypt(recipient, credential().key);
    require(!content.ok() || content->size() <= crypto::kMaxCmsSize);
    if (content.ok()) blank(*content);
  }
}

void read_request(const Bytes& input) {
  const auto message = scep::Message::parse(input);
  if (!message.ok()) return require(!message.error().message().empty());
  require(!message->transaction_id().empty() && message->transaction_id().size() <= 255);
  require(!message->sender_nonce().empty() && message->sender_nonce().size() <= 64);
  const auto signer = message->verify(kEverything);
  require(!signer.ok() || !signer->certificate.empty());
  require(!message->is_empty() || !message->envelope(kEverything).ok());
  require(!message->verify({}).ok() || signer.ok());  // a switch only adds to what is taken
  read_envelope(*message);
}

void read_answer(const Bytes& input) {
  (void)crypto::read_certificates_only(input);
  (void)scep::read_offer(input);
  // Nobody but this process has the key of the RA that an answer has to come from.
  require(!scep::read_reply(input, credential(), certificate(), "4A6F", Bytes(16, 7)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, data + size);
  read_request(input);
  read_answer(input);
  return 0;
}
