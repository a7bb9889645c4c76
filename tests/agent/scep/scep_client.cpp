#include "tests/agent/scep/scep_client.h"

namespace certconnector::scep {
namespace {

testing::Credential make_credential(const std::string& subject) {
  testing::CertificateSpec spec;
  spec.subject = subject;
  spec.key_usage = "digitalSignature,keyEncipherment";
  return testing::make_self_signed(spec, {crypto::KeyKind::rsa, 2048});
}

void add(crypto::SignedDataSpec& spec, std::string_view oid, const std::optional<Bytes>& value) {
  if (value) spec.attributes.push_back({std::string(oid), *value});
}

}  // namespace

const testing::Credential& ra() {
  static const testing::Credential credential = make_credential("CN=RA,O=Test");
  return credential;
}

const testing::Credential& device() {
  static const testing::Credential credential = make_credential("CN=device");
  return credential;
}

const testing::Credential& stranger() {
  static const testing::Credential credential = make_credential("CN=stranger");
  return credential;
}

Signatory signatory() {
  const crypto::Certificate& certificate = ra().certificate;
  return {ra().key, ByteView(certificate.der()), ByteView(certificate.issuer()),
          ByteView(certificate.serial())};
}

crypto::PublicKey public_key_of(const testing::Credential& credential) {
  return crypto::PublicKey::from_info(credential.certificate.public_key_info()).value();
}

Bytes der_string(std::string_view text, std::uint8_t tag) {
  Bytes out;
  crypto::der::Writer(out).element(tag, text);
  return out;
}

Bytes der_octets(const Bytes& value) {
  Bytes out;
  crypto::der::Writer(out).octet_string(value);
  return out;
}

Bytes make_request(const ClientRequest& request) {
  const crypto::Certificate& to = ra().certificate;
  const Bytes envelope = crypto::make_enveloped_data(
                             {ByteView(to.issuer()), ByteView(to.serial()), {}, request.cipher},
                             public_key_of(ra()), request.inside)
                             .value();
  const crypto::Certificate& own = device().certificate;
  crypto::SignedDataSpec spec;
  spec.content = ByteView(request.content ? *request.content : envelope);
  if (request.with_certificate) {
    spec.certificates = {ByteView(stranger().certificate.der()), ByteView(own.der())};
  }
  spec.signer_issuer = ByteView(own.issuer());
  spec.signer_serial = ByteView(own.serial());
  spec.hash = request.hash;
  add(spec, oid::kMessageType, request.type);
  add(spec, oid::kTransactionId, request.transaction_id);
  add(spec, oid::kSenderNonce, request.nonce);
  return crypto::make_signed_data(spec, device().key).value();
}

}  // namespace certconnector::scep
