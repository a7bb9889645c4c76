#include "tests/integration/scep_device.h"

#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/digest.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::devices {
namespace {

constexpr std::size_t kNonceOctets = 16;

Result<crypto::DistinguishedName> subject_of(const std::string& name) {
  return crypto::parse_rfc4514("CN=" + name + ",O=Devices");
}

http::Request post(const std::string& path, const Bytes& message) {
  http::Request request;
  request.method = "POST";
  request.path = path;
  request.query = "operation=PKIOperation";
  request.headers.emplace_back("Content-Type", "application/x-pki-message");
  request.body = std::string(as_text(message));
  return request;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::success:
      return "success";
    case Kind::failure:
      return "failure";
    case Kind::pending:
      return "pending";
    case Kind::come_again:
      return "come_again";
    case Kind::no_answer:
      return "no_answer";
    case Kind::wrong:
      break;
  }
  return "wrong";
}

bool is_final(Kind kind) {
  return kind == Kind::success || kind == Kind::failure || kind == Kind::wrong;
}

Result<OfferRef> fetch_offer(const http::Peer& peer, const std::string& path, Duration limit) {
  http::Request request;
  request.method = "GET";
  request.path = path;
  request.query = "operation=GetCACert";
  CC_TRY_ASSIGN(const http::Response answer, http::fetch(peer, request, limit));
  CC_TRY_ASSIGN(auto certificates, scep::read_offer(answer.body ? *answer.body : Bytes()));
  CC_TRY_ASSIGN(auto recipient, bench::make_recipient(certificates.encryption));
  return std::make_shared<const Offer>(Offer{std::move(certificates), std::move(recipient)});
}

Result<scep::ClientCredential> make_credential(const std::string& name, crypto::PrivateKey key) {
  CC_TRY_ASSIGN(const auto subject, subject_of(name));
  CC_TRY_ASSIGN(Bytes certificate,
                bench::make_self_signed(crypto::encode_name(subject), Bytes{1}, key));
  return scep::ClientCredential{std::move(key), std::move(certificate)};
}

Result<Device> Device::create(const Order& order, OfferRef offer,
                              scep::ClientCredential credential) {
  crypto::PrivateKey key = credential.key;
  Device device(scep::MessageType::pkcs_req, order, std::move(offer), std::move(credential),
                std::move(key));
  CC_TRY(device.write_request());
  return device;
}

Result<Device> Device::create_renewal(const Order& order, OfferRef offer,
                                      scep::ClientCredential has, crypto::PrivateKey key) {
  Device device(scep::MessageType::renewal_req, order, std::move(offer), std::move(has),
                std::move(key));
  CC_TRY(device.write_request());
  return device;
}

Status Device::write_request() {
  crypto::Pkcs10Spec wanted;
  CC_TRY_ASSIGN(wanted.subject, subject_of(order_.name));
  if (!renews()) wanted.challenge_password = order_.challenge;
  subject_ = crypto::encode_name(wanted.subject);
  CC_TRY_ASSIGN(const Bytes pkcs10, crypto::make_pkcs10(key_, wanted));
  nonce_ = crypto::random_bytes(kNonceOctets);
  CC_TRY_ASSIGN(message_, make_message(type_, pkcs10, nonce_));
  return {};
}

Answer Device::request(const http::Peer& peer, Duration limit) const {
  return ask(peer, message_, nonce_, limit);
}

Answer Device::poll(const http::Peer& peer, Duration limit) const {
  Bytes names;  // IssuerAndSubject, RFC 8894 section 3.3.3
  crypto::der::Writer writer(names);
  writer.nest(crypto::der::kSequence, [&] {
    writer.raw(offer_->certificates.cas.front().subject());
    writer.raw(subject_);
  });
  const Bytes nonce = crypto::random_bytes(kNonceOctets);
  const auto message = make_message(scep::MessageType::cert_poll, names, nonce);
  if (!message.ok()) return {Kind::wrong, message.error().message(), {}};
  return ask(peer, *message, nonce, limit);
}

Result<Bytes> Device::make_message(scep::MessageType type, ByteView content,
                                   const Bytes& nonce) const {
  bench::DeviceMessage message;
  message.type = type;
  message.transaction_id = order_.transaction;
  message.nonce = nonce;
  message.content = content;
  return bench::make_message(message, offer_->recipient, credential_.key, credential_.certificate);
}

Answer Device::ask(const http::Peer& peer, const Bytes& message, const Bytes& nonce,
                   Duration limit) const {
  const auto answer = http::fetch(peer, post(order_.path, message), limit);
  if (!answer.ok()) return {Kind::no_answer, answer.error().message(), {}};
  if (answer->status == 503) return {Kind::come_again, "", {}};
  if (answer->status != 200 || !answer->body) {
    return {Kind::wrong, "HTTP " + std::to_string(answer->status), {}};
  }
  return read(*answer->body, nonce);
}

Answer Device::read(ByteView message, const Bytes& nonce) const {
  const auto reply = scep::read_reply(message, credential_, offer_->certificates.signing,
                                      order_.transaction, nonce);
  if (!reply.ok()) return {Kind::wrong, reply.error().message(), {}};
  if (reply->status == scep::PkiStatus::pending) return {Kind::pending, "", {}};
  if (reply->status == scep::PkiStatus::failure) {
    return {Kind::failure, reply->fail_info ? std::string(to_string(*reply->fail_info)) : "", {}};
  }
  const crypto::Certificate& certificate = reply->certificates.front();
  if (!certificate.belongs_to(key_) || certificate.subject() != subject_) {
    return {Kind::wrong, "a certificate for somebody else", {}};
  }
  return {Kind::success, "", certificate.der()};
}

}  // namespace certconnector::devices
