#include "tests/support/core/stored_jobs.h"

#include <utility>

#include "agent/core/failure_codes.h"

namespace certconnector::stored_jobs {

core::NewJob issue_job(const std::string& id) {
  core::NewJob job;
  job.job.key.instance = "default";
  job.job.key.id = id;
  job.job.key.digest.fill(static_cast<std::uint8_t>(id.size()));
  job.job.ca = kCa;
  job.job.correlation_id = "correlation of " + id;
  core::IssueRequest request;
  request.template_name = "device";
  request.pkcs10 = Bytes(300, 0x30);
  job.job.request = std::move(request);
  return job;
}

core::NewJob revoke_job(const std::string& id) {
  core::NewJob job = issue_job(id);
  core::RevokeRequest request;
  request.serial = {1, 2, 3};
  request.reason = core::RevocationReason::key_compromise;
  job.job.request = request;
  return job;
}

core::NewJob local_job(const std::string& id) {
  core::NewJob job = revoke_job(id);
  job.job.key.source = core::JobSource::local;
  return job;
}

core::NewJob device_job(const std::string& id, bool report) {
  core::NewJob job = issue_job(id);
  job.job.key.source = core::JobSource::scep;
  job.report = report;
  return job;
}

core::NewJob leased(core::NewJob job, std::uint64_t number, Timestamp until) {
  job.lease = core::Lease{number, until};
  return job;
}

core::NewJob with_deadline(core::NewJob job, Timestamp deadline) {
  job.job.deadline = deadline;
  return job;
}

core::NewJob with_priority(core::NewJob job, int priority) {
  job.job.priority = priority;
  return job;
}

core::NewJob with_other_digest(core::NewJob job) {
  job.job.key.digest.fill(0xEE);
  return job;
}

core::Issued issued(const std::string& name) {
  core::Issued outcome;
  outcome.certificate.certificate = Bytes(name.begin(), name.end());
  outcome.certificate.serial = {7, 8, 9};
  outcome.certificate.not_before = at(0);
  outcome.certificate.not_after = at(86400);
  return outcome;
}

core::Settlement settlement(core::JobTicket ticket, core::Verdict verdict) {
  auto* finish = std::get_if<core::Finish>(&verdict);
  if (finish != nullptr && std::holds_alternative<core::Issued>(finish->outcome)) {
    core::CertificateLabel& label = finish->label.emplace();
    for (std::size_t i = 0; i < sizeof(ticket.value); ++i) {
      label.key.at(i) = static_cast<std::uint8_t>(ticket.value >> (8 * i));
    }
    label.template_name = "device";
  }
  return {ticket, std::move(verdict)};
}

core::Failed refused() { return core::failed(core::failure::kDeniedByCa, "no"); }

}  // namespace certconnector::stored_jobs
