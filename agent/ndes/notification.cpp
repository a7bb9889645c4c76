#include "agent/ndes/notification.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/enrollment/new_enrollment.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/ndes/answers.h"
#include "agent/ndes/notification_match.h"
#include "common/crypto/certificate.h"
#include "common/text/hex.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes {
namespace {

namespace wire = registration_wire;

// The agent asks again after this time about a request that NDES reported as undecided.
constexpr Duration kLongest{std::chrono::hours(24 * 7)};

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

std::optional<crypto::Sha256> challenge_of(const wire::Notification& told) {
  if (!told.challenge.empty()) return crypto::sha256(as_bytes(told.challenge));
  if (told.challenge_sha256.empty()) return std::nullopt;
  crypto::Sha256 digest;
  std::copy(told.challenge_sha256.begin(), told.challenge_sha256.end(), digest.begin());
  return digest;
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

// One report of NDES on its way into the ledger. Each function returns the answer to NDES.
class Notification {
 public:
  Notification(const NdesParts& parts, const Call& call, const wire::Notification& told)
      : parts_(parts), call_(call), told_(told) {}

  http::Response record() {
    if (told_.disposition == wire::Disposition::success) {
      if (auto refused = read_certificate()) return std::move(*refused);
    }
    NotifiedRequest search{call_.service->name, told_.transaction_id, challenge_of(told_),
                           std::nullopt};
    if (issued_) search.public_key = crypto::sha256(issued_->public_key_info());
    const auto matched = match_enrollment(parts_.enrollments, search);
    if (!matched.ok()) return store_failed(matched.error());
    if (matched->several) {
      log_not_recorded(nullptr, "several requests of the transaction are under way");
      return problem(409, "ambiguous",
                     "Several requests of this transaction are under way; send the "
                     "challenge as well.");
    }
    if (matched->enrollment) return complete(*matched->enrollment);
    if (issued_) return record_unverified();
    log_not_recorded(nullptr, "the agent verified no such request");
    return problem(404, "unknown_transaction", "The agent verified no such request.");
  }

 private:
  // Reads the certificate of a success. A value: why it is not usable.
  [[nodiscard]] std::optional<http::Response> read_certificate() {
    auto certificate = crypto::Certificate::from_der(told_.certificate);
    if (!certificate.ok()) {
      log_not_recorded(nullptr, certificate.error().message());
      return bad_request(certificate.error());
    }
    const auto ca = call_.service->issuing_ca();
    if (!ca) return not_now("The issuing CA is not known yet.");
    if (!certificate->issued_by(*ca->certificate)) {
      log_not_recorded(&*certificate, "it is not of the CA of this service");
      return problem(409, "wrong_issuer", "The certificate is not of the CA of this service.");
    }
    issued_ = std::move(*certificate);
    return std::nullopt;
  }

  [[nodiscard]] http::Response complete(const core::ExternalEnrollment& matched) {
    if (reports_nothing(told_.disposition)) {
      return answer(wire::encode_notify_answer(standing_of(matched)));
    }
    const core::ExternalOutcome news = news_of(told_, issued_, parts_.clock.now());
    const auto completed =
        parts_.enrollments.complete(matched.ticket, news, parts_.new_job_id(), parts_.clock.now());
    if (!completed.ok()) return store_failed(completed.error());
    parts_.logger.info("registration.notified", "NDES reported the outcome of a request.",
                       {{"service", call_.service->name},
                        {"transaction", told_.transaction_id},
                        {"job", matched.job.key.id},
                        {"late", *completed == core::ExternalCompletion::late ? "yes" : "no"},
                        {"serial", issued_ ? text::to_hex(issued_->serial()) : ""}});
    parts_.completed(matched.job.ca);
    return answer(wire::encode_notify_answer(standing_after(matched, news, *completed)));
  }

  // The certificate of a request that the agent never verified. Its record may be gone, or another
  // NDES service verified it. Records the certificate, because it exists.
  [[nodiscard]] http::Response record_unverified() {
    const auto ca = call_.service->issuing_ca();
    if (!ca) return not_now("The issuing CA is not known yet.");
    const Timestamp now = parts_.clock.now();
    core::EnrollmentKey key{call_.service->name, told_.transaction_id,
                            crypto::sha256(issued_->public_key_info())};
    core::NewEnrollment enrollment =
        enrollment::new_enrollment({std::move(key), nullptr, ca->fingerprint, parts_.new_job_id(),
                                    call_.service->policy.report, issued_->subject()});
    enrollment.right = issued_->sha256();
    enrollment.job.external = now;
    const auto news = news_of(told_, issued_, now);
    const auto recorded = parts_.enrollments.record(enrollment, std::get<core::Issued>(news), now);
    if (!recorded.ok()) return store_failed(recorded.error());
    if (*recorded == core::ExternalCompletion::taken) {
      log_unverified(enrollment.job.job.key.id);
      parts_.completed(ca->fingerprint);
    }
    return answer(wire::encode_notify_answer(wire::Standing::issued));
  }

  [[nodiscard]] http::Response store_failed(const Error& error) {
    parts_.storage.failed(error);
    return not_now(error.message());
  }

  void log_unverified(const std::string& job) {
    parts_.logger.warning("registration.unverified",
                          "NDES reported a certificate of a request that the agent did not verify; "
                          "the agent recorded it. Find out who issued it and why.",
                          {{"service", call_.service->name},
                           {"transaction", told_.transaction_id},
                           {"job", job},
                           {"serial", text::to_hex(issued_->serial())},
                           {"issuer", issued_->issuer_text()},
                           {"sha256", text::to_hex(crypto::view(issued_->sha256()))}});
  }

  // The log has at least the outcomes that the agent cannot record.
  void log_not_recorded(const crypto::Certificate* issued, const std::string& why) {
    if (reports_nothing(told_.disposition)) return;
    parts_.logger.warning(
        "registration.not_recorded",
        "The agent cannot record the outcome that NDES reported: " + why,
        {{"service", call_.service->name},
         {"peer", call_.caller},
         {"transaction", told_.transaction_id},
         {"serial", issued != nullptr ? text::to_hex(issued->serial()) : ""},
         {"issuer", issued != nullptr ? issued->issuer_text() : ""},
         {"sha256", issued != nullptr ? text::to_hex(crypto::view(issued->sha256())) : ""}});
  }

  const NdesParts& parts_;
  const Call& call_;
  const wire::Notification& told_;
  std::optional<crypto::Certificate> issued_;  // once it is read
};

}  // namespace

void notify(const NdesParts& parts, const Call& call, http::Reply reply) {
  const auto told = wire::decode_notification(call.body);
  if (!told.ok()) return reply.send(bad_request(told.error()));
  reply.send(Notification(parts, call, *told).record());
}

}  // namespace certconnector::ndes
