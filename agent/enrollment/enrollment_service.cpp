#include "agent/enrollment/enrollment_service.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/enrollment/denial_kinds.h"
#include "agent/enrollment/issued_before.h"
#include "agent/enrollment/new_enrollment.h"
#include "common/crypto/certificate_fields.h"
#include "common/text/letter_case.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

bool is_external(const DeviceRequest& request) { return request.policy->notify_within.has_value(); }

// For NDES only the ledger's answer counts: nobody waits for the certificate here.
EnrollmentTerms terms_of(const DeviceRequest& request) {
  return is_external(request) ? EnrollmentTerms{false, Duration(0)} : request.policy->terms;
}

Unavailable cannot_ask(const Error& error) {
  return {"the CA could not be asked for the certificate: " + error.message()};
}

// A repeat of a renewal is the same one, whoever signs it and when, and in whatever letter case
// NDES names the template.
crypto::Sha256 renewal_digest(const DeviceRequest& request) {
  Bytes material = as_bytes(request.key.transaction_id).to_bytes();
  const std::string template_name = text::to_lower(request.template_name);
  for (const ByteView part :
       {as_bytes(template_name), request.pkcs10->certification_request_info()}) {
    material.push_back(0);
    material.insert(material.end(), part.begin(), part.end());
  }
  return crypto::sha256(material);
}

// Names the device when the request is not readable. A view into `request`.
ByteView subject_of_signer(const DeviceRequest& request) {
  if (request.pkcs10) return {};
  const auto signer = crypto::parse_certificate_fields(request.signer);
  return signer.ok() ? signer->subject : ByteView();
}

// Nobody else gets a challenge for one certificate before it ends: NDES may have issued without a
// report.
Duration reserved_for(const Authorization& authorization, Duration longest, Timestamp wall) {
  if (!authorization.ends) return longest;
  const Duration left = *authorization.ends - wall;
  return authorization.challenge.empty() ? std::min(left, longest) : left;
}

void set_external_times(const EnrollmentPolicy& policy, const Authorization& authorization,
                        const Clock& clock, core::NewJob& job) {
  const Duration left = reserved_for(authorization, policy.job_deadline, clock.wall());
  const Timestamp now = clock.now();
  job.external = now + *policy.notify_within;
  job.job.deadline = now + std::max(left, *policy.notify_within);
}

// A device gets neither the certificate that asks for its successor nor an expired one.
bool is_of_use(const EnrollmentAnswer& standing, const DeviceRequest& request, Timestamp wall) {
  const auto* issued = std::get_if<Enrolled>(&standing);
  return issued == nullptr || (issued->certificate.certificate != request.signer &&
                               issued->certificate.not_after > wall);
}

}  // namespace

void EnrollmentService::authorize(DeviceRequest request, const AuthorizeDone& done) {
  decide(std::make_shared<const DeviceRequest>(std::move(request)), {}, done);
}

void EnrollmentService::decide(const Request& request, MayWait may_wait,
                               const AuthorizeDone& done) {
  if (auto locked_out = why_locked_out(*request)) return done(std::move(*locked_out));
  if (auto undecidable = why_undecidable()) {
    return done(answer_to(request, std::move(*undecidable)));
  }
  auto decision = enrollment::decide(*request, may_wait, parts_.clock.wall());
  std::visit(core::Overloaded{[&](NeedsValidation) { validate(request, done); },
                              [&](NeedsRevocationList) { fetch_revocation_list(request, done); },
                              [&](auto& decided) { done(answer_to(request, std::move(decided))); }},
             decision);
}

// A device that waits for the validator must not hold up those that do not.
void EnrollmentService::validate(const Request& request, const AuthorizeDone& done) {
  const bool posted = parts_.validation_pool.post([this, request, done](bool in_time) {
    if (in_time) return decide(request, {true, true}, done);
    done(Unavailable{"the challenge waited too long for the management endpoint"});
  });
  if (!posted) done(Unavailable{"too many challenges wait for the management endpoint"});
}

// A server that is slow with its CRL must not hold up devices without a renewal, nor challenges.
void EnrollmentService::fetch_revocation_list(const Request& request, const AuthorizeDone& done) {
  RevocationCheck& check = *request->policy->renewal.foreign->revocation;
  const bool posted = check.post([this, request, done](bool in_time) {
    if (in_time) return decide(request, {true, false}, done);
    done(Unavailable{"the renewal waited too long for a CRL"});
  });
  if (!posted) done(Unavailable{"too many renewals wait for a CRL"});
}

