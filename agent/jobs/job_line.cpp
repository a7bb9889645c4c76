#include "agent/jobs/job_line.h"

#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "common/crypto/name.h"
#include "common/text/hex.h"

namespace certconnector::jobs {

JobLine::JobLine(const core::ClaimedJob& job, const crypto::Pkcs10* request, std::string ca,
                 const core::Verdict& verdict, Timestamp now)
    : request_(request),
      job_(job.job.key.id),
      correlation_(job.job.correlation_id),
      ca_(std::move(ca)),
      attempt_(job.attempt),
      took_(now - job.received) {
  if (const auto* issue = std::get_if<core::IssueRequest>(&job.job.request)) {
    template_ = issue->template_name;
  } else {
    serial_ = text::to_hex(std::get<core::RevokeRequest>(job.job.request).serial);
  }
  std::visit(
      core::Overloaded{
          [&](const core::Finish& finish) { read_outcome(finish.outcome); },
          [&](const core::Die& die) {
            set(log::Level::warning, "job.dead", die.reason.code, die.reason.message);
          },
          [&](const core::RetryLater& later) {
            set(log::Level::warning, "job.retry", later.code, later.message);
          },
          [](const core::WaitForCa&) {}, [](const core::WaitForApproval&) {},
          [&](const core::Hold& hold) {
            set(log::Level::warning, "job.held", core::failure::kInDoubt.name,
                hold.message + " Look for a certificate at the CA, then retry or cancel the job.");
          },
          [&](const core::LeaseLost& lost) {
            set(log::Level::warning, "job.lease_lost", "lease_lost", lost.message);
          }},
      verdict);
}

void JobLine::read_outcome(const core::Outcome& outcome) {
  std::visit(core::Overloaded{[&](const core::Issued& issued) {
                                serial_ = text::to_hex(issued.certificate.serial);
                                set(log::Level::info, "job.issued", "",
                                    "A certificate was issued.");
                              },
                              [&](const core::Revoked& revoked) {
                                set(log::Level::info, "job.revoked", "",
                                    revoked.already ? "The certificate was revoked before."
                                                    : "A certificate was revoked.");
                              },
                              [&](const core::Failed& failed) {
                                set(log::Level::warning, "job.failed", failed.code, failed.message);
                              }},
             outcome);
}

void JobLine::set(log::Level level, std::string_view event, std::string_view code,
                  const std::string& message) {
  level_ = level;
  event_ = event;
  code_ = code;
  message_ = message;
}

void JobLine::write(log::Logger& logger) const {
  if (!logger.enabled(level_)) return;
  const std::string subject =
      request_ == nullptr ? std::string() : crypto::name_for_people(request_->subject());
  logger.write(level_, event_, message_,
               {{"job", job_},
                {"correlation", correlation_},
                {"ca", ca_},
                {"serial", serial_},
                {"subject", subject},
                {"template", template_},
                {"code", code_},
                {"attempt", attempt_},
                {"duration_ms", took_.count()}});
}

}  // namespace certconnector::jobs
