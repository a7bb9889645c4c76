#include "agent/upstream/reporter.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "agent/core/errors.h"
#include "common/runtime/loop_thread.h"
#include "common/text/hex.h"

namespace certconnector::upstream {
namespace {

// After so many denied reports without one success the endpoint is at fault, not a row.
constexpr int kMostDenials = 40;

const core::IssuedCertificate* certificate_of(const core::Report& report) {
  const auto* issued = std::get_if<core::Issued>(&report.outcome);
  return issued == nullptr ? nullptr : &issued->certificate;
}

// The reason to revoke a certificate after this answer; nothing: it stays valid. The cloud that
// gave a job keeps a result that it denied; a certificate that no device gets is useless.
std::optional<core::RevocationReason> reason_to_revoke(const core::Report& report,
                                                       core::ReportVerdict verdict) {
  if (verdict == core::ReportVerdict::superseded) return core::RevocationReason::superseded;
  if (verdict == core::ReportVerdict::refused && report.enrollment) {
    return core::RevocationReason::cessation_of_operation;
  }
  return std::nullopt;
}

// NDES gets its certificates from its CA. When the agent does not serve that CA, a job for it would
// wait for ever.
bool revoked_by_hand(const core::Report& report, const jobs::CaRegistry& cas) {
  return report.enrollment && report.enrollment->external && !cas.find(report.ca);
}

std::string revoke_by_hand(const core::Report& report, const core::IssuedCertificate& certificate) {
  return "Revoke the certificate with the serial number " + text::to_hex(certificate.serial) +
         " at the CA that issued it (SHA-256 of its certificate: " + report.ca +
         "): this agent does not serve that CA and cannot.";
}

Error bad_length() {
  return {core::CoreErrc::bad_answer, ErrorKind::permanent,
          "the endpoint acknowledged another number of results than the agent sent"};
}

}  // namespace

core::Job revocation_after_report(const core::Report& report,
                                  const core::IssuedCertificate& certificate,
                                  core::RevocationReason reason) {
  const std::string serial = text::to_hex(certificate.serial);
  const std::string why = reason == core::RevocationReason::superseded ? "superseded" : "refused";
  core::Job job;
  job.key.source = core::JobSource::local;
  job.key.instance = why;
  // Two CAs may use the same serial number.
  constexpr std::size_t kOfFingerprint = 8;
  job.key.id = why + "-" + serial + "-" + report.ca.substr(0, kOfFingerprint);
  job.key.digest = crypto::sha256(as_bytes(report.ca + ":" + serial));
  job.ca = report.ca;
  job.correlation_id = report.correlation_id;
  core::RevokeRequest request;
  request.serial = certificate.serial;
  request.reason = reason;
  job.request = std::move(request);
  return job;
}

Reporter::Reporter(const UpstreamSession& session, core::JobStore& store, jobs::JobIntake& intake,
                   const jobs::CaRegistry& cas, core::OutcomeListener* listener)
    : session_(session),
      sink_(*session.roles.results),
      store_(store),
      intake_(intake),
      cas_(cas),
      pace_(session.pace()),
      listener_(listener) {}

Duration Reporter::step(const StopToken& stop) {
  if (const auto wait = pace_.waits()) return *wait;
  if (!session_.operating_mode.may_report()) return runtime::kIdle;
  auto reports = store_.unreported(session_.share, core::kMostInOneCall);
  if (!reports.ok()) return pace_.store_failed(reports.error());
  if (reports->empty()) return runtime::kIdle;

  const auto items = sink_.report(*reports, stop);
  if (stop.stop_requested() && !items.ok()) return runtime::kIdle;
  if (!items.ok()) {
    const bool splits = items.error().kind() == ErrorKind::permanent && reports->size() > 1;
    return splits ? split(*reports, items.error(), stop) : pace_.failed(items.error());
  }
  if (items->size() != reports->size()) return pace_.failed(bad_length());
  session_.health.succeeded();
  if (const auto wait = note(*reports, *items)) return *wait;
  pace_.recovered();
  return reports->size() == core::kMostInOneCall ? Duration(0) : runtime::kIdle;
}

std::optional<Duration> Reporter::note(const std::vector<core::Report>& reports,
                                       const std::vector<core::ReportedItem>& items) {
  session_.crash_points.reached(core::CrashPoint::report_sent);
  std::vector<core::ReportAcknowledgement> acks;
  std::map<core::CaFingerprint, std::size_t> revocations;
  acks.reserve(reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    acks.push_back(acknowledgement(reports[i], items[i]));
    if (acks.back().follow_up) ++revocations[reports[i].ca];
  }
  const Status stored = store_.acknowledge(acks, session_.clock.now());
  if (!stored.ok()) return pace_.store_failed(stored.error());
  session_.crash_points.reached(core::CrashPoint::report_acknowledged);
  if (listener_ != nullptr) listener_->acknowledged(acks);
  session_.logger.info("report.sent", "Results were reported.", {{"jobs", reports.size()}});
  for (const auto& [ca, count] : revocations) intake_.work_arrived(ca, count);
  return std::nullopt;
}

core::ReportAcknowledgement Reporter::acknowledgement(const core::Report& report,
                                                      const core::ReportedItem& item) {
  core::ReportAcknowledgement ack{report.ticket, item.verdict, item.note, std::nullopt};
  const core::IssuedCertificate* certificate = certificate_of(report);
  const auto reason = reason_to_revoke(report, item.verdict);
  ack.issued = certificate != nullptr;
  std::string then;
  if (certificate != nullptr && reason && revoked_by_hand(report, cas_)) {
    ack.by_hand = revoke_by_hand(report, *certificate);
    then = ack.by_hand;
  } else if (certificate != nullptr && reason) {
    ack.follow_up = core::NewJob{revocation_after_report(report, *certificate, *reason),
                                 std::nullopt, std::nullopt};
    then = "The agent revokes the certificate.";
  }
  log_verdict(report, item, then);
  return ack;
}

void Reporter::log_verdict(const core::Report& report, const core::ReportedItem& item,
                           const std::string& then) {
  switch (item.verdict) {
    case core::ReportVerdict::accepted:
    case core::ReportVerdict::duplicate:
      break;
    case core::ReportVerdict::superseded:
      if (then.empty()) break;
      session_.logger.warning(
          "report.superseded",
          (report.enrollment ? "Another enrollment used the challenge first. "
                             : "Another agent's result was first. ") +
              then,
          {{"job", report.key.id}, {"correlation", report.correlation_id}, {"ca", report.ca}});
      break;
    case core::ReportVerdict::refused:
      session_.logger.warning(
          "report.refused",
          "The endpoint does not take the result: " + item.note +
              (then.empty() ? "" : " - " + then),
          {{"job", report.key.id}, {"correlation", report.correlation_id}, {"ca", report.ca}});
      break;
  }
}

Duration Reporter::split(const std::vector<core::Report>& reports, const Error& whole,
                         const StopToken& stop) {
  struct Part {
    std::size_t from;
    std::size_t to;
  };
  std::vector<Part> left{{0, reports.size() / 2}, {reports.size() / 2, reports.size()}};
  std::vector<std::pair<core::Report, std::string>> poison;
  bool delivered = false;
  for (int denials = 0; !left.empty();) {
    const Part part = left.back();
    left.pop_back();
    const std::vector<core::Report> some(reports.begin() + static_cast<std::ptrdiff_t>(part.from),
                                         reports.begin() + static_cast<std::ptrdiff_t>(part.to));
    const auto items = sink_.report(some, stop);
    if (items.ok()) {
      if (items->size() != some.size()) return pace_.failed(bad_length());
      if (const auto wait = note(some, *items)) return *wait;
      delivered = true;
      continue;
    }
    if (items.error().kind() != ErrorKind::permanent) {
      return stop.stop_requested() ? runtime::kIdle : pace_.failed(items.error());
    }
    if (!delivered && ++denials > kMostDenials) return pace_.failed(whole);
    if (some.size() == 1) {
      poison.emplace_back(some.front(), items.error().message());
      continue;
    }
    const std::size_t middle = part.from + some.size() / 2;
    left.push_back({part.from, middle});
    left.push_back({middle, part.to});
  }
  // Without one success there is no proof that the rows are at fault, and they stay.
  if (!delivered) return pace_.failed(whole);
  pace_.succeeded();
  for (const auto& [report, why] : poison) {
    if (const auto wait = note({report}, {{core::ReportVerdict::refused, why}})) return *wait;
  }
  return Duration(0);
}

}  // namespace certconnector::upstream
