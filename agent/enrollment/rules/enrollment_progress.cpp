#include "agent/enrollment/rules/enrollment_progress.h"

#include <utility>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"

namespace certconnector::enrollment {

Progress progress_of(const JobFacts& job) {
  if (!jobs::is_finished(job.state)) return Progress::under_way;
  if (job.ended_as == core::JobState::succeeded) return Progress::succeeded;
  const bool nobody_told = job.external && job.ended_as == core::JobState::dead;
  return nobody_told ? Progress::unknown : Progress::failed;
}

Result<core::EnrollmentStanding> standing_of(const KnownEnrollment& known, const EnrollmentJob& job,
                                             EnrollmentRows& rows) {
  core::EnrollmentStanding standing;
  standing.ticket = known.ticket;
  standing.state = job.state;
  standing.withheld = known.withheld;
  standing.renews = known.renews;
  if (job.progress == Progress::under_way) return standing;
  CC_TRY_ASSIGN(standing.outcome, rows.outcome(known.ticket));
  return standing;
}

Look look_at(const EnrollmentJob& job, bool has_one) {
  if (job.progress == Progress::gone) return {};
  return {!has_one || job.progress != Progress::failed, !job.refused_on_arrival};
}

Result<std::optional<core::EnrollmentStanding>> answer_of(
    const std::vector<KnownEnrollment>& newest_first, EnrollmentRows& rows) {
  const KnownEnrollment* found = nullptr;
  EnrollmentJob found_job;
  for (const KnownEnrollment& one : newest_first) {
    CC_TRY_ASSIGN(const EnrollmentJob job, rows.job(one.ticket));
    const Look look = look_at(job, found != nullptr);
    if (look.takes) {
      found = &one;
      found_job = job;
    }
    if (look.done) break;
  }
  if (found == nullptr) return std::optional<core::EnrollmentStanding>();
  CC_TRY_ASSIGN(auto standing, standing_of(*found, found_job, rows));
  return std::make_optional(std::move(standing));
}

bool is_of_transaction(const core::CertificateEntry& entry, const core::EnrollmentKey& key) {
  const core::CertificateHolder& holder = entry.holder;
  return holder.source == core::JobSource::scep && holder.instance == key.service &&
         holder.transaction_id == key.transaction_id;
}

bool has_key(const core::IssuedCertificate& issued, const crypto::Sha256& public_key) {
  const auto fields = crypto::parse_certificate_fields(issued.certificate);
  return fields.ok() && crypto::sha256(fields->public_key_info) == public_key;
}

core::EnrollmentStanding standing_by_certificate(core::JobTicket ticket,
                                                 core::IssuedCertificate issued) {
  core::EnrollmentStanding standing;
  standing.ticket = ticket;
  standing.state = core::JobState::reported;
  standing.outcome = core::Issued{std::move(issued), {}};
  return standing;
}

bool may_forget(Progress progress, Timestamp remember_until, Timestamp now) {
  return progress == Progress::gone && remember_until < now;
}

}  // namespace certconnector::enrollment
