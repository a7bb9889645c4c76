#include "agent/scep/pki_operation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/core/request_check.h"
#include "agent/enrollment/device_request.h"
#include "agent/enrollment/issued_before.h"
#include "agent/enrollment/refusal_kinds.h"
#include "agent/scep/enrollment_right.h"
#include "common/crypto/errors.h"
#include "common/text/hex.h"

namespace certconnector::scep {
namespace {

namespace failure = core::failure;

constexpr std::string_view kContentType = "application/x-pki-message";
// Each answer is a copy of its own, encrypted for one device.
constexpr std::size_t kLargestCrl = std::size_t{1} << 20U;

// The right was good once, as far as this can be told from the refusal: the challenge has ended or
// was withdrawn, its signing key has retired, the certificate that asked for its renewal has
// expired.
bool is_over(const core::Failed& refused) {
  static constexpr std::array<const core::FailureCode*, 5> kEnds{
      &failure::kChallengeExpired, &failure::kChallengeUsed, &failure::kChallengeRevoked,
      &failure::kChallengeUntrusted, &failure::kRenewalNotAllowed};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](const core::FailureCode* code) { return code->name == refused.code; });
}

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
  if (is_locked_out()) return;
  auto parsed = Message::parse(message);
  if (!parsed.ok()) {
    parts_.logger.warning("scep.unreadable", parsed.error().message(),
                          {{"service", service_->settings().name}, {"peer", peer_}});
    return reply_.send(http::text_response(400, parsed.error().message()));
  }
  message_ = std::move(*parsed);
  if (ra_->empty() || !issuer_) {
    return unavailable("the service has no RA certificate yet");
  }
  set_ = &ra_->front();
  if (open()) serve();
}

// Who comes with many guesses at once has them all past the door before the first one is counted.
// True: it is answered.
bool PkiOperation::is_locked_out() {
  const auto wait = parts_.challenge_failures.look(peer_);
  if (wait) reply_.send(http::too_many_requests(*wait));
  return wait.has_value();
}

// Signature and envelope, from outside: nothing is decrypted. False: it is answered.
bool PkiOperation::open() {
  const LegacyAlgorithms& legacy = service_->settings().legacy;
  auto signer = message_->verify(legacy);
  auto envelope = message_->envelope(legacy);
  // Whom it is for is told by the envelope alone, and that one answers.
  if (envelope.ok()) {
    for (const crypto::Recipient& recipient : envelope->recipients()) {
      if (const RaSet* addressed = find_addressed(*ra_, recipient.certificate)) set_ = addressed;
    }
  }
  // Who uses an old cipher uses an old hash as well, and what is said of the cipher covers both.
  const bool weak_cipher = !envelope.ok() && envelope.error().code() == error_code(ScepErrc::weak);
  if (!signer.ok()) {
    const bool weak_hash = signer.error().code() == error_code(ScepErrc::weak);
    refuse(weak_or_bad(weak_hash && weak_cipher ? envelope.error() : signer.error()));
    return false;
  }
  signer_ = std::move(*signer);
  if (!envelope.ok()) {
    refuse(weak_or_bad(envelope.error()));
    return false;
  }
  if (message_->type().value_or(MessageType::cert_rep) == MessageType::cert_rep) {
    refuse(core::failed(failure::kUnknownMessageType,
                        "The SCEP message is of a type that no client sends."));
    return false;
  }
  return choose_recipient(std::move(*envelope));
}

bool PkiOperation::choose_recipient(crypto::EnvelopedData envelope) {
  sealed_ = std::move(envelope);
  for (const crypto::Recipient& recipient : sealed_->recipients()) {
    if (!set_->encryption->is(recipient.certificate)) continue;
    recipient_ = &recipient;
    envelope_ = {signer_->fields.issuer, signer_->fields.serial, recipient.transport,
                 sealed_->cipher()};
    return true;
  }
  refuse(core::failed(failure::kCertificateNotFound,
                      "The SCEP message is encrypted to a certificate that is not this service's "
                      "RA; the device has to fetch the CA certificates again."));
  return false;
}

void PkiOperation::serve() {
  switch (message_->type().value_or(MessageType::cert_rep)) {
    case MessageType::pkcs_req:
    case MessageType::renewal_req:
      return enroll();
    case MessageType::cert_poll:
      return poll();
    case MessageType::get_cert:
      return get_certificate();
    case MessageType::get_crl:
      return get_crl();
    case MessageType::cert_rep:
      break;  // refused before
  }
}

