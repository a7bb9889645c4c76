#include "agent/ndes/ndes_service.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/core/request_check.h"
#include "agent/enrollment/device_request.h"
#include "agent/enrollment/issued_before.h"
#include "agent/enrollment/refusal_kinds.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/ndes/notification_match.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes {
namespace {

namespace wire = registration_wire;

constexpr std::string_view kBase = "/CertificateRegistrationSvc/v1/";
// After it a request is given up that no challenge for one certificate stands behind.
constexpr Duration kLongest{std::chrono::hours(24 * 7)};
constexpr std::chrono::seconds kComeAgain{30};
constexpr Duration kOverduePause{std::chrono::minutes(1)};
constexpr std::size_t kMostOverdue = 100;  // in one step

http::Response json_response(unsigned status, std::string_view type, const std::string& body) {
  http::Response response;
  response.status = status;
  response.content_type = type;
  response.body = std::make_shared<const Bytes>(as_bytes(body).to_bytes());
  return response;
}

http::Response answer(const std::string& body) {
  return json_response(200, "application/json", body);
}

http::Response problem(unsigned status, std::string code, std::string detail) {
  return json_response(status, "application/problem+json",
                       wire::encode_problem({status, std::move(code), std::move(detail)}));
}

http::Response not_now(const std::string& why, std::chrono::seconds after = kComeAgain) {
  http::Response response = problem(503, "not_now", why);
  response.headers.emplace_back("Retry-After", std::to_string(after.count()));
  return response;
}

http::Response bad_request(const Error& error) {
  return problem(400, "bad_request", error.message());
}

bool is_json(const std::string& content_type) {
  constexpr std::string_view kType = "application/json";
  return content_type.compare(0, kType.size(), kType) == 0 &&
         (content_type.size() == kType.size() || content_type[kType.size()] == ';' ||
          content_type[kType.size()] == ' ');
}

http::Response verified(const std::optional<core::Failed>& refused) {
  if (!refused) return answer(wire::encode_verify_answer(std::nullopt));
  return answer(
      wire::encode_verify_answer(wire::Refusal{refused->code, refused->hresult, refused->message}));
}

// A challenge for one certificate is free for nobody else before it ends: the NDES may have issued
// without telling.
Duration reserved_for(const enrollment::GrantedRight& right, Timestamp wall) {
  if (!right.ends) return kLongest;
  const Duration left = *right.ends - wall;
  return right.challenge.empty() ? std::min(left, kLongest) : left;
}

// One request on its way into the ledger.
class Verification : public std::enable_shared_from_this<Verification> {
 public:
  Verification(const PointParts& parts, std::shared_ptr<const PointService> service,
               std::string caller, IssuingCa ca, wire::VerifyRequest asked, http::Reply reply)
      : parts_(parts),
        service_(std::move(service)),
        caller_(std::move(caller)),
        ca_(std::move(ca)),
        asked_(std::move(asked)),
        reply_(std::move(reply)) {}

  void run() {
    auto request = crypto::Pkcs10::parse(asked_.pkcs10, service_->proof);
    if (!request.ok()) return refuse({core::unreadable_request(request.error())});
    request_ = std::move(*request);
    decide(false);
  }

 private:
  void decide(bool may_wait) {
    const Timestamp wall = parts_.clock.wall();
    auto found = find_entitlement(
        {service_->name, *service_->check, service_->templates, service_->renewal, ca_, *request_,
         asked_.signing_certificate, asked_.template_name, asked_.transaction_id, may_wait},
        wall);
    if (std::holds_alternative<enrollment::MustWait>(found)) return ask();
    if (const auto* refused = std::get_if<enrollment::Refusal>(&found)) return refuse(*refused);
    if (const auto* unknown = std::get_if<enrollment::CannotCheck>(&found)) {
      return reply_.send(not_now(unknown->message));
    }
    auto& right = std::get<enrollment::GrantedRight>(found);
    ends_ = right.ends;
    challenge_ = right.challenge;
    device_ = right.device;
    core::NewEnrollment enrollment = asked_for();
    if (right.renews && !has_room(*right.renews)) return;
    if (right.challenge.empty()) {
      const auto why = enrollment::why_not_anew(parts_.enrollment_queue, enrollment.key, known());
      if (!why.ok()) return cannot_ask(why.error());
      if (*why) return refuse({**why, challenge_, device_});
    }
    const Duration left = reserved_for(right, wall);
    const Timestamp now = parts_.clock.now();
    enrollment.job.external = now + service_->notify_within;
    enrollment.job.job.deadline = now + std::max(left, service_->notify_within);
    enrollment::grant(std::move(right), enrollment);
    submit(std::move(enrollment));
  }

