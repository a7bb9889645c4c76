// The lineage ledger of the enrollment ledger in memory.
#include <algorithm>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::testing {

Status FakeEnrollmentLedger::given(const std::vector<core::JobTicket>& renewals, Timestamp now) {
  if (failure) return *failure;
  given_renewals.insert(given_renewals.end(), renewals.begin(), renewals.end());
  for (const core::JobTicket ticket : renewals) {
    Row* row = find_row(ticket);
    if (row != nullptr && row->lineage) row->given = now;
  }
  return {};
}

Status FakeEnrollmentLedger::note_use(const std::vector<core::CertificateOfCa>& used) {
  if (failure) return *failure;
  for (const core::CertificateOfCa& one : used) note_use(one);
  return {};
}

void FakeEnrollmentLedger::note_use(const core::CertificateOfCa& used) {
  const auto& [ca, serial] = used;
  for (const auto& [ticket, row] : enrollments_) {
    const auto job = job_of(row.ticket);
    const auto* issued = job && job->outcome ? std::get_if<core::Issued>(&*job->outcome) : nullptr;
    if (!row.lineage || issued == nullptr || row.begun.job.job.ca != ca ||
        issued->certificate.serial != serial || !used_.emplace(ca, serial).second) {
      continue;
    }
    Replaced& before = replaced(core::ca_of_renewed(row.begun), row.renews);
    if (before.look_at) before.look_at = Timestamp::min();
  }
}

std::size_t FakeEnrollmentLedger::under_way(core::LineageId lineage) const {
  std::size_t count = 0;
  for (const auto& [ticket, row] : enrollments_) {
    if (!row.lineage || !(*row.lineage == lineage)) continue;
    const auto job = job_of(row.ticket);
    if (job && !jobs::is_finished(job->state)) ++count;
  }
  return count;
}

Result<std::optional<core::LineageState>> FakeEnrollmentLedger::find(core::LineageId lineage,
                                                                     Timestamp now) {
  if (failure) return *failure;
  const auto known = jobs_.certificates().lineage(lineage, now);
  return std::make_optional(core::LineageState{lineage, known.compromised, known.in_force,
                                               under_way(lineage), known.lately,
                                               allowed_[lineage.value]});
}

Result<core::LineageState> FakeEnrollmentLedger::allow(core::LineageId lineage,
                                                       std::size_t renewals, Timestamp now) {
  if (failure) return *failure;
  std::size_t& allowed = allowed_[lineage.value];
  allowed = std::min(allowed + renewals, core::kMostRenewalsAllowed);
  CC_TRY_ASSIGN(const auto state, find(lineage, now));
  return *state;
}

Status FakeEnrollmentLedger::compromise(core::LineageId lineage) {
  if (failure) return *failure;
  jobs_.certificates().compromise(lineage);
  return {};
}

FakeEnrollmentLedger::Replaced& FakeEnrollmentLedger::replaced(const core::CaFingerprint& ca,
                                                               const Bytes& serial) {
  const auto known = std::find_if(replaced_.begin(), replaced_.end(), [&](const Replaced& one) {
    return one.ca == ca && one.serial == serial;
  });
  if (known != replaced_.end()) return *known;
  replaced_.push_back({ca, serial, std::nullopt});
  return replaced_.back();
}

enrollment::Standing FakeEnrollmentLedger::standing_of(const core::CaFingerprint& ca,
                                                       const Bytes& serial, Timestamp now) {
  const auto found = jobs_.certificates().find(ca, core::CertificateId{serial, {}}).value();
  if (!found) return enrollment::Standing::over;
  return enrollment::standing_of(found->entry.certificate.not_after, found->revocation, now);
}

enrollment::SupersededFacts FakeEnrollmentLedger::facts_of(
    const Replaced& one, const std::vector<core::SupersedeTerms>& terms, Timestamp now) {
  enrollment::SupersededFacts facts;
  facts.standing = standing_of(one.ca, one.serial, now);
  for (const auto& [ticket, row] : enrollments_) {
    const bool renews = row.renews == one.serial && core::ca_of_renewed(row.begun) == one.ca;
    if (!row.lineage || !renews) continue;
    const auto job = job_of(row.ticket);
    if (!job) continue;
    if (!jobs::is_finished(job->state)) facts.under_way = true;
    const auto* issued = job->outcome ? std::get_if<core::Issued>(&*job->outcome) : nullptr;
    if (issued == nullptr) continue;
    enrollment::Successor successor;
    successor.serial = issued->certificate.serial;
    const core::CaFingerprint& ca = row.begun.job.job.ca;
    successor.standing =
        row.withheld ? enrollment::Standing::over : standing_of(ca, successor.serial, now);
    successor.used = used_.count({ca, successor.serial}) != 0;
    successor.given = row.given;
    if (!job->external) {
      successor.terms = enrollment::terms_of(terms, row.begun.key.service, one.ca);
    }
    facts.successors.push_back(std::move(successor));
  }
  return facts;
}

Status FakeEnrollmentLedger::revoke(const core::NewJob& job, const std::string& why,
                                    Timestamp now) {
  CC_TRY(jobs_.insert({job}, now));
  CC_TRY_ASSIGN(const core::JobTicket ticket, ticket_of(job.job.key));
  jobs_.add_note(ticket, {now, "renewed", why});
  return {};
}

Result<core::SupersedeLook> FakeEnrollmentLedger::supersede(
    const std::vector<core::SupersedeTerms>& terms, Timestamp now, std::size_t max) {
  if (failure) return *failure;
  std::vector<Replaced*> due;
  for (Replaced& one : replaced_) {
    if (one.look_at && *one.look_at <= now) due.push_back(&one);
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Replaced* a, const Replaced* b) { return *a->look_at < *b->look_at; });
  if (due.size() > max) due.resize(max);
  core::SupersedeLook look;
  for (Replaced* one : due) {
    const auto step = enrollment::supersede_step(facts_of(*one, terms, now), now);
    ++look.looked_at;
    one->look_at.reset();
    if (step.choice == enrollment::SupersedeStep::Choice::look_again) one->look_at = step.again;
    if (step.choice != enrollment::SupersedeStep::Choice::revoke) continue;
    const core::NewJob job = enrollment::superseding_job(one->ca, one->serial);
    CC_TRY(revoke(job, step.why, now));
    look.revoked.push_back({one->ca, one->serial, job.job.key.id});
  }
  return look;
}

}  // namespace certconnector::testing