Result<Bytes> PkiOperation::decrypt() const {
  return sealed_->decrypt(*recipient_, set_->encryption->key());
}

// Until the request's own signature holds, it may be made of pieces of another's message, so all
// that can be wrong with it is one and the same to its sender.
void PkiOperation::enroll() {
  auto content = decrypt();
  if (!content.ok()) {
    return refuse_unreadable(
        "The SCEP message cannot be decrypted: it was bent on its way, or encrypted to another "
        "key; have the device fetch the CA certificates and ask again.");
  }
  auto request =
      crypto::Pkcs10::parse(std::move(*content), service_->settings().proof(), &signer_->key);
  if (!request.ok()) return refuse_unreadable(core::unreadable_request(request.error()).message);
  decide(std::make_shared<const crypto::Pkcs10>(std::move(*request)), false);
}

void PkiOperation::decide(const std::shared_ptr<const crypto::Pkcs10>& request, bool may_wait) {
  if (is_locked_out()) return;
  request_ = request;
  auto found = find_right({*service_, *issuer_, *signer_, *message_->type(), *request,
                           message_->transaction_id(), may_wait},
                          parts_.clock.wall());
  if (std::holds_alternative<enrollment::MustWait>(found)) return ask(request);
  if (const auto* refused = std::get_if<enrollment::Refusal>(&found)) {
    if (is_over(refused->reason) && go_on()) return;
    if (enrollment::is_guess(refused->reason)) parts_.challenge_failures.count(peer_);
    return refuse(*refused, &*request);
  }
  if (const auto* unknown = std::get_if<enrollment::CannotCheck>(&found)) {
    if (go_on()) return;
    return unavailable(unknown->message);
  }
  auto& right = std::get<enrollment::GrantedRight>(found);
  challenge_ = right.challenge;
  device_ = right.device;
  if (ends_with_revocation(right)) return;
  core::NewEnrollment enrollment = enrollment_for(&*request);
  enrollment::grant(std::move(right), enrollment);
  submit(std::move(enrollment));
}

// What waits for the management endpoint must not hold up who does not.
void PkiOperation::ask(const std::shared_ptr<const crypto::Pkcs10>& request) {
  const bool posted =
      parts_.validation_pool.post([self = shared_from_this(), request](bool in_time) {
        if (in_time) return self->decide(request, true);
        self->unavailable("its challenge waited too long for the management endpoint");
      });
  if (!posted) unavailable("too many challenges wait for the management endpoint");
}

// A device repeats its request until it has an answer, if need be beyond its challenge's end or
// while nobody can check it. What this transaction with this key has begun in time goes on; but the
// certificate that asks for its successor, and one that has ended, are no answer.
bool PkiOperation::go_on() {
  const auto standing = parts_.enrollment_queue.poll(enrollment_key(), service_->settings().terms);
  if (!standing.ok() || !standing->has_value() ||
      std::holds_alternative<core::Failed>(**standing)) {
    return false;
  }
  const auto* issued = std::get_if<enrollment::Enrolled>(&**standing);
  const bool of_no_use =
      issued != nullptr && (ByteView(issued->certificate.certificate) == signer_->certificate ||
                            issued->certificate.not_after <= parts_.clock.wall());
  if (!of_no_use) deliver(**standing);
  return !of_no_use;
}

// A password that stands would give the key of a revoked certificate another one. A renewal has its
// own right for each new key.
bool PkiOperation::ends_with_revocation(const enrollment::GrantedRight& right) {
  const bool own_key = request_->public_key_info() == signer_->fields.public_key_info;
  if (!right.challenge.empty() || !own_key) return false;
  const auto why = enrollment::why_not_anew(parts_.enrollment_queue, enrollment_key(),
                                            issuer_->authority.certificates);
  if (!why.ok()) {
    unavailable(why.error().message());
  } else if (*why) {
    refuse({**why, challenge_, device_}, &*request_);
  }
  return !why.ok() || why->has_value();
}

core::EnrollmentKey PkiOperation::enrollment_key() const {
  core::EnrollmentKey key;
  key.service = service_->settings().name;
  key.transaction_id = message_->transaction_id();
  if (signer_) key.public_key = crypto::sha256(signer_->fields.public_key_info);
  return key;
}

