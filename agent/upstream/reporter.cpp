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

// So many refusals without one success, and it is the endpoint that is wrong, not a row.
constexpr int kMostRefusals = 40;

const core::IssuedCertificate* certificate_of(const core::Report& report) {
  const auto* issued = std::get_if<core::Issued>(&report.outcome);
  return issued == nullptr ? nullptr : &issued->certificate;
}

// Why a certificate that was answered like this has to be revoked; nothing: it does not. A refused
// result of a leased job stays with whoever gave the job; what no device gets serves nobody.
std::optional<core::RevocationReason> reason_to_revoke(const core::Report& report,
                                                       core::ReportVerdict verdict) {
  if (verdict == core::ReportVerdict::superseded) return core::RevocationReason::superseded;
  if (verdict == core::ReportVerdict::refused && report.enrollment) {
    return core::RevocationReason::cessation_of_operation;
  }
  return std::nullopt;
}

// An NDES brings its certificates from a CA of its own, whose jobs would wait here for ever.
bool revoked_by_hand(const core::Report& report, const jobs::CaRegistry& authorities) {
  return report.enrollment && report.enrollment->external && !authorities.find(report.ca);
}

std::string revoke_by_hand(const core::Report& report, const core::IssuedCertificate& certificate) {
  return "Revoke the certificate with the serial number " + text::to_hex(certificate.serial) +
         " at the CA that issued it (SHA-256 of its certificate: " + report.ca +
         "): this agent does not serve that CA and cannot.";
}

Error bad_length() {
  return {core::CoreErrc::bad_answer, ErrorKind::permanent,
          "the endpoint acknowledged another number of results than were sent"};
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

Reporter::Reporter(core::ManagementEndpoint& endpoint, core::JobStore& store,
                   jobs::Scheduler& scheduler, const jobs::CaRegistry& authorities,
                   jobs::OperatingMode& operating_mode, jobs::StorageGuard& storage,
                   EndpointHealth& health, const Clock& clock, runtime::RetryPolicy retry,
                   runtime::RandomSource& random, core::CrashPoints& crash_points,
                   log::Logger& logger, core::OutcomeListener* listener)
    : endpoint_(endpoint),
      store_(store),
      scheduler_(scheduler),
      cas_(authorities),
      operating_mode_(operating_mode),
      storage_(storage),
      health_(health),
      clock_(clock),
      backoff_(retry, random),
      crash_points_(crash_points),
      logger_(logger),
      listener_(listener) {}

Duration Reporter::step(const StopToken& stop) {
  if (const Timestamp now = clock_.now(); now < not_before_) return not_before_ - now;
  if (!operating_mode_.may_report()) return runtime::kIdle;
  auto reports = store_.unreported({}, core::kMostInOneCall);
  if (!reports.ok()) return store_failed(reports.error());
  if (reports->empty()) return runtime::kIdle;

  const auto items = endpoint_.report(*reports, stop);
  if (stop.stop_requested() && !items.ok()) return runtime::kIdle;
  if (!items.ok()) {
    const bool splits = items.error().kind() == ErrorKind::permanent && reports->size() > 1;
    return splits ? split(*reports, items.error(), stop) : failed(items.error());
  }
  if (items->size() != reports->size()) return failed(bad_length());
  health_.succeeded();
  if (const auto wait = note(*reports, *items)) return *wait;
  backoff_.succeeded();
  return reports->size() == core::kMostInOneCall ? Duration(0) : runtime::kIdle;
}

Duration Reporter::failed(const Error& error) {
  health_.failed(error);
  const Duration wait = backoff_.failed(error.retry_after());
  not_before_ = clock_.now() + wait;
  return wait;
}

Duration Reporter::store_failed(const Error& error) {
  storage_.failed(error);
  // The gate's change wakes this loop.
  if (operating_mode_.storage_is_failing()) return runtime::kIdle;
  const Duration wait = backoff_.failed();
  not_before_ = clock_.now() + wait;
  return wait;
}

std::optional<Duration> Reporter::note(const std::vector<core::Report>& reports,
                                       const std::vector<core::ReportedItem>& items) {
  crash_points_.reached(core::CrashPoint::report_sent);
  std::vector<core::ReportAcknowledgement> acks;
  std::map<core::CaFingerprint, std::size_t> revocations;
  acks.reserve(reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    acks.push_back(acknowledgement(reports[i], items[i]));
    if (acks.back().follow_up) ++revocations[reports[i].ca];
  }
  const Status stored = store_.acknowledge(acks, clock_.now());
  if (!stored.ok()) return store_failed(stored.error());
  crash_points_.reached(core::CrashPoint::report_acknowledged);
  if (listener_ != nullptr) listener_->acknowledged(acks);
  logger_.info("report.sent", "Results were reported.", {{"jobs", reports.size()}});
  for (const auto& [ca, count] : revocations) scheduler_.ready(ca, count);
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
    then = "The certificate is revoked.";
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
      logger_.warning(
          "report.superseded",
          (report.enrollment ? "Another enrolment used the challenge first. "
                             : "Another agent's result was first. ") +
              then,
          {{"job", report.key.id}, {"correlation", report.correlation_id}, {"ca", report.ca}});
      break;
    case core::ReportVerdict::refused:
      logger_.warning(
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
  for (int refusals = 0; !left.empty();) {
    const Part part = left.back();
    left.pop_back();
    const std::vector<core::Report> some(reports.begin() + static_cast<std::ptrdiff_t>(part.from),
                                         reports.begin() + static_cast<std::ptrdiff_t>(part.to));
    const auto items = endpoint_.report(some, stop);
    if (items.ok()) {
      if (items->size() != some.size()) return failed(bad_length());
      if (const auto wait = note(some, *items)) return *wait;
      delivered = true;
      continue;
    }
    if (items.error().kind() != ErrorKind::permanent) {
      return stop.stop_requested() ? runtime::kIdle : failed(items.error());
    }
    if (!delivered && ++refusals > kMostRefusals) return failed(whole);
    if (some.size() == 1) {
      poison.emplace_back(some.front(), items.error().message());
      continue;
    }
    const std::size_t middle = part.from + some.size() / 2;
    left.push_back({part.from, middle});
    left.push_back({middle, part.to});
  }
  // Without one success there is no proof that the rows are at fault, and they stay.
  if (!delivered) return failed(whole);
  health_.succeeded();
  backoff_.succeeded();
  for (const auto& [report, why] : poison) {
    if (const auto wait = note({report}, {{core::ReportVerdict::refused, why}})) return *wait;
  }
  return Duration(0);
}

}  // namespace certconnector::upstream
