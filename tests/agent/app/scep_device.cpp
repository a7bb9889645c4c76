#include "tests/agent/app/scep_device.h"

#include <future>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

#include "agent/scep/client_message.h"
#include "common/crypto/certificates_only.h"
#include "common/crypto/der.h"
#include "common/crypto/signature_algorithm.h"

namespace certconnector::app {
namespace {

namespace der = crypto::der;

Bytes attribute(std::uint8_t tag, ByteView value) {
  Bytes out;
  der::Writer(out).element(tag, value);
  return out;
}

std::string text_at(const crypto::SignedData& reply, std::string_view oid) {
  const auto value = reply.attribute(oid);
  return value ? std::string(as_text(value->value)) : std::string();
}

// The first certificate of a SignedData without signers.
std::optional<crypto::Certificate> first_certificate(ByteView bundle) {
  auto certificates = crypto::read_certificates_only(bundle);
  if (!certificates.ok() || certificates->empty()) return std::nullopt;
  return std::move(certificates->front());
}

// The first CRL of a SignedData without signers, RFC 5652 section 5.1.
std::optional<Bytes> first_crl(ByteView bundle) {
  const auto content = crypto::cms::read_content_info(bundle, crypto::cms::kSignedData);
  if (!content) return std::nullopt;
  der::Reader reader(*content);
  if (!reader.read_integer() || !reader.read(der::kSet) || !reader.read(der::kSequence)) {
    return std::nullopt;
  }
  if (reader.next_is(der::context(0))) reader.read_any();
  auto crls = reader.enter(der::context(1));
  const auto crl = crls ? crls->read_element(der::kSequence) : std::nullopt;
  return crl ? std::make_optional(crl->whole.to_bytes()) : std::nullopt;
}

std::future<http::Response> begin_request(http::Handler& handler, http::Request request) {
  const auto promise = std::make_shared<std::promise<http::Response>>();
  handler.handle(std::move(request), http::Reply([promise](http::Response response) {
                   promise->set_value(std::move(response));
                 }));
  return promise->get_future();
}

http::Response wait_for(http::Handler& handler, http::Request request) {
  auto future = begin_request(handler, std::move(request));
  if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
    throw std::runtime_error("the SCEP service does not answer");
  }
  return future.get();
}

}  // namespace

const certconnector::testing::Credential& rsa_device(std::size_t number) {
  static std::map<std::size_t, certconnector::testing::Credential> devices;
  const auto known = devices.find(number);
  if (known != devices.end()) return known->second;
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=device " + std::to_string(number);
  return devices
      .emplace(number, certconnector::testing::make_self_signed(spec, {crypto::KeyKind::rsa, 2048}))
      .first->second;
}

Bytes scep_pkcs10(const crypto::PrivateKey& key, const crypto::Pkcs10Spec& spec) {
  auto made = crypto::make_pkcs10(key, spec);
  if (!made.ok()) throw std::runtime_error(made.error().message());
  return std::move(*made);
}

Bytes signed_with(const crypto::PrivateKey& key, crypto::HashAlgorithm hash, const Bytes& pkcs10) {
  der::Reader request(der::read_only(pkcs10, der::kSequence).value());
  const ByteView info = request.read_element(der::kSequence)->whole;
  Bytes made;
  der::Writer writer(made);
  writer.nest(der::kSequence, [&] {
    writer.raw(info);
    writer.raw(crypto::encode_signature_algorithm(crypto::KeyKind::rsa, hash));
    writer.bit_string(crypto::Signer::create(key, hash).value().sign(info).value());
  });
  return made;
}

Bytes issuer_and_serial(ByteView issuer, ByteView serial) {
  Bytes made;
  der::Writer writer(made);
  writer.nest(der::kSequence, [&] {
    writer.raw(issuer);
    writer.unsigned_integer(serial);
  });
  return made;
}

Bytes issuer_and_subject(ByteView issuer, const std::string& rfc4514) {
  Bytes made;
  der::Writer writer(made);
  writer.nest(der::kSequence, [&] {
    writer.raw(issuer);
    writer.raw(crypto::encode_name(crypto::parse_rfc4514(rfc4514).value()));
  });
  return made;
}

crypto::Pkcs10Spec scep_subject(const std::string& rfc4514, const std::string& challenge) {
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514(rfc4514).value();
  if (!challenge.empty()) spec.challenge_password = challenge;
  return spec;
}

ScepRequest enrollment(const std::string& challenge, const std::string& subject,
                       const std::string& transaction_id) {
  ScepRequest request;
  request.transaction_id = transaction_id;
  request.inside = scep_pkcs10(request.key, scep_subject(subject, challenge));
  return request;
}

