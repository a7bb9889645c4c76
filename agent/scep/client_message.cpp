#include "agent/scep/client_message.h"

#include <algorithm>

#include "common/crypto/certificates_only.h"
#include "common/crypto/der.h"
#include "common/crypto/pkcs10.h"
#include "common/text/hex.h"

namespace certconnector::scep {
namespace {

namespace der = crypto::der;

Error bad_reply(std::string what) {
  return {ScepErrc::malformed, ErrorKind::permanent, std::move(what)};
}

Bytes der_text(std::string_view text) {
  Bytes out;
  der::Writer(out).element(der::kPrintableString, text);
  return out;
}

Bytes der_octet_string(const Bytes& value) {
  Bytes out;
  der::Writer(out).octet_string(value);
  return out;
}

// TBSCertificate of version 1, RFC 5280 section 4.1: it lives for one message.
Bytes to_be_signed(const Bytes& subject, const crypto::PrivateKey& key, const Bytes& algorithm,
                   Timestamp now) {
  constexpr std::chrono::hours kAround{24};
  Bytes tbs;
  der::Writer writer(tbs);
  writer.nest(der::kSequence, [&] {
    writer.integer(1);
    writer.raw(algorithm);
    writer.raw(subject);
    writer.nest(der::kSequence, [&] {
      writer.time(now - kAround);
      writer.time(now + kAround);
    });
    writer.raw(subject);
    writer.raw(key.public_key_info());
  });
  return tbs;
}

std::optional<std::string> text_of(const crypto::SignedData& data, std::string_view oid) {
  const auto value = data.attribute(oid);
  if (!value) return std::nullopt;
  return std::string(as_text(value->value));
}

Status check_reference(const crypto::SignedData& data, const std::string& transaction_id,
                       const Bytes& nonce) {
  const auto answered = data.attribute(oid::kRecipientNonce);
  if (text_of(data, oid::kTransactionId) != transaction_id || !answered ||
      answered->value != ByteView(nonce)) {
    return Error(ScepErrc::bad_signature, ErrorKind::permanent,
                 "the answer is for another request: transaction id or nonce differ");
  }
  return {};
}

Result<std::vector<crypto::Certificate>> open_success(const crypto::SignedData& data,
                                                      const ClientCredential& client) {
  CC_TRY_ASSIGN(const auto envelope, crypto::EnvelopedData::parse(data.content()));
  if (envelope.recipients().empty()) return bad_reply("the answer's envelope has no recipient");
  CC_TRY_ASSIGN(const Bytes inside, envelope.decrypt(envelope.recipients().front(), client.key));
  return crypto::read_certificates_only(inside);
}

}  // namespace

Result<OfferedCertificates> read_offer(ByteView message) {
  CC_TRY_ASSIGN(const auto all, crypto::read_certificates_only(message));
  const auto find_ra = [&](std::uint16_t usage) {
    return std::find_if(all.begin(), all.end(), [usage](const crypto::Certificate& one) {
      return !one.is_ca() && (one.key_usage() & usage) != 0;
    });
  };
  const auto signing = find_ra(crypto::kDigitalSignature);
  const auto encryption = find_ra(crypto::kKeyEncipherment);
  if (signing == all.end() || encryption == all.end()) {
    return Error(ScepErrc::bad_ra, ErrorKind::permanent,
                 "the service offers no RA certificate with digitalSignature and keyEncipherment");
  }
  OfferedCertificates offer{*signing, *encryption, {}};
  std::copy_if(all.begin(), all.end(), std::back_inserter(offer.cas),
               [](const crypto::Certificate& one) { return one.is_ca(); });
  return offer;
}

Result<ClientCredential> make_credential(const Bytes& subject, Timestamp now) {
  CC_TRY_ASSIGN(auto key, crypto::PrivateKey::generate({crypto::KeyKind::rsa, 2048}));
  CC_TRY_ASSIGN(const Bytes algorithm, crypto::signature_algorithm(key));
  const Bytes tbs = to_be_signed(subject, key, algorithm, now);
  CC_TRY_ASSIGN(const Bytes signature, crypto::sign(key, tbs));
  Bytes certificate;
  der::Writer writer(certificate);
  writer.nest(der::kSequence, [&] {
    writer.raw(tbs);
    writer.raw(algorithm);
    writer.bit_string(signature);
  });
  return ClientCredential{std::move(key), std::move(certificate)};
}

Result<Bytes> make_enrollment_message(const ClientCredential& client, const crypto::Certificate& ra,
                                      ByteView pkcs10, const std::string& transaction_id,
                                      const Bytes& nonce) {
  CC_TRY_ASSIGN(const auto ra_key, crypto::PublicKey::from_info(ra.public_key_info()));
  CC_TRY_ASSIGN(const Bytes envelope,
                crypto::make_enveloped_data(
                    {ra.issuer(), ra.serial(), {}, crypto::ContentCipher::aes256}, ra_key, pkcs10));
  CC_TRY_ASSIGN(const auto own, crypto::parse_certificate_fields(client.certificate));
  crypto::SignedDataSpec spec;
  spec.content = ByteView(envelope);
  spec.certificates = {client.certificate};
  spec.signer_issuer = own.issuer;
  spec.signer_serial = own.serial;
  const auto type = std::to_string(static_cast<int>(MessageType::pkcs_req));
  spec.attributes = {{std::string(oid::kMessageType), der_text(type)},
                     {std::string(oid::kTransactionId), der_text(transaction_id)},
                     {std::string(oid::kSenderNonce), der_octet_string(nonce)}};
  return crypto::make_signed_data(spec, client.key);
}

Result<ClientReply> read_reply(ByteView message, const ClientCredential& client,
                               const crypto::Certificate& ra, const std::string& transaction_id,
                               const Bytes& nonce) {
  CC_TRY_ASSIGN(const auto data, crypto::SignedData::parse(message));
  CC_TRY_ASSIGN(const auto ra_key, crypto::PublicKey::from_info(ra.public_key_info()));
  CC_TRY(data.verify(ra_key));
  CC_TRY(check_reference(data, transaction_id, nonce));
  const std::string status = text_of(data, oid::kPkiStatus).value_or("");
  ClientReply reply;
  if (status == "0") {
    reply.status = PkiStatus::success;
    CC_TRY_ASSIGN(reply.certificates, open_success(data, client));
  } else if (status == "3") {
    reply.status = PkiStatus::pending;
  } else if (status == "2") {
    const std::string info = text_of(data, oid::kFailInfo).value_or("");
    if (info.size() == 1 && info[0] >= '0' && info[0] <= '4') {
      reply.fail_info = static_cast<FailInfo>(info[0] - '0');
    }
  } else {
    return bad_reply("the answer has no pkiStatus that SCEP knows");
  }
  return reply;
}

}  // namespace certconnector::scep