  // Of one certificate's renewals. False: it is answered.
  bool has_room(const crypto::Sha256& renewed) {
    Bytes material = as_bytes(asked_.transaction_id).to_bytes();
    for (const ByteView part :
         {as_bytes(asked_.template_name), request_->certification_request_info()}) {
      material.push_back(0);
      material.insert(material.end(), part.begin(), part.end());
    }
    const auto wait = parts_.renewals.take(renewed, crypto::sha256(material), parts_.clock.now());
    if (!wait) return true;
    const enrollment::RenewalQuotaSettings& limit = parts_.renewals.settings();
    const std::string most = std::to_string(limit.requests);
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(limit.per);
    const std::string why = "The certificate that signs the renewal had " + most +
                            " requests verified in " + std::to_string(hours.count()) +
                            " hours, which is the limit; ask again later.";
    parts_.logger.warning("registration.renewal_limit", why,
                          {{"service", service_->name},
                           {"transaction", asked_.transaction_id},
                           {"peer", caller_},
                           {"signer", text::to_hex(crypto::view(renewed))},
                           {"limit", most}});
    reply_.send(not_now(why, std::chrono::ceil<std::chrono::seconds>(*wait)));
    return false;
  }

  // What waits for the management endpoint must not hold up who does not.
  void ask() {
    const bool posted = parts_.validation_pool.post([self = shared_from_this()](bool in_time) {
      if (in_time) return self->decide(true);
      self->reply_.send(not_now("The challenge waited too long for the management endpoint."));
    });
    if (!posted) reply_.send(not_now("Too many challenges wait for the management endpoint."));
  }

  [[nodiscard]] core::NewEnrollment asked_for() const {
    core::EnrollmentKey key;
    key.service = service_->name;
    key.transaction_id = asked_.transaction_id;
    if (request_) key.public_key = crypto::sha256(request_->public_key_info());
    core::NewEnrollment enrollment =
        enrollment::new_enrollment({std::move(key), request_ ? &*request_ : nullptr,
                                    ca_.fingerprint, parts_.new_job_id(), service_->report});
    std::get<core::IssueRequest>(enrollment.job.job.request).template_name = asked_.template_name;
    return enrollment;
  }

  // The ledger's answer is what counts: the NDES is waited for by nobody here.
  void submit(core::NewEnrollment enrollment) {
    parts_.enrollment_queue.enroll(
        std::move(enrollment), {false, Duration(0)},
        [self = shared_from_this()](const enrollment::EnrollmentAnswer& told) {
          self->answered(told);
        });
  }

  void answered(const enrollment::EnrollmentAnswer& told) {
    if (const auto* not_taken = std::get_if<enrollment::NotTaken>(&told)) {
      return reply_.send(not_now(not_taken->message));
    }
    if (const auto* issued = std::get_if<enrollment::Enrolled>(&told)) {
      return again(issued->certificate);
    }
    const auto* refused = std::get_if<core::Failed>(&told);
    if (refused != nullptr) log_refusal(*refused);
    reply_.send(verified(refused == nullptr ? std::nullopt : std::make_optional(*refused)));
  }

  // It has brought its certificate, and the NDES would get another one on our word. The CA is asked
  // on the pool: the desk's thread waits for nobody.
  void again(const core::IssuedCertificate& issued) {
    const bool posted =
        parts_.pool.post_first([self = shared_from_this(), issued] { self->verify_again(issued); });
    if (!posted) reply_.send(not_now("The agent stops."));
  }

  void verify_again(const core::IssuedCertificate& issued) {
    const Timestamp wall = parts_.clock.wall();
    if (ends_ && *ends_ <= wall) {
      return refuse({core::failed(core::failure::kChallengeUsed,
                                  "The challenge was already used; it expired at " +
                                      to_rfc3339(*ends_) + "."),
                     challenge_, device_});
    }
    const auto why = enrollment::why_not_again(known(), issued, wall);
    if (!why.ok()) return cannot_ask(why.error());
    if (*why) return refuse({**why, challenge_, device_});
    reply_.send(verified(std::nullopt));
  }

  void cannot_ask(const Error& error) {
    reply_.send(not_now("The CA could not be asked for the certificate: " + error.message()));
  }

