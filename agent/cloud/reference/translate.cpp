#include "agent/cloud/reference/translate.h"

#include "agent/cloud/reference/words.h"
#include "agent/core/failure_codes.h"

namespace certconnector::cloud {
namespace {

core::ExpectedContent to_core(management::ExpectedContent expected) {
  return {std::move(expected.subject), std::move(expected.subject_alt_names), expected.key_usage,
          std::move(expected.extended_key_usage)};
}

core::IssueRequest to_core(management::IssueRequest request) {
  core::IssueRequest out;
  out.template_name = std::move(request.template_name);
  out.pkcs10 = std::move(request.pkcs10);
  out.expected = to_core(std::move(request.expected));
  out.sid = std::move(request.sid);
  out.validity = request.validity;
  return out;
}

core::RevokeRequest to_core(management::RevokeRequest request) {
  core::RevokeRequest out;
  out.serial = std::move(request.serial);
  out.thumbprint = std::move(request.thumbprint);
  out.issuer = std::move(request.issuer);
  // The codec lets only values of the enumeration through.
  out.reason = static_cast<core::RevocationReason>(request.reason);
  // A fact about the key, stated in real time, and not compared with any clock of ours.
  out.invalidity_date = request.invalidity_date;
  return out;
}

core::Failed to_core(management::InvalidJob rejection) {
  const auto* known = core::find_failure_code(rejection.code);
  return core::failed(known == nullptr ? core::failure::kBadJob : *known,
                      std::move(rejection.message));
}

core::NewJob to_core(management::LeasedJob leased, const std::string& instance,
                     const ServerClock& server) {
  management::Job& job = leased.job;
  core::NewJob out;
  out.job.key = {core::JobSource::management, instance, std::move(job.id), job.digest};
  out.job.ca = std::move(job.ca);
  if (auto* issue = std::get_if<management::IssueRequest>(&job.request)) {
    out.job.request = to_core(std::move(*issue));
  } else {
    out.job.request = to_core(std::get<management::RevokeRequest>(std::move(job.request)));
  }
  if (job.deadline) out.job.deadline = server.to_local(*job.deadline);
  out.job.priority = job.priority;
  out.job.correlation_id = std::move(job.correlation_id);
  out.lease = core::Lease{job.lease.number, server.to_local(job.lease.expires_at)};
  if (leased.rejection) out.rejection = to_core(std::move(*leased.rejection));
  return out;
}

management::FailureStatus to_wire(core::JobState state) {
  if (state == core::JobState::dead) return management::FailureStatus::dead;
  if (state == core::JobState::canceled) return management::FailureStatus::canceled;
  return management::FailureStatus::failed;
}

management::EnrollmentDetails to_wire(const core::EnrollmentDetails& details,
                                      const ServerClock& server) {
  management::EnrollmentDetails out;
  out.service = details.service;
  out.transaction_id = details.transaction_id;
  out.public_key = details.public_key;
  out.challenge_id = details.challenge;
  out.device = details.device;
  out.subject = details.subject;
  out.requested_at = server.to_server(details.requested);
  return out;
}

struct OutcomeToWire {
  std::variant<management::Issued, management::Revoked, management::Failed> operator()(
      const core::Issued& issued) const {
    return management::Issued{issued.certificate.certificate, issued.certificate.serial,
                              issued.certificate.not_before, issued.certificate.not_after,
                              issued.note};
  }
  std::variant<management::Issued, management::Revoked, management::Failed> operator()(
      const core::Revoked& revoked) const {
    return management::Revoked{revoked.at, revoked.already};
  }
  std::variant<management::Issued, management::Revoked, management::Failed> operator()(
      const core::Failed& failed) const {
    return management::Failed{failed.code, failed.hresult, failed.message};
  }
};

}  // namespace

core::LeasedJobs to_core(management::LeaseAnswer answer, const std::string& instance,
                         const ServerClock& server) {
  core::LeasedJobs out;
  out.unreadable = answer.unreadable;
  out.jobs.reserve(answer.jobs.size());
  for (auto& job : answer.jobs) out.jobs.push_back(to_core(std::move(job), instance, server));
  return out;
}

std::vector<core::LeaseStanding> to_core(const std::vector<management::LeaseStanding>& standings,
                                         const ServerClock& server) {
  std::vector<core::LeaseStanding> out;
  out.reserve(standings.size());
  for (const auto& standing : standings) {
    core::LeaseStanding item;
    item.held = standing.held;
    if (standing.expires_at) item.until = server.to_local(*standing.expires_at);
    out.push_back(item);
  }
  return out;
}

std::vector<management::LeaseClaim> to_wire(const std::vector<core::LeaseClaim>& leases) {
  std::vector<management::LeaseClaim> out;
  out.reserve(leases.size());
  for (const auto& lease : leases) out.push_back({lease.id, lease.number});
  return out;
}

management::JobResult to_wire(const core::Report& report, const ServerClock& server) {
  management::JobResult out;
  out.id = report.key.id;
  out.digest = report.key.digest;
  out.lease_number = report.lease_number;
  if (report.enrollment) out.enrollment = to_wire(*report.enrollment, server);
  out.type = report.type == core::JobType::issue ? management::JobType::issue
                                                 : management::JobType::revoke;
  out.ca = report.ca;
  out.correlation_id = report.correlation_id;
  out.attempts = report.attempts;
  out.finished_at = server.to_server(report.finished);
  out.outcome = std::visit(OutcomeToWire{}, report.outcome);
  out.failure = to_wire(report.state);
  return out;
}

core::ReportedItem to_core(const management::ResultStanding& standing) {
  switch (standing.verdict) {
    case management::ResultVerdict::accepted:
      return {core::ReportVerdict::accepted, standing.note};
    case management::ResultVerdict::duplicate:
      return {core::ReportVerdict::duplicate, standing.note};
    case management::ResultVerdict::superseded:
      return {core::ReportVerdict::superseded, standing.note};
    case management::ResultVerdict::refused:
      break;
  }
  return {core::ReportVerdict::refused, standing.note};
}

management::ChallengeQuestion to_wire(const core::ChallengeQuestion& question,
                                      const std::string& request_id) {
  return {request_id, question.service, question.transaction_id, question.pkcs10,
          question.template_name};
}

core::ChallengeVerdict to_core(management::ChallengeAnswer answer) {
  if (auto* permit = std::get_if<management::ChallengePermit>(&answer.verdict)) {
    core::ChallengeAccepted grant;
    grant.id = std::move(permit->challenge_id);
    grant.device = std::move(permit->device);
    grant.template_name = std::move(permit->template_name);
    grant.expected = to_core(std::move(permit->expected));
    grant.sid = std::move(permit->sid);
    // By the endpoint's own clock, whatever ours says.
    grant.good_for = permit->expires_at - answer.server_time;
    return grant;
  }
  if (auto* refusal = std::get_if<management::ChallengeRefusal>(&answer.verdict)) {
    return core::ChallengeDenied{std::move(refusal->code),
                                 clean_words(std::move(refusal->message))};
  }
  auto& deferral = std::get<management::ChallengeDeferral>(answer.verdict);
  return core::VerdictUnavailable{clean_words(std::move(deferral.message))};
}

management::Heartbeat to_wire(const core::Heartbeat& heartbeat) {
  management::Heartbeat out;
  out.version = heartbeat.version;
  // The protocol has no word for a wrong clock; the findings tell of it.
  out.state = heartbeat.state == "clock_wrong" ? "paused" : heartbeat.state;
  out.queue_depth = heartbeat.queue_depth;
  out.unreported = heartbeat.unreported;
  out.identity_not_after = heartbeat.identity_not_after;
  out.cas.reserve(heartbeat.cas.size());
  for (const auto& ca : heartbeat.cas) {
    out.cas.push_back({ca.fingerprint, ca.name, ca.healthy, ca.message, ca.not_after});
  }
  return out;
}

}  // namespace certconnector::cloud
