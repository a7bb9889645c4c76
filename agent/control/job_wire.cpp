#include "agent/control/wire.h"
#include "agent/enrollment/enrollment_explanation.h"
#include "common/crypto/digest.h"
#include "common/text/base64.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

wire::JobOutcome outcome_to_wire(const core::Issued& issued, WithCertificate with_certificate) {
  wire::JobOutcome out;
  out.kind = "issued";
  out.serial = text::to_hex(issued.certificate.serial);
  out.sha256 = text::to_hex(crypto::view(crypto::sha256(issued.certificate.certificate)));
  out.not_before = issued.certificate.not_before;
  out.not_after = issued.certificate.not_after;
  if (with_certificate == WithCertificate::yes) {
    out.certificate = text::to_base64(issued.certificate.certificate);
  }
  out.note = issued.note;
  return out;
}

wire::JobOutcome outcome_to_wire(const core::Revoked& revoked, WithCertificate) {
  wire::JobOutcome out;
  out.kind = "revoked";
  out.revoked_at = revoked.at;
  out.already_revoked = revoked.already;
  return out;
}

wire::JobOutcome outcome_to_wire(const core::Failed& failed, WithCertificate) {
  wire::JobOutcome out;
  out.kind = "failed";
  out.code = failed.code;
  out.hresult = failed.hresult;
  if (failed.hresult != 0) out.hresult_hex = enrollment::hresult_text(failed.hresult);
  out.message = failed.message;
  return out;
}

void put_request(const core::IssueRequest& request, wire::Job& out) {
  out.template_name = request.template_name;
  out.sid = request.sid.value_or("");
}

void put_request(const core::RevokeRequest& request, wire::Job& out) {
  out.serial = text::to_hex(request.serial);
  out.thumbprint = text::to_hex(request.thumbprint);
  out.reason = std::string(core::to_string(request.reason));
}

}  // namespace

wire::Job to_wire(const core::JobRecord& record, const CaNames& names,
                  WithCertificate with_certificate) {
  wire::Job out;
  out.id = record.job.key.id;
  out.source = std::string(core::to_string(record.job.key.source));
  out.instance = record.job.key.instance;
  out.digest = text::to_hex(crypto::view(record.job.key.digest));
  out.type = std::string(core::to_string(record.job.type()));
  out.ca = record.job.ca;
  if (const auto found = names.find(record.job.ca); found != names.end()) {
    out.ca_name = found->second;
  }
  out.state = std::string(core::to_string(record.state));
  if (record.ended_as) out.ended_as = std::string(core::to_string(*record.ended_as));
  out.correlation_id = record.job.correlation_id;
  out.priority = record.job.priority;
  out.attempts = record.attempts;
  out.received = record.received;
  out.due = record.due;
  out.deadline = record.job.deadline;
  out.started = record.started;
  out.finished = record.finished;
  out.reported = record.reported;
  if (record.lease) out.lease = wire::JobLease{record.lease->number, record.lease->until};
  out.waiting_for_approval = record.waiting_for_approval;
  out.last_code = record.last_code;
  out.last_message = record.last_message;
  std::visit([&out](const auto& request) { put_request(request, out); }, record.job.request);
  if (record.outcome) {
    out.outcome =
        std::visit([&](const auto& outcome) { return outcome_to_wire(outcome, with_certificate); },
                   *record.outcome);
  }
  return out;
}

std::vector<wire::Event> to_wire(const std::vector<core::JobEvent>& events) {
  std::vector<wire::Event> all;
  all.reserve(events.size());
  for (const auto& event : events) all.push_back({event.at, event.kind, event.message});
  return all;
}

}  // namespace certconnector::control