  // Null: the CA cannot be asked.
  [[nodiscard]] core::CertificateLookup* known() const {
    return ca_.issuer ? ca_.issuer->authority.certificates : nullptr;
  }

  void refuse(const enrollment::Refusal& refusal) {
    log_refusal(refusal.reason);
    if (enrollment::has_shown_a_right(refusal.reason) || parts_.refusals.take(caller_)) {
      core::NewEnrollment enrollment = asked_for();
      enrollment::ascribe(refusal, enrollment);
      parts_.enrollment_queue.note(std::move(enrollment), refusal.reason);
    }
    reply_.send(verified(refusal.reason));
  }

  void log_refusal(const core::Failed& reason) const {
    parts_.logger.warning("registration.refused", reason.message,
                          {{"service", service_->name},
                           {"transaction", asked_.transaction_id},
                           {"peer", caller_},
                           {"code", reason.code}});
  }

  const PointParts& parts_;
  std::shared_ptr<const PointService> service_;
  const std::string caller_;
  IssuingCa ca_;
  wire::VerifyRequest asked_;
  http::Reply reply_;
  std::optional<crypto::Pkcs10> request_;  // once it is read
  // Of the right that it was granted.
  std::optional<Timestamp> ends_;
  std::string challenge_;
  std::string device_;
};

core::ExternalOutcome news_of(const wire::Notification& told,
                              const std::optional<crypto::Certificate>& issued, Timestamp now) {
  if (issued) {
    core::IssuedCertificate certificate{issued->der(), issued->serial(), issued->not_before(),
                                        issued->not_after()};
    return core::Issued{std::move(certificate), {}};
  }
  if (told.disposition == wire::Disposition::failure) {
    core::Failed reason =
        core::failed(core::failure::kDeniedByCa, "The NDES told that its CA did not issue.");
    if (told.hresult < 0) reason.hresult = told.hresult;
    return reason;
  }
  return core::StillUnderWay{"The NDES told that its CA has not decided yet.", now + kLongest};
}

bool reports_nothing(wire::Disposition disposition) {
  return disposition == wire::Disposition::unknown ||
         disposition == wire::Disposition::pending_challenge;
}

wire::Standing standing_of(const core::ExternalEnrollment& known) {
  if (!jobs::is_finished(known.state)) return wire::Standing::pending;
  const bool issued = known.outcome && std::holds_alternative<core::Issued>(*known.outcome);
  return issued ? wire::Standing::issued : wire::Standing::failed;
}

wire::Standing standing_after(const core::ExternalEnrollment& known,
                              const core::ExternalOutcome& news,
                              core::ExternalCompletion completed) {
  if (std::holds_alternative<core::Issued>(news)) return wire::Standing::issued;
  if (completed != core::ExternalCompletion::taken) return standing_of(known);
  return std::holds_alternative<core::Failed>(news) ? wire::Standing::failed
                                                    : wire::Standing::pending;
}

}  // namespace

void NdesService::set_service(std::shared_ptr<const PointService> service) {
  const std::lock_guard lock(mutex_);
  service_ = std::move(service);
}

NdesService::Service NdesService::service() const {
  const std::lock_guard lock(mutex_);
  return service_;
}

void NdesService::handle(http::Request request, http::Reply reply) {
  static constexpr std::array<std::pair<std::string_view, Operation>, 3> kOperations{{
      {"challenge", &NdesService::make_challenge},
      {"verify", &NdesService::verify},
      {"notify", &NdesService::notify},
  }};
  const Service now = service();
  const bool allowed =
      now && request.peer_certificate && now->callers.allows(*request.peer_certificate);
  if (!allowed) {
    const std::string thumbprint =
        request.peer_certificate
            ? text::to_hex(crypto::view(crypto::sha256(*request.peer_certificate)))
            : "none";
    parts_.logger.warning(
        "registration.not_allowed",
        "Somebody who is not in the list of callers asked the registration point.",
        {{"peer", request.peer}, {"certificate", thumbprint}});
    return reply.send(problem(403, "not_allowed",
                              "This certificate is not in the registration point's list (allow "
                              "in the section [registration])."));
  }
  for (const auto& [name, operation] : kOperations) {
    if (request.path != std::string(kBase).append(name)) continue;
    return dispatch(now, operation, std::move(request), std::move(reply));
  }
  reply.send(problem(404, "not_found", "There is no such operation."));
}