ScepClient ScepClient::from(std::string peer, std::string forwarded_for) const {
  ScepClient other = *this;
  other.peer_ = std::move(peer);
  other.forwarded_for_ = std::move(forwarded_for);
  return other;
}

http::Request ScepClient::request(const std::string& method, const std::string& query) const {
  http::Request request;
  request.method = method;
  request.path = path_;
  request.query = query;
  request.peer = peer_;
  if (!forwarded_for_.empty()) request.headers = {{"x-forwarded-for", forwarded_for_}};
  return request;
}

http::Response ScepClient::get(const std::string& query) {
  return wait_for(handler_, request("GET", query));
}

http::Response ScepClient::post(const Bytes& message) {
  return wait_for(handler_, operation(message));
}

std::future<http::Response> ScepClient::begin(const Bytes& message) {
  return begin_request(handler_, operation(message));
}

http::Request ScepClient::operation(const Bytes& message) const {
  http::Request request = this->request("POST", "operation=PKIOperation");
  request.body = std::string(as_text(message));
  return request;
}

crypto::Certificate ScepClient::ra() {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const http::Response response = get("operation=GetCACert");
    if (response.status == 200) {
      if (auto certificate = first_certificate(*response.body)) return std::move(*certificate);
    }
    if (std::chrono::steady_clock::now() > patience) {
      throw std::runtime_error("the SCEP service has no RA certificate");
    }
    std::this_thread::yield();
  }
}

Bytes ScepClient::make(const ScepRequest& request) {
  const crypto::Certificate to = request.recipient ? *request.recipient : ra();
  const crypto::Certificate& reader = request.wrapped_for ? *request.wrapped_for : to;
  const auto key = crypto::PublicKey::from_info(reader.public_key_info());
  const Bytes envelope = crypto::make_enveloped_data({ByteView(to.issuer()), ByteView(to.serial()),
                                                      request.transport, request.cipher},
                                                     *key, request.inside)
                             .value();
  return sign(request, envelope);
}

Bytes ScepClient::sign(const ScepRequest& request, const Bytes& envelope) {
  crypto::SignedDataSpec spec;
  spec.content = ByteView(envelope);
  spec.certificates = {ByteView(request.certificate.der())};
  spec.signer_issuer = ByteView(request.certificate.issuer());
  spec.signer_serial = ByteView(request.certificate.serial());
  spec.hash = request.hash;
  spec.attributes = {
      {std::string(scep::oid::kMessageType),
       attribute(der::kPrintableString, as_bytes(request.type))},
      {std::string(scep::oid::kTransactionId),
       attribute(der::kPrintableString, as_bytes(request.transaction_id))},
      {std::string(scep::oid::kSenderNonce), attribute(der::kOctetString, request.nonce)}};
  return crypto::make_signed_data(spec, request.key).value();
}

ScepAnswer ScepClient::ask(const ScepRequest& request) { return ask(request, make(request)); }

ScepAnswer ScepClient::ask(const ScepRequest& request, const Bytes& message) {
  const http::Response response = post(message);
  ScepAnswer answer;
  answer.http = response.status;
  if (response.content_type != "application/x-pki-message") {
    if (response.body) answer.text = as_text(*response.body);
    return answer;
  }
  const auto reply = crypto::SignedData::parse(*response.body).value();
  answer.signer = crypto::Certificate::from_der(reply.certificates().front()).value();
  const auto signer = crypto::PublicKey::from_info(answer.signer->public_key_info()).value();
  if (!reply.verify(signer).ok()) throw std::runtime_error("the answer's signature does not hold");
  if (text_at(reply, scep::oid::kTransactionId) != request.transaction_id) {
    throw std::runtime_error("the answer is for another transaction");
  }
  answer.status = text_at(reply, scep::oid::kPkiStatus);
  answer.fail_info = text_at(reply, scep::oid::kFailInfo);
  answer.fail_info_text = text_at(reply, scep::oid::kFailInfoText);
  answer.ndes_hresult = text_at(reply, scep::oid::kNdesHresult);
  answer.hash = reply.hash();
  answer.content = reply.content().to_bytes();
  if (answer.status == "0") {
    const auto envelope = crypto::EnvelopedData::parse(reply.content()).value();
    const Bytes inside = envelope.decrypt(envelope.recipients().front(), request.key).value();
    answer.certificate = first_certificate(inside);
    answer.crl = first_crl(inside);
  }
  return answer;
}

}  // namespace certconnector::app