core::NewEnrollment PkiOperation::enrollment_for(const crypto::Pkcs10* request) const {
  const ServiceSettings& settings = service_->settings();
  core::NewEnrollment enrollment = enrollment::new_enrollment(
      {enrollment_key(), request, issuer_->description.fingerprint, parts_.new_job_id(),
       settings.report, signer_ ? signer_->fields.subject : ByteView()});
  core::Job& job = enrollment.job.job;
  job.deadline = parts_.clock.now() + settings.job_deadline;
  std::get<core::IssueRequest>(job.request).proof_verified = request != nullptr;
  return enrollment;
}

void PkiOperation::submit(core::NewEnrollment enrollment) {
  parts_.enrollment_queue.enroll(std::move(enrollment), service_->settings().terms,
                                 [self = shared_from_this()](enrollment::EnrollmentAnswer answer) {
                                   self->answered(std::move(answer));
                                 });
}

void PkiOperation::refuse(const core::Failed& reason) {
  refuse(enrollment::Refusal{reason}, nullptr);
}

void PkiOperation::refuse(const enrollment::Refusal& refusal, const crypto::Pkcs10* request) {
  const core::Failed& reason = refusal.reason;
  const bool keep = enrollment::has_shown_a_right(reason) || parts_.refusals.take(peer_);
  if (keep) {
    core::NewEnrollment enrollment = enrollment_for(request);
    enrollment::ascribe(refusal, enrollment);
    parts_.enrollment_queue.note(std::move(enrollment), reason);
  }
  fail(fail_info_of(reason), reason);
}

// Whether it was the padding, or what came out of it, is answered by the same octets and counts as
// a guess: else whoever has captured a message could have it read to him octet by octet (S.
// Vaudenay, "Security flaws induced by CBC padding", 2002).
void PkiOperation::refuse_unreadable(const std::string& why) {
  parts_.challenge_failures.count(peer_);
  refuse(core::failed(failure::kUnreadableMessage, why));
}

void PkiOperation::answered(enrollment::EnrollmentAnswer answer) {
  auto task = [self = shared_from_this(), answer = std::move(answer)] { self->deliver(answer); };
  if (!parts_.pool.post_first(std::move(task))) unavailable("the agent stops");
}

void PkiOperation::deliver(const enrollment::EnrollmentAnswer& answer) {
  parts_.crash_points.reached(core::CrashPoint::answer_ready);
  std::visit(core::Overloaded{
                 [&](const enrollment::Enrolled& issued) { hand_out(issued); },
                 [&](const enrollment::StillPending&) {
                   parts_.logger.info("scep.pending", "A device has to wait for its certificate.",
                                      {{"service", service_->settings().name},
                                       {"transaction", message_->transaction_id()}});
                   send(make_pending(reference_to(*message_), set_->signing->signatory()));
                 },
                 [&](const enrollment::NotTaken& not_taken) { unavailable(not_taken.message); },
                 [&](const core::Failed& reason) { fail(fail_info_of(reason), reason); }},
             answer);
  parts_.crash_points.reached(core::CrashPoint::answer_sent);
}

void PkiOperation::hand_out(const enrollment::Enrolled& enrolled) {
  const core::IssuedCertificate& issued = enrolled.certificate;
  if (!enrolled.fresh) {
    const auto why =
        enrollment::why_not_again(issuer_->authority.certificates, issued, parts_.clock.wall());
    if (!why.ok()) return unavailable("the CA cannot be asked now");
    if (*why) return refuse({**why, challenge_, device_}, request_.get());
  }
  parts_.logger.info("scep.enrolled", "A device has its certificate.",
                     {{"service", service_->settings().name},
                      {"transaction", message_->transaction_id()},
                      {"serial", text::to_hex(issued.serial)}});
  succeed({issued.certificate}, {});
}

// The transaction and the key that signs say which request is meant; the names inside say no more,
// so they stay unread.
void PkiOperation::poll() {
  const auto answer = parts_.enrollment_queue.poll(enrollment_key(), service_->settings().terms);
  if (!answer.ok()) return unavailable(answer.error().message());
  if (answer->has_value()) return deliver(**answer);
  fail(FailInfo::bad_cert_id,
       core::failed(failure::kCertificateNotFound,
                    "No request of this transaction with this key is known."));
}