void NdesService::dispatch(const Service& service, Operation operation, http::Request request,
                           http::Reply reply) {
  if (request.method != "POST") {
    http::Response refused = problem(405, "method_not_allowed", "POST only.");
    refused.headers.emplace_back("Allow", "POST");
    return reply.send(std::move(refused));
  }
  if (!is_json(request.header("content-type"))) {
    return reply.send(problem(415, "unsupported_media_type", "The body must be application/json."));
  }
  // std::function copies what it holds, and a reply is there once.
  auto waiting = std::make_shared<http::Reply>(std::move(reply));
  const bool posted = parts_.pool.post(
      [this, operation, call = Call{service, std::move(request.peer), std::move(request.body)},
       waiting] { (this->*operation)(call, std::move(*waiting)); });
  if (!posted) waiting->send(not_now("Too many requests wait."));
}

void NdesService::make_challenge(const Call& call, http::Reply reply) {
  const auto asked = wire::decode_challenge_request(call.body);
  if (!asked.ok()) return reply.send(bad_request(asked.error()));
  if (!call.service->make_challenge) {
    return reply.send(problem(501, "no_one_time_challenges",
                              "This service makes no one-time passwords: devices bring a "
                              "challenge that the management endpoint has made."));
  }
  const auto made = call.service->make_challenge(asked->template_name, asked->parameters);
  if (!made.ok()) {
    const Error& error = made.error();
    if (error.kind() == ErrorKind::permanent) {
      return reply.send(problem(409, std::string(error.code().name), error.message()));
    }
    parts_.storage.failed(error);
    return reply.send(not_now(error.message()));
  }
  reply.send(answer(wire::encode_challenge_answer(*made)));
}

void NdesService::verify(const Call& call, http::Reply reply) {
  auto asked = wire::decode_verify_request(call.body);
  if (!asked.ok()) return reply.send(bad_request(asked.error()));
  auto ca = call.service->issuing_ca();
  if (!ca) return reply.send(not_now("The issuing CA is not known yet."));
  std::make_shared<Verification>(parts_, call.service, call.caller, std::move(*ca),
                                 std::move(*asked), std::move(reply))
      ->run();
}

void NdesService::notify(const Call& call, http::Reply reply) {
  const auto told = wire::decode_notification(call.body);
  if (!told.ok()) return reply.send(bad_request(told.error()));
  std::optional<crypto::Certificate> issued;
  if (told->disposition == wire::Disposition::success) {
    if (auto refused = read_certificate(call, *told, issued))
      return reply.send(std::move(*refused));
  }
  NotifiedRequest search{call.service->name, told->transaction_id, told->challenge, std::nullopt};
  if (issued) search.public_key = crypto::sha256(issued->public_key_info());
  const auto matched = match_enrollment(parts_.enrollments, search);
  if (!matched.ok()) return reply.send(store_failed(matched.error()));
  if (matched->several) {
    log_not_recorded(call, *told, nullptr, "several requests of the transaction are under way");
    return reply.send(problem(409, "ambiguous",
                              "Several requests of this transaction are under way; tell the "
                              "challenge as well."));
  }
  if (matched->enrollment) return complete(call, *told, issued, *matched->enrollment, reply);
  if (issued) return record_unverified(call, *told, *issued, reply);
  log_not_recorded(call, *told, nullptr, "no such request was verified here");
  reply.send(problem(404, "unknown_transaction", "No such request was verified here."));
}

std::optional<http::Response> NdesService::read_certificate(
    const Call& call, const wire::Notification& told, std::optional<crypto::Certificate>& issued) {
  auto certificate = crypto::Certificate::from_der(told.certificate);
  if (!certificate.ok()) {
    log_not_recorded(call, told, nullptr, certificate.error().message());
    return bad_request(certificate.error());
  }
  const auto ca = call.service->issuing_ca();
  if (!ca) return not_now("The issuing CA is not known yet.");
  if (!certificate->issued_by(ca->certificate)) {
    log_not_recorded(call, told, &*certificate, "it is not of the CA of this service");
    return problem(409, "wrong_issuer", "The certificate is not of the CA of this service.");
  }
  issued = std::move(*certificate);
  return std::nullopt;
}

http::Response NdesService::store_failed(const Error& error) {
  parts_.storage.failed(error);
  return not_now(error.message());
}