// Challenges and certificates are for a time.
std::optional<Unavailable> EnrollmentService::why_undecidable() const {
  if (!parts_.operating_mode.clock_is_wrong()) return std::nullopt;
  return Unavailable{"the clock of the agent's machine is wrong"};
}

// Checks the lockout again: concurrent guesses all pass the front end's check before any of them is
// counted.
std::optional<Unavailable> EnrollmentService::why_locked_out(const DeviceRequest& request) const {
  runtime::ClientLimit* guesses = request.front_end->guesses;
  const auto wait = guesses == nullptr ? std::nullopt : guesses->look(request.client);
  if (!wait) return std::nullopt;
  return Unavailable{"this client has sent too many wrong challenges", *wait, true};
}

AuthorizeAnswer EnrollmentService::answer_to(const Request& request, Denied denied) {
  if (has_ended(denied.reason)) {
    if (auto resumed = resume(request)) return std::move(*resumed);
  }
  if (is_guess(denied.reason)) count_guess(*request);
  return noted(*request, std::move(denied));
}

AuthorizeAnswer EnrollmentService::answer_to(const Request& request, Unavailable unavailable) {
  if (auto resumed = resume(request)) return std::move(*resumed);
  return unavailable;
}

AuthorizeAnswer EnrollmentService::answer_to(const Request& request, Authorization authorization) {
  if (auto too_many = why_too_many(*request, authorization)) return std::move(*too_many);
  // A static challenge would give the key of a revoked certificate another one. A renewal
  // authorizes each new key separately.
  const bool own_key =
      request->key.public_key == crypto::sha256(request->pkcs10->public_key_info());
  if (authorization.challenge.empty() && own_key) {
    auto why = why_not_anew(parts_.queue, request->key, lookup_of(request->ca));
    if (!why.ok()) return cannot_ask(why.error());
    if (*why) return noted(*request, deny(authorization, std::move(**why)));
  }
  return AuthorizedRequest{request, std::move(authorization), std::nullopt};
}

std::optional<Unavailable> EnrollmentService::why_too_many(
    const DeviceRequest& request, const Authorization& authorization) const {
  RenewalQuota* quota = request.front_end->renewals;
  if (quota == nullptr || !authorization.renews) return std::nullopt;
  const auto wait = quota->take(*authorization.renews, renewal_digest(request), parts_.clock.now());
  if (!wait) return std::nullopt;
  const RenewalQuotaSettings& limit = quota->settings();
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(limit.per);
  return Unavailable{"The certificate that signs the renewal had " +
                         std::to_string(limit.requests) + " requests verified in " +
                         std::to_string(hours.count()) +
                         " hours, which is the limit; ask again later.",
                     std::chrono::ceil<std::chrono::seconds>(*wait), true};
}

// A device repeats its request until it has an answer, also after its challenge's end or while no
// validator answers. An enrollment that this transaction with this key began in time goes on. NDES
// would issue another certificate, so nothing goes on there.
std::optional<AuthorizedRequest> EnrollmentService::resume(const Request& request) {
  if (is_external(*request)) return std::nullopt;
  auto standing = parts_.queue.find(request->key, terms_of(*request));
  if (!standing.ok() || !standing->has_value()) return std::nullopt;
  const bool failed = std::holds_alternative<core::Failed>(**standing);
  if (failed || !is_of_use(**standing, *request, parts_.clock.wall())) return std::nullopt;
  return AuthorizedRequest{request, {}, std::move(*standing)};
}

core::NewEnrollment EnrollmentService::enrollment_for(const DeviceRequest& request) const {
  core::NewEnrollment enrollment =
      new_enrollment({request.key, request.pkcs10.get(), request.ca.fingerprint,
                      parts_.new_job_id(), request.policy->report, subject_of_signer(request)});
  auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  enrollment.signer = request.signer_key;
  if (is_external(request)) {
    issue.template_name = request.template_name;
  } else {
    enrollment.job.job.deadline = parts_.clock.now() + request.policy->job_deadline;
    issue.proof_verified = request.pkcs10 != nullptr;
  }
  return enrollment;
}

