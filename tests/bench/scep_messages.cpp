#include "tests/bench/scep_messages.h"

#include <chrono>
#include <utility>

#include "common/crypto/certificate_fields.h"
#include "common/crypto/der.h"
#include "common/crypto/digest.h"
#include "common/crypto/enveloped_data.h"
#include "common/crypto/pkcs10.h"
#include "common/crypto/signed_data.h"
#include "common/text/hex.h"
#include "common/time/clock.h"

namespace certconnector::bench {
namespace {

namespace der = crypto::der;

enum class FleetErrc { wrong_answer };

ErrorCode error_code(FleetErrc /*errc*/) { return {"bench", "wrong_answer"}; }

Error wrong_answer(std::string what) {
  return {FleetErrc::wrong_answer, ErrorKind::permanent, std::move(what)};
}

Bytes element(std::uint8_t tag, ByteView value) {
  Bytes out;
  der::Writer(out).element(tag, value);
  return out;
}

// The first certificate of a SignedData without a signer; empty when there is none.
ByteView first_certificate(ByteView message) {
  const auto content = crypto::cms::read_content_info(message, crypto::cms::kSignedData);
  if (!content) return {};
  der::Reader fields(*content);
  if (!fields.read_integer() || !fields.read(der::kSet) || !fields.read(der::kSequence)) return {};
  auto certificates = fields.enter(der::context(0));
  if (!certificates) return {};
  const auto first = certificates->read_element(der::kSequence);
  return first ? first->whole : ByteView();
}

bool says(const crypto::SignedData& answer, std::string_view oid, std::string_view value) {
  const auto attribute = answer.attribute(oid);
  return attribute && as_text(attribute->value) == value;
}

std::string fail_info(const crypto::SignedData& answer) {
  const auto info = answer.attribute(scep::oid::kFailInfo);
  return info ? std::string(as_text(info->value)) : "none";
}

}  // namespace

Result<Bytes> make_self_signed(ByteView subject, ByteView serial, const crypto::PrivateKey& key) {
  const Timestamp now = SystemClock().wall();
  CC_TRY_ASSIGN(const Bytes algorithm, crypto::signature_algorithm(key));
  Bytes tbs;
  der::Writer writer(tbs);
  writer.nest(der::kSequence, [&] {
    writer.nest(der::context(0), [&] { writer.integer(2); });  // version 3
    writer.unsigned_integer(serial);
    writer.raw(algorithm);
    writer.raw(subject);
    writer.nest(der::kSequence, [&] {
      writer.time(now - std::chrono::hours(1));
      writer.time(now + std::chrono::hours(24));
    });
    writer.raw(subject);
    writer.raw(key.public_key_info());
  });
  CC_TRY_ASSIGN(const Bytes signature, crypto::sign(key, tbs));
  Bytes out;
  der::Writer certificate(out);
  certificate.nest(der::kSequence, [&] {
    certificate.raw(tbs);
    certificate.raw(algorithm);
    certificate.bit_string(signature);
  });
  return out;
}

Result<Recipient> make_recipient(crypto::Certificate certificate) {
  CC_TRY_ASSIGN(crypto::PublicKey key, crypto::PublicKey::from_info(certificate.public_key_info()));
  return Recipient{std::move(certificate), std::move(key)};
}

Result<Bytes> make_message(const DeviceMessage& message, const Recipient& recipient,
                           const crypto::PrivateKey& key, ByteView own) {
  const crypto::Certificate& to = recipient.certificate;
  CC_TRY_ASSIGN(const Bytes envelope,
                crypto::make_enveloped_data(
                    {ByteView(to.issuer()), ByteView(to.serial()), {}, message.cipher},
                    recipient.key, message.content));
  CC_TRY_ASSIGN(const crypto::CertificateFields signer, crypto::parse_certificate_fields(own));
  crypto::SignedDataSpec spec;
  spec.content = ByteView(envelope);
  spec.certificates = {own};
  spec.signer_issuer = signer.issuer;
  spec.signer_serial = signer.serial;
  spec.hash = message.hash;
  const std::string type = std::to_string(static_cast<int>(message.type));
  spec.attributes = {
      {std::string(scep::oid::kMessageType), element(der::kPrintableString, as_bytes(type))},
      {std::string(scep::oid::kTransactionId),
       element(der::kPrintableString, as_bytes(message.transaction_id))},
      {std::string(scep::oid::kSenderNonce), element(der::kOctetString, message.nonce)}};
  return crypto::make_signed_data(spec, key);
}

Fleet::Fleet(FleetSettings settings, Recipient recipient)
    : settings_(std::move(settings)),
      recipient_(std::move(recipient)),
      run_(text::to_hex(crypto::random_bytes(8))) {}

Result<Fleet> Fleet::create(const FleetSettings& settings, crypto::Certificate recipient) {
  CC_TRY_ASSIGN(Recipient to, make_recipient(std::move(recipient)));
  Fleet fleet(settings, std::move(to));
  for (std::size_t i = 0; i < settings.keys; ++i) {
    CC_TRY_ASSIGN(crypto::PrivateKey device,
                  crypto::PrivateKey::generate({crypto::KeyKind::rsa, 2048}));
    fleet.keys_.push_back(std::move(device));
  }
  return fleet;
}

Result<DeviceRequest> Fleet::make_request(std::size_t number) const {
  DeviceRequest request;
  request.key = number % keys_.size();
  request.transaction_id = run_ + std::to_string(number);
  const crypto::PrivateKey& key = keys_[request.key];

  crypto::Pkcs10Spec wanted;
  const std::string name = "device-" + request.transaction_id;
  CC_TRY_ASSIGN(wanted.subject, crypto::parse_rfc4514("CN=" + name + ",O=Bench"));
  wanted.subject_alt_names = {{crypto::GeneralNameKind::dns, name + ".example"}};
  wanted.challenge_password = settings_.challenge;
  CC_TRY_ASSIGN(const Bytes der, crypto::make_pkcs10(key, wanted));
  CC_TRY_ASSIGN(const crypto::Pkcs10 pkcs10, crypto::Pkcs10::parse(der));
  Bytes serial = crypto::random_bytes(8);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7FU) | 0x40U);
  CC_TRY_ASSIGN(const Bytes own, make_self_signed(pkcs10.subject(), serial, key));
  DeviceMessage message;
  message.transaction_id = request.transaction_id;
  message.nonce = crypto::random_bytes(16);
  message.content = pkcs10.der();
  message.cipher = settings_.cipher;
  message.hash = settings_.hash;
  CC_TRY_ASSIGN(request.message, make_message(message, recipient_, key, own));
  return request;
}

