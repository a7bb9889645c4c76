// What a SCEP client's message goes through before anything of it is known to be true: BER,
// SignedData, the certificates in it, EnvelopedData.
#include <cstdlib>

#include "common/crypto/ber.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/enveloped_data.h"
#include "common/crypto/signed_data.h"

namespace {

using certconnector::Bytes;
using certconnector::ByteView;
namespace crypto = certconnector::crypto;

void require(bool condition) {
  if (!condition) std::abort();
}

const crypto::PrivateKey& key() {
  static const auto generated = crypto::PrivateKey::generate({crypto::KeyKind::rsa, 2048}).value();
  return generated;
}

const crypto::PublicKey& public_key() {
  static const auto made = crypto::PublicKey::from_info(key().public_key_info()).value();
  return made;
}

void read_signed(const Bytes& input) {
  const auto message = crypto::SignedData::parse(input);
  if (!message.ok()) return require(!message.error().message().empty());
  require(message->content().size() <= crypto::kMaxCmsSize);
  for (const ByteView certificate : message->certificates()) {
    const auto fields = crypto::parse_certificate_fields(certificate);
    if (fields.ok()) (void)message->signer().names(*fields);
  }
  require(!message->verify(public_key()).ok());  // nobody but this process has the key
}

void read_enveloped(const Bytes& input) {
  const auto message = crypto::EnvelopedData::parse(input);
  if (!message.ok()) return require(!message.error().message().empty());
  require(!message->recipients().empty());
  (void)message->decrypt(message->recipients().front(), key());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, data + size);
  if (const auto der = crypto::der::from_ber(input)) {
    require(crypto::der::from_ber(*der) == der);  // DER stays as it is
  }
  read_signed(input);
  read_enveloped(input);
  (void)crypto::parse_certificate_fields(input);
  return 0;
}