core::NewEnrollment EnrollmentService::authorized_enrollment(
    const DeviceRequest& request, const Authorization& authorization) const {
  core::NewEnrollment enrollment = enrollment_for(request);
  if (is_external(request)) {
    set_external_times(*request.policy, authorization, parts_.clock, enrollment.job);
  }
  grant(authorization, enrollment);
  return enrollment;
}

void EnrollmentService::count_guess(const DeviceRequest& request) {
  runtime::ClientLimit* guesses = request.front_end->guesses;
  if (guesses != nullptr) guesses->count(request.client);
}

void EnrollmentService::submit(AuthorizedRequest authorized, SubmitDone done) {
  const Request& request = authorized.request;
  Authorization& authorization = authorized.authorization;
  Attribution attribution{authorization.challenge, authorization.device, authorization.ends};
  if (authorized.standing) {
    return done(settle(*request, attribution, std::move(*authorized.standing)));
  }
  core::NewEnrollment enrollment = authorized_enrollment(*request, authorization);
  if (authorization.instead) {
    enrollment.instead = std::make_shared<const core::NewEnrollment>(
        authorized_enrollment(*request, *authorization.instead));
  }
  parts_.queue.enroll(
      std::move(enrollment), terms_of(*request),
      [this, request, attribution = std::move(attribution), guessed = authorization.wrong_challenge,
       done = std::move(done)](EnrollmentAnswer answer) {
        if (guessed && std::holds_alternative<core::Failed>(answer)) {
          count_guess(*request);
        }
        const bool posted = request->front_end->pool.post_first(
            [this, request, attribution, done, answer = std::move(answer)] {
              done(settle(*request, attribution, answer));
            });
        if (!posted) done(Unavailable{"the agent stops"});
      });
}

std::optional<SubmitAnswer> EnrollmentService::poll(const DeviceRequest& request) {
  auto standing = parts_.queue.poll(request.key, terms_of(request));
  if (!standing.ok()) return Unavailable{standing.error().message()};
  if (!standing->has_value()) return std::nullopt;
  return settle(request, {}, std::move(**standing));
}

SubmitAnswer EnrollmentService::settle(const DeviceRequest& request, const Attribution& attribution,
                                       EnrollmentAnswer answer) {
  return std::visit(
      core::Overloaded{
          [&](Enrolled& enrolled) { return hand_out(request, attribution, std::move(enrolled)); },
          [&](core::Failed& reason) -> SubmitAnswer {
            return Denied{std::move(reason), attribution.challenge, attribution.device};
          },
          [](auto& other) -> SubmitAnswer { return std::move(other); }},
      answer);
}

SubmitAnswer EnrollmentService::hand_out(const DeviceRequest& request,
                                         const Attribution& attribution, Enrolled enrolled) {
  const auto give = [&]() -> SubmitAnswer {
    // An NDES may have given it out or not.
    if (enrolled.renewal && !is_external(request)) parts_.queue.given(*enrolled.renewal);
    return enrolled;
  };
  if (enrolled.fresh) return give();
  const Timestamp wall = parts_.clock.wall();
  // NDES would issue another certificate.
  if (is_external(request) && attribution.ends && *attribution.ends <= wall) {
    return noted(request, {core::failed(core::failure::kChallengeUsed,
                                        "The challenge was already used; it expired at " +
                                            to_rfc3339(*attribution.ends) + "."),
                           attribution.challenge, attribution.device});
  }
  auto why = why_not_again(lookup_of(request.ca), enrolled.certificate, wall);
  if (!why.ok()) return cannot_ask(why.error());
  if (*why) {
    return noted(request, {std::move(**why), attribution.challenge, attribution.device});
  }
  return give();
}

Denied EnrollmentService::noted(const DeviceRequest& request, Denied denied) {
  note(request, denied);
  return denied;
}

void EnrollmentService::note(const DeviceRequest& request, const Denied& denied) {
  const bool keep =
      presented_known_credential(denied.reason) || request.front_end->refusals.take(request.client);
  if (!keep) return;
  core::NewEnrollment enrollment = enrollment_for(request);
  ascribe(denied, enrollment);
  parts_.queue.note(std::move(enrollment), denied.reason);
}

}  // namespace certconnector::enrollment