// Whether the sender has a certificate of this CA that is not revoked. Errors: the CA's register.
Result<bool> PkiOperation::is_from_holder() const {
  core::CertificateLookup* known = issuer_->authority.certificates;
  if (known == nullptr) return false;
  CC_TRY_ASSIGN(const auto own, known->find_certificate({signer_->fields.serial.to_bytes(), {}}));
  return own && !own->revocation &&
         ByteView(own->entry.certificate.certificate) == signer_->certificate;
}

bool PkiOperation::admits_holder() {
  const auto holder = is_from_holder();
  if (!holder.ok()) {
    unavailable("the CA cannot be asked now");
    return false;
  }
  if (!*holder) {
    fail(FailInfo::bad_cert_id,
         core::failed(failure::kCertificateNotFound,
                      "Only who has a certificate of this CA that is not revoked may ask."));
  }
  return *holder;
}

// Only a holder's message is decrypted, and whatever is wrong inside looks and counts alike.
std::optional<IssuerAndSerial> PkiOperation::read_reference(Bytes& content) {
  auto opened = decrypt();
  if (opened.ok()) content = std::move(*opened);
  const auto wanted = parse_issuer_and_serial(content);
  if (wanted.ok()) return *wanted;
  not_found("The message names no certificate, or cannot be read.");
  return std::nullopt;
}

void PkiOperation::not_found(const std::string& why) {
  parts_.challenge_failures.count(peer_);
  fail(FailInfo::bad_cert_id, core::failed(failure::kCertificateNotFound, why));
}

void PkiOperation::get_certificate() {
  if (!admits_holder()) return;
  Bytes content;
  const auto wanted = read_reference(content);
  if (!wanted) return;
  const auto found =
      issuer_->authority.certificates->find_certificate({wanted->serial.to_bytes(), {}});
  if (!found.ok()) return unavailable("the CA cannot be asked now");
  if (!found->has_value() || wanted->issuer != signer_->fields.issuer) {
    return not_found("This CA has no such certificate.");
  }
  succeed({(*found)->entry.certificate.certificate}, {});
}

void PkiOperation::get_crl() {
  if (!admits_holder()) return;
  // Before anything is decrypted: it is the CA's affair, and no guess of the device's.
  const auto crl = parts_.crl_of(issuer_->description.name);
  if (!crl || crl->size() > kLargestCrl) {
    const char* why = crl ? "The CRL is too large for SCEP (1 MiB); have the device get it by HTTP."
                          : "The CA has published no CRL yet.";
    return fail(FailInfo::bad_cert_id, core::failed(failure::kCertificateNotFound, why));
  }
  Bytes content;
  const auto wanted = read_reference(content);
  if (!wanted) return;
  if (wanted->issuer != signer_->fields.issuer) {
    return not_found("There is no CRL of such a CA here.");
  }
  succeed({}, {*crl});
}

void PkiOperation::succeed(const std::vector<ByteView>& certificates,
                           const std::vector<ByteView>& crls) {
  send(make_success(reference_to(*message_), set_->signing->signatory(), {envelope_, signer_->key},
                    certificates, crls));
}

void PkiOperation::fail(FailInfo info, const core::Failed& reason) {
  log_failure(reason, info);
  FailureWords words;
  words.info = info;
  if (core::client_hears_message(reason)) words.text = reason.message;
  if (service_->settings().ndes_failures) words.ndes_hresult = reason.hresult;
  send(make_failure(reference_to(*message_), set_->signing->signatory(), words));
}

void PkiOperation::log_failure(const core::Failed& reason, FailInfo info) {
  parts_.logger.warning("scep.refused", reason.message,
                        {{"service", service_->settings().name},
                         {"transaction", message_->transaction_id()},
                         {"peer", peer_},
                         {"code", reason.code},
                         {"fail_info", to_string(info)}});
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
  reply_.send(std::move(response));
}

void PkiOperation::unavailable(const std::string& why) {
  parts_.logger.warning("scep.unavailable", "A device was told to come again: " + why,
                        {{"service", service_->settings().name}});
  http::Response response = http::text_response(503, "not now; come again");
  response.headers.emplace_back("Retry-After", "30");
  reply_.send(std::move(response));
}

}  // namespace certconnector::scep