void NdesService::complete(const Call& call, const wire::Notification& told,
                           const std::optional<crypto::Certificate>& issued,
                           const core::ExternalEnrollment& matched, http::Reply& reply) {
  if (reports_nothing(told.disposition)) {
    return reply.send(answer(wire::encode_notify_answer(standing_of(matched))));
  }
  const core::ExternalOutcome news = news_of(told, issued, parts_.clock.now());
  const auto completed =
      parts_.enrollments.complete(matched.ticket, news, parts_.new_job_id(), parts_.clock.now());
  if (!completed.ok()) return reply.send(store_failed(completed.error()));
  parts_.logger.info("registration.notified", "NDES reported the outcome of a request.",
                     {{"service", call.service->name},
                      {"transaction", told.transaction_id},
                      {"job", matched.job.key.id},
                      {"late", *completed == core::ExternalCompletion::late ? "yes" : "no"},
                      {"serial", issued ? text::to_hex(issued->serial()) : ""}});
  parts_.completed(matched.job.ca);
  reply.send(answer(wire::encode_notify_answer(standing_after(matched, news, *completed))));
}

// Its record may be gone, or it was verified elsewhere: the certificate exists all the same.
void NdesService::record_unverified(const Call& call, const wire::Notification& told,
                                    const crypto::Certificate& issued, http::Reply& reply) {
  const auto ca = call.service->issuing_ca();
  if (!ca) return reply.send(not_now("The issuing CA is not known yet."));
  const Timestamp now = parts_.clock.now();
  core::EnrollmentKey key{call.service->name, told.transaction_id,
                          crypto::sha256(issued.public_key_info())};
  core::NewEnrollment enrollment =
      enrollment::new_enrollment({std::move(key), nullptr, ca->fingerprint, parts_.new_job_id(),
                                  call.service->report, issued.subject()});
  enrollment.right = issued.sha256();
  enrollment.job.external = now;
  const auto news = news_of(told, issued, now);
  const auto recorded = parts_.enrollments.record(enrollment, std::get<core::Issued>(news), now);
  if (!recorded.ok()) return reply.send(store_failed(recorded.error()));
  if (*recorded == core::ExternalCompletion::taken) {
    parts_.logger.warning("registration.unverified",
                          "NDES reported a certificate of a request that was not verified here; "
                          "it is recorded. Find out who issued it and why.",
                          {{"service", call.service->name},
                           {"transaction", told.transaction_id},
                           {"job", enrollment.job.job.key.id},
                           {"serial", text::to_hex(issued.serial())},
                           {"issuer", issued.issuer_text()},
                           {"sha256", text::to_hex(crypto::view(issued.sha256()))}});
    parts_.completed(ca->fingerprint);
  }
  reply.send(answer(wire::encode_notify_answer(wire::Standing::issued)));
}

void NdesService::log_not_recorded(const Call& call, const wire::Notification& told,
                                   const crypto::Certificate* issued, const std::string& why) {
  if (reports_nothing(told.disposition)) return;
  parts_.logger.warning(
      "registration.not_recorded", "What NDES reported of a request cannot be recorded: " + why,
      {{"service", call.service->name},
       {"peer", call.caller},
       {"transaction", told.transaction_id},
       {"serial", issued != nullptr ? text::to_hex(issued->serial()) : ""},
       {"issuer", issued != nullptr ? issued->issuer_text() : ""},
       {"sha256", issued != nullptr ? text::to_hex(crypto::view(issued->sha256())) : ""}});
}

Duration NdesService::step(const StopToken& stop) {
  const auto silent = parts_.enrollments.overdue(parts_.clock.now(), kMostOverdue);
  if (!silent.ok()) {
    parts_.storage.failed(silent.error());
    return kOverduePause;
  }
  for (const core::ExternalEnrollment& one : *silent) {
    if (stop.stop_requested()) return kOverduePause;
    core::ExternalOutcome news = core::Hold{
        "The NDES has not told what became of the request, and its CA could not tell either"};
    if (auto issued = parts_.ask(one)) news = std::move(*issued);
    const auto completed =
        parts_.enrollments.complete(one.ticket, news, parts_.new_job_id(), parts_.clock.now());
    if (!completed.ok()) {
      parts_.storage.failed(completed.error());
      return kOverduePause;
    }
    parts_.logger.warning("registration.unheard", "An NDES did not tell what came of a request.",
                          {{"job", one.job.key.id},
                           {"found", std::holds_alternative<core::Issued>(news) ? "yes" : "no"}});
    parts_.completed(one.job.ca);
  }
  return silent->size() < kMostOverdue ? kOverduePause : Duration(0);
}

}  // namespace certconnector::ndes