Result<Bytes> Fleet::decrypt(const DeviceRequest& request, ByteView content, Issued& issued) const {
  CC_TRY_ASSIGN(const crypto::EnvelopedData envelope, crypto::EnvelopedData::parse(content));
  issued.cipher = envelope.cipher();
  return envelope.decrypt(envelope.recipients().front(), keys_[request.key]);
}

Result<Issued> Fleet::check_answer(const DeviceRequest& request, ByteView answer) const {
  CC_TRY_ASSIGN(const crypto::SignedData reply, crypto::SignedData::parse(answer));
  ByteView signer_info = recipient_.certificate.public_key_info();
  for (const ByteView certificate : reply.certificates()) {
    CC_TRY_ASSIGN(const crypto::CertificateFields fields,
                  crypto::parse_certificate_fields(certificate));
    if (reply.signer().names(fields)) signer_info = fields.public_key_info;
  }
  CC_TRY_ASSIGN(const crypto::PublicKey signer, crypto::PublicKey::from_info(signer_info));
  CC_TRY(reply.verify(signer));
  if (!says(reply, scep::oid::kMessageType, "3") || !says(reply, scep::oid::kPkiStatus, "0")) {
    return wrong_answer("no SUCCESS, failInfo " + fail_info(reply));
  }
  if (!says(reply, scep::oid::kTransactionId, request.transaction_id)) {
    return wrong_answer("the answer to another transaction");
  }
  Issued issued;
  CC_TRY_ASSIGN(const Bytes certificates, decrypt(request, reply.content(), issued));
  CC_TRY_ASSIGN(const crypto::CertificateFields fields,
                crypto::parse_certificate_fields(first_certificate(certificates)));
  if (fields.public_key_info != ByteView(keys_[request.key].public_key_info())) {
    return wrong_answer("a certificate for another key");
  }
  issued.serial = fields.serial.to_bytes();
  return issued;
}

}  // namespace certconnector::bench
