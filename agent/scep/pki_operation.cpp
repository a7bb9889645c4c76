#include "agent/scep/pki_operation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/core/request_check.h"
#include "common/crypto/errors.h"
#include "common/http/client_limit.h"
#include "common/text/hex.h"

namespace certconnector::scep {
namespace {

namespace failure = core::failure;

constexpr std::string_view kContentType = "application/x-pki-message";

core::Failed weak_or_bad(const Error& error) {
  const bool weak = error.code() == error_code(ScepErrc::weak);
  const bool forged = error.code() == error_code(ScepErrc::bad_signature) ||
                      error.code() == error_code(ScepErrc::no_signer);
  if (weak) return core::failed(failure::kUnsupportedAlgorithm, error.message());
  return core::failed(forged ? failure::kBadSignature : failure::kMalformedRequest,
                      error.message());
}

}  // namespace

FailInfo fail_info_of(const core::Failed& reason) {
  static constexpr std::array<std::pair<const core::FailureCode*, FailInfo>, 6> kInfos{{
      {&failure::kUnsupportedAlgorithm, FailInfo::bad_alg},
      {&failure::kWeakKey, FailInfo::bad_alg},
      {&failure::kWeakSignature, FailInfo::bad_alg},
      {&failure::kBadSignature, FailInfo::bad_message_check},
      {&failure::kUnreadableMessage, FailInfo::bad_message_check},
      {&failure::kCertificateNotFound, FailInfo::bad_cert_id},
  }};
  const auto* found = std::find_if(kInfos.begin(), kInfos.end(),
                                   [&](const auto& row) { return row.first->name == reason.code; });
  return found == kInfos.end() ? FailInfo::bad_request : found->second;
}

void PkiOperation::run(const OperationParts& parts, std::shared_ptr<const Service> service,
                       const Bytes& message, std::string peer, http::Reply reply) {
  const std::shared_ptr<PkiOperation> operation(
      new PkiOperation(parts, std::move(service), std::move(peer), std::move(reply)));
  operation->receive(message);
  if (operation->unreadable_) parts.finish_turn(operation->arrived_);
}

PkiOperation::PkiOperation(const OperationParts& parts, std::shared_ptr<const Service> service,
                           std::string peer, http::Reply reply)
    : parts_(parts),
      service_(std::move(service)),
      peer_(std::move(peer)),
      reply_(std::move(reply)),
      ra_(service_->ra()),
      issuer_(service_->issuer()) {}

void PkiOperation::receive(const Bytes& message) {
  if (const auto wait = parts_.front_end.guesses->look(peer_)) {
    return reply_.send(http::too_many_requests(*wait));
  }
  auto parsed = Message::parse(message);
  if (!parsed.ok()) {
    parts_.logger.warning("scep.unreadable", parsed.error().message(),
                          {{"service", service_->settings().name}, {"peer", peer_}});
    return reply_.send(http::text_response(400, parsed.error().message()));
  }
  message_ = std::move(*parsed);
  if (ra_->empty() || !issuer_) return unavailable({"the service has no RA certificate yet"});
  set_ = &ra_->front();
  if (const auto wrong = why_not_open()) return refuse(*wrong);
  serve();
}

// Checks signature and envelope without decryption.
std::optional<core::Failed> PkiOperation::why_not_open() {
  const LegacyAlgorithms& legacy = service_->settings().legacy;
  auto signer = message_->verify(legacy);
  auto envelope = message_->envelope(legacy);
  // The envelope alone names the RA certificate that answers.
  if (envelope.ok()) {
    for (const crypto::Recipient& recipient : envelope->recipients()) {
      if (const RaSet* addressed = find_addressed(*ra_, recipient.certificate)) set_ = addressed;
    }
  }
  // A client with an old cipher also uses an old hash, and the message about the cipher covers
  // both.
  const bool weak_cipher = !envelope.ok() && envelope.error().code() == error_code(ScepErrc::weak);
  if (!signer.ok()) {
    const bool weak_hash = signer.error().code() == error_code(ScepErrc::weak);
    return weak_or_bad(weak_hash && weak_cipher ? envelope.error() : signer.error());
  }
  signer_ = std::move(*signer);
  if (!envelope.ok()) return why_no_envelope(envelope.error());
  if (message_->type().value_or(MessageType::cert_rep) == MessageType::cert_rep) {
    return core::failed(failure::kUnknownMessageType,
                        "The SCEP message is of a type that no client sends.");
  }
  return why_not_addressed(std::move(*envelope));
}

// A poll's content stays unread, so a poll without one gets its answer in AES-256.
std::optional<core::Failed> PkiOperation::why_no_envelope(const Error& error) {
  if (message_->type() != MessageType::cert_poll || !message_->is_empty()) {
    return weak_or_bad(error);
  }
  envelope_ = {signer_->fields.issuer, signer_->fields.serial, {}, crypto::ContentCipher::aes256};
  return std::nullopt;
}

std::optional<core::Failed> PkiOperation::why_not_addressed(crypto::EnvelopedData envelope) {
  sealed_ = std::move(envelope);
  for (const crypto::Recipient& recipient : sealed_->recipients()) {
    if (!set_->encryption->is(recipient.certificate)) continue;
    recipient_ = &recipient;
    envelope_ = {signer_->fields.issuer, signer_->fields.serial, recipient.transport,
                 sealed_->cipher()};
    return std::nullopt;
  }
  return core::failed(failure::kCertificateNotFound,
                      "The SCEP message is encrypted to a certificate that is not this service's "
                      "RA; the device has to fetch the CA certificates again.");
}

void PkiOperation::serve() {
  const HolderQuery query{*issuer_, *signer_, [this] { return decrypt(); }};
  switch (message_->type().value_or(MessageType::cert_rep)) {
    case MessageType::pkcs_req:
    case MessageType::renewal_req:
      return enroll();
    case MessageType::cert_poll:
      return poll();
    case MessageType::get_cert:
      return answer(find_certificate(query));
    case MessageType::get_crl:
      return answer(find_crl(query, parts_.crl_of(issuer_->description.name)));
    case MessageType::cert_rep:
      break;  // denied before
  }
}

Result<Bytes> PkiOperation::decrypt() const {
  return sealed_->decrypt(*recipient_, set_->encryption->unwrapping_key());
}

// Until the request's own signature verifies, it may consist of pieces of another message. So the
// sender gets the same answer for every fault in it.
void PkiOperation::enroll() {
  auto content = decrypt();
  if (!content.ok()) {
    return refuse_unreadable(
        "The SCEP message cannot be decrypted: something changed it, or it is encrypted to another "
        "key; have the device fetch the CA certificates and ask again.");
  }
  auto request =
      crypto::Pkcs10::parse(std::move(*content), service_->settings().proof(), &signer_->key);
  if (!request.ok()) return refuse_unreadable(core::unreadable_request(request.error()).message);
  parts_.enrollments.authorize(
      device_request(std::make_shared<const crypto::Pkcs10>(std::move(*request))),
      [self = shared_from_this()](enrollment::AuthorizeAnswer answer) {
        self->authorized(std::move(answer));
      });
}

enrollment::DeviceRequest PkiOperation::device_request(
    const std::shared_ptr<const crypto::Pkcs10>& pkcs10) const {
  enrollment::DeviceRequest request;
  request.front_end = &parts_.front_end;
  request.policy = service_->policy();
  request.key.service = service_->settings().name;
  request.key.transaction_id = message_->transaction_id();
  request.ca = {std::nullopt, issuer_->description.fingerprint, issuer_};
  request.previous_cas = service_->previous();
  request.client = peer_;
  if (signer_) name_keys(pkcs10.get(), request);
  if (message_->type() == MessageType::renewal_req) {
    request.purpose = enrollment::SignerPurpose::renew;
  }
  if (!pkcs10) return request;
  request.pkcs10 = pkcs10;
  request.choose_template = [service = service_,
                             pkcs10](const std::optional<std::string>& authorized) {
    const ServiceSettings& settings = service->settings();
    return template_for(settings.name, settings.templates, *pkcs10, authorized);
  };
  const auto own = request.choose_template(std::nullopt);
  if (const auto* name = std::get_if<std::string>(&own)) request.template_name = *name;
  return request;
}

// A request under a throw-away signer is known by its own key. A renewal and a poll are known by
// the key that signs.
void PkiOperation::name_keys(const crypto::Pkcs10* pkcs10,
                             enrollment::DeviceRequest& request) const {
  const crypto::Sha256 signer = crypto::sha256(signer_->fields.public_key_info);
  request.signer = signer_->certificate.to_bytes();
  request.key.public_key = signer;
  if (pkcs10 == nullptr || !crypto::is_self_issued(signer_->fields)) return;
  if (pkcs10->public_key_info() == signer_->fields.public_key_info) return;
  request.key.public_key = crypto::sha256(pkcs10->public_key_info());
  request.signer_key = signer;
}

void PkiOperation::authorized(enrollment::AuthorizeAnswer answer) {
  const auto submit = [this](enrollment::AuthorizedRequest& request) {
    device_ = request.authorization.device;
    parts_.enrollments.submit(std::move(request),
                              [self = shared_from_this()](const enrollment::SubmitAnswer& outcome) {
                                self->deliver(outcome);
                              });
  };
  std::visit(core::Overloaded{submit, [&](enrollment::Denied& denied) { fail(denied.reason); },
                              [&](enrollment::Unavailable& why) { unavailable(why); }},
             answer);
}

void PkiOperation::refuse(const core::Failed& reason) {
  parts_.enrollments.note(device_request(), {reason});
  fail(reason);
}

// A wrong padding and wrong content get the same octets as an answer, and both count as a guess.
// Otherwise an attacker with a captured message could learn its content octet by octet (S.
// Vaudenay, "Security flaws induced by CBC padding", 2002). All these answers go out at a set time
// after their message came.
void PkiOperation::refuse_unreadable(const std::string& why) {
  unreadable_ = true;
  parts_.front_end.guesses->count(peer_);
  refuse(core::failed(failure::kUnreadableMessage, why));
}

// The transaction and the key that signs identify the request. The names inside add nothing, so
// they stay unread.
void PkiOperation::poll() {
  const auto standing = parts_.enrollments.poll(device_request());
  if (standing) return deliver(*standing);
  fail(core::failed(failure::kCertificateNotFound,
                    "No request of this transaction with this key is known."));
}

void PkiOperation::deliver(const enrollment::SubmitAnswer& answer) {
  parts_.crash_points.reached(core::CrashPoint::answer_ready);
  std::visit(
      core::Overloaded{[&](const enrollment::Enrolled& issued) { hand_out(issued.certificate); },
                       [&](const enrollment::StillPending&) { wait_longer(); },
                       [&](const enrollment::Denied& denied) { fail(denied.reason); },
                       [&](const enrollment::Unavailable& why) { unavailable(why); }},
      answer);
  parts_.crash_points.reached(core::CrashPoint::answer_sent);
}

void PkiOperation::answer(const HolderAnswer& found) {
  const bool of_holder =
      std::holds_alternative<FoundCertificate>(found) || std::holds_alternative<FoundCrl>(found);
  if (of_holder) {
    parts_.used(issuer_->description.fingerprint, signer_->fields.serial.to_bytes());
  }
  std::visit(core::Overloaded{[&](const FoundCertificate& one) { succeed({one.certificate}, {}); },
                              [&](const FoundCrl& one) { succeed({}, {*one.crl}); },
                              [&](const NothingFound& nothing) {
                                unreadable_ = nothing.guess;
                                if (nothing.guess) parts_.front_end.guesses->count(peer_);
                                fail(nothing.reason);
                              },
                              [&](const enrollment::Unavailable& why) { unavailable(why); }},
             found);
}

void PkiOperation::hand_out(const core::IssuedCertificate& issued) {
  parts_.logger.info("scep.enrolled", "A device has its certificate.",
                     {{"service", service_->settings().name},
                      {"transaction", message_->transaction_id()},
                      {"device", device_},
                      {"serial", text::to_hex(issued.serial)}});
  succeed({issued.certificate}, {});
}

void PkiOperation::wait_longer() {
  parts_.logger.info(
      "scep.pending", "A device has to wait for its certificate.",
      {{"service", service_->settings().name}, {"transaction", message_->transaction_id()}});
  send(make_pending(reference_to(*message_), set_->signing->signatory()));
}

void PkiOperation::succeed(const std::vector<ByteView>& certificates,
                           const std::vector<ByteView>& crls) {
  send(make_success(reference_to(*message_), set_->signing->signatory(), {envelope_, signer_->key},
                    certificates, crls));
}

void PkiOperation::fail(const core::Failed& reason) {
  FailureWords words;
  words.info = fail_info_of(reason);
  parts_.logger.warning("scep.refused", reason.message,
                        {{"service", service_->settings().name},
                         {"transaction", message_->transaction_id()},
                         {"peer", peer_},
                         {"code", reason.code},
                         {"fail_info", to_string(words.info)}});
  if (core::client_hears_message(reason)) words.text = reason.message;
  if (service_->settings().ndes_failures) words.ndes_hresult = reason.hresult;
  send(make_failure(reference_to(*message_), set_->signing->signatory(), words));
}

void PkiOperation::send(const Result<Bytes>& message) {
  if (!message.ok()) {
    parts_.logger.error("scep.no_answer",
                        "An answer could not be made: " + message.error().message(),
                        {{"service", service_->settings().name}});
    return reply_.send(http::text_response(500, "internal error"));
  }
  http::Response response;
  response.content_type = kContentType;
  response.body = std::make_shared<const Bytes>(*message);
  // The time must tell no more than the octets do.
  if (unreadable_) {
    return parts_.answer_unreadable(std::move(reply_), std::move(response), arrived_);
  }
  reply_.send(std::move(response));
}

// A client above its limit gets 429, and the limit's own log line names it.
void PkiOperation::unavailable(const enrollment::Unavailable& why) {
  constexpr std::chrono::seconds kComeAgain{30};
  const auto wait = why.retry_after.value_or(kComeAgain);
  if (why.limited) return reply_.send(http::too_many_requests(wait));
  parts_.logger.warning("scep.unavailable", "A device has to come again: " + why.message,
                        {{"service", service_->settings().name},
                         {"transaction", message_ ? message_->transaction_id() : ""},
                         {"peer", peer_}});
  http::Response response = http::text_response(503, "not now; come again");
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  reply_.send(std::move(response));
}

}  // namespace certconnector::scep
