#include "tests/support/core/fake_enrollment_ledger.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "agent/core/errors.h"
#include "agent/core/overloaded.h"
#include "agent/enrollment/rules/challenge_rules.h"
#include "agent/enrollment/rules/external_rules.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::testing {
namespace {

constexpr std::size_t kMaxListed = 1000;

bool equals(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted || *wanted == value;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool fits(const core::EnrollmentRecord& one, const core::EnrollmentFilter& filter) {
  return equals(filter.service, one.key.service) &&
         equals(filter.transaction_id, one.key.transaction_id) &&
         equals(filter.device, one.device) && equals(filter.challenge, one.challenge) &&
         (!filter.ticket || one.ticket.value == filter.ticket->value) &&
         (!filter.after || one.ticket.value < filter.after->value || filter.ticket) &&
         (!filter.subject || lower(one.subject).find(lower(*filter.subject)) != std::string::npos);
}

bool same_transaction(const core::EnrollmentKey& a, const core::EnrollmentKey& b) {
  return a.service == b.service && a.transaction_id == b.transaction_id;
}

Error refused(std::string why) {
  return {core::CoreErrc::bad_answer, ErrorKind::permanent, std::move(why)};
}

}  // namespace

FakeEnrollmentLedger::FakeEnrollmentLedger()
    : own_jobs_(std::make_unique<FakeJobStore>()), jobs_(*own_jobs_) {
  jobs_.stand_beside(*this);
}

FakeEnrollmentLedger::FakeEnrollmentLedger(FakeJobStore& jobs) : jobs_(jobs) {
  jobs_.stand_beside(*this);
}

Result<enrollment::EnrollmentJob> FakeEnrollmentLedger::Rows::job(core::JobTicket ticket) {
  enrollment::EnrollmentJob job;
  const auto record = ledger_.job_of(ticket);
  if (!record) return job;
  job.state = record->state;
  job.progress =
      enrollment::progress_of({record->state, core::outcome_of(*record), record->external});
  const Row* row = ledger_.find_row(ticket);
  job.refused_on_arrival = row != nullptr && row->begun.job.rejection.has_value();
  return job;
}

Result<std::optional<core::Outcome>> FakeEnrollmentLedger::Rows::outcome(core::JobTicket ticket) {
  const auto record = ledger_.job_of(ticket);
  return record ? record->outcome : std::nullopt;
}

Result<std::optional<core::JobTicket>> FakeEnrollmentLedger::Rows::holder(
    const std::string& challenge) {
  for (const auto& [ticket, row] : ledger_.enrollments_) {
    if (row.holds && row.begun.challenge == challenge) return std::make_optional(row.ticket);
  }
  return std::optional<core::JobTicket>();
}

Result<std::optional<enrollment::LineageFacts>> FakeEnrollmentLedger::Rows::lineage(
    const core::NewEnrollment& enrollment, Timestamp now) {
  const auto known = ledger_.jobs_.certificates().lineage_of(core::ca_of_renewed(enrollment),
                                                             enrollment.renewal->serial, now);
  if (!known) return std::optional<enrollment::LineageFacts>();
  enrollment::LineageFacts lineage{known->id,       known->entry,
                                   known->device,   known->compromised,
                                   known->in_force, ledger_.under_way(known->id),
                                   known->lately,   ledger_.allowed_[known->id.value]};
  return std::make_optional(std::move(lineage));
}

std::optional<core::LineageId> FakeEnrollmentLedger::complete(core::JobTicket ticket,
                                                              core::CertificateHolder& holder) {
  const Row* row = find_row(ticket);
  if (row == nullptr) return std::nullopt;
  holder.transaction_id = row->begun.key.transaction_id;
  holder.challenge = row->begun.challenge;
  holder.device = row->begun.device;
  if (row->lineage) {
    replaced(core::ca_of_renewed(row->begun), row->renews).look_at = Timestamp::min();
  }
  return row->lineage;
}

jobs::JobTies FakeEnrollmentLedger::ties(core::JobTicket ticket,
                                         std::optional<Timestamp> certificate_end) {
  const Row* row = find_row(ticket);
  jobs::JobTies ties;
  if (row == nullptr) return ties;
  if (row->holds) ties.challenge_end = row->begun.remember_until;
  if (row->withheld) ties.withheld_end = certificate_end;
  return ties;
}

FakeEnrollmentLedger::Row* FakeEnrollmentLedger::find_row(core::JobTicket ticket) {
  const auto place = enrollments_.find(ticket.value);
  return place == enrollments_.end() ? nullptr : &place->second;
}

// Through the port: the newest of the page that ends with the ticket.
std::optional<core::JobRecord> FakeEnrollmentLedger::job_of(core::JobTicket ticket) const {
  core::JobFilter filter;
  filter.after = core::JobTicket{ticket.value + 1};
  filter.limit = 1;
  const auto page = jobs_.list(filter).value();
  const bool found = !page.empty() && page.front().ticket.value == ticket.value;
  return found ? std::make_optional(page.front()) : std::nullopt;
}

Result<core::JobTicket> FakeEnrollmentLedger::ticket_of(const core::JobKey& key) const {
  CC_TRY_ASSIGN(const auto stored, jobs_.find(key.id));
  for (const core::JobRecord& record : stored) {
    const core::JobKey& known = record.job.key;
    if (known.source == key.source && known.instance == key.instance) return record.ticket;
  }
  return refused("lost a job that it has just taken");
}

Result<core::BeginAnswer> FakeEnrollmentLedger::start(const core::NewEnrollment& enrollment,
                                                      const enrollment::BeginNew& begin,
                                                      Timestamp now) {
  CC_TRY_ASSIGN(const auto inserted, jobs_.insert({enrollment.job}, now));
  if (inserted.front() != core::InsertResult::inserted) return refused("the job's id is taken");
  if (begin.releases) find_row(*begin.releases)->holds = false;
  Row row;
  CC_TRY_ASSIGN(row.ticket, ticket_of(enrollment.job.job.key));
  row.begun = enrollment;
  row.begun.key.transaction_id =
      enrollment.key.transaction_id.substr(0, enrollment::kMaxTransactionId);
  row.begun.device = enrollment.device.substr(0, enrollment::kMaxDevice);
  row.begun.subject = enrollment.subject.substr(0, enrollment::kMaxSubject);
  row.identity = enrollment::identity_of(enrollment);
  row.holds = enrollment::holds_challenge(enrollment);
  row.signers.first = enrollment::signer_of(enrollment);
  row.at = now;
  row.external_until = enrollment.job.external;
  if (begin.uses_allowance) --allowed_[begin.lineage->id.value];
  if (begin.lineage) {
    row.lineage = begin.lineage->id;
    row.renews = enrollment.renewal->serial;
    note_use(core::CertificateOfCa{core::ca_of_renewed(enrollment), row.renews});
    if (row.begun.device.empty()) row.begun.device = begin.lineage->device;
  }
  if (Row* before = begin.replaces ? find_row(*begin.replaces) : nullptr) {
    before->holds = false;
    before->replaced = true;
    row.attempts = before->attempts + 1;
    row.signer_count = before->signer_count + (before->signers.first != row.signers.first ? 1 : 0);
  }
  core::EnrollmentStanding fresh = enrollment::begun_standing(enrollment, row.ticket);
  fresh.renews = row.lineage.has_value();
  enrollments_.emplace(fresh.ticket.value, std::move(row));
  return core::BeginAnswer(std::move(fresh));
}

Result<core::BeginAnswer> FakeEnrollmentLedger::begin_one(const core::NewEnrollment& enrollment,
                                                          Timestamp now) {
  if (enrollment.renewal && !enrollment.renewal->certificate.certificate.empty() &&
      !enrollment.job.rejection) {
    const core::CaFingerprint& ca = core::ca_of_renewed(enrollment);
    const core::CertificateId id{enrollment.renewal->serial, {}};
    CC_TRY_ASSIGN(const auto renewed, jobs_.certificates().find(ca, id));
    const auto entry = core::entry_without_job(enrollment.renewal->certificate);
    if (!renewed) CC_TRY(jobs_.certificates().record(ca, {entry}, now));
  }
  const enrollment::EnrollmentIdentity identity = enrollment::identity_of(enrollment);
  std::optional<enrollment::KnownEnrollment> known;
  for (const auto& [ticket, row] : enrollments_) {
    if (row.identity.claim == identity.claim) {
      known = {row.ticket, row.withheld, row.lineage.has_value()};
    }
  }
  CC_TRY_ASSIGN(const auto decision, enrollment::decide_begin(enrollment, known, rows_, now));
  return std::visit(
      core::Overloaded{
          [&](const core::EnrollmentStanding& known_one) -> Result<core::BeginAnswer> {
            Row* row = find_row(known_one.ticket);
            const auto changed =
                row == nullptr
                    ? std::nullopt
                    : enrollment::with_signer(row->signers, enrollment::signer_of(enrollment));
            if (changed) {
              row->signers = *changed;
              ++row->signer_count;
            }
            return core::BeginAnswer(known_one);
          },
          [](core::ChallengeConflict refusal) -> Result<core::BeginAnswer> {
            return core::BeginAnswer(refusal);
          },
          [](core::LineageConflict refusal) -> Result<core::BeginAnswer> {
            return core::BeginAnswer(refusal);
          },
          [&](const enrollment::BeginNew& begin) { return start(enrollment, begin, now); }},
      decision);
}

Result<std::vector<core::BeginAnswer>> FakeEnrollmentLedger::begin(
    const std::vector<core::NewEnrollment>& enrollments, Timestamp now) {
  if (failure) return *failure;
  batches.push_back(enrollments.size());
  asked.insert(asked.end(), enrollments.begin(), enrollments.end());
  std::vector<core::BeginAnswer> given;
  for (const core::NewEnrollment& one : enrollments) {
    const std::string& id = one.job.job.key.id;
    const auto planted = answers.find(id);
    if (planted != answers.end()) {
      given.push_back(planted->second);
      continue;
    }
    CC_TRY_ASSIGN(auto answer, begin_one(one, now));
    if (one.instead && std::holds_alternative<core::ChallengeConflict>(answer)) {
      CC_TRY_ASSIGN(answer, begin_one(*one.instead, now));
    }
    const auto* begun = std::get_if<core::EnrollmentStanding>(&answer);
    if (begun != nullptr) tickets[id] = begun->ticket;
    given.push_back(std::move(answer));
  }
  while_beginning();
  return given;
}

Result<std::optional<core::EnrollmentStanding>> FakeEnrollmentLedger::find(
    const core::EnrollmentKey& key) {
  const auto fits = [&](const Row& row) {
    return same_transaction(row.begun.key, key) && row.begun.key.public_key == key.public_key;
  };
  return find_among(fits, {key});
}

Result<std::optional<core::EnrollmentStanding>> FakeEnrollmentLedger::find_for_poll(
    const core::EnrollmentKey& signer) {
  const auto fits = [&](const Row& row) {
    return same_transaction(row.begun.key, signer) &&
           enrollment::may_poll(row.signers, signer.public_key);
  };
  std::vector<core::EnrollmentKey> keys{signer};
  for (const auto& [ticket, row] : enrollments_) {
    if (fits(row)) keys.push_back(row.begun.key);
  }
  return find_among(fits, keys);
}

Result<std::optional<core::EnrollmentStanding>> FakeEnrollmentLedger::find_among(
    const std::function<bool(const Row&)>& fits, const std::vector<core::EnrollmentKey>& keys) {
  if (failure) return *failure;
  if (standing) return standing;
  std::vector<enrollment::KnownEnrollment> newest_first;
  for (auto place = enrollments_.rbegin(); place != enrollments_.rend(); ++place) {
    const Row& row = place->second;
    if (fits(row)) newest_first.push_back({row.ticket, row.withheld, row.lineage.has_value()});
  }
  CC_TRY_ASSIGN(auto answer, enrollment::answer_of(newest_first, rows_));
  if (answer) {
    CC_TRY_ASSIGN(const auto job, rows_.job(answer->ticket));
    if (!job.refused_on_arrival) return answer;
  }
  for (const core::EnrollmentKey& key : keys) {
    CC_TRY_ASSIGN(auto by_certificate, standing_without_job(key));
    if (by_certificate) return by_certificate;
  }
  return answer;
}

Result<std::optional<core::EnrollmentStanding>> FakeEnrollmentLedger::standing_without_job(
    const core::EnrollmentKey& key) {
  core::CertificateFilter filter;
  filter.service = key.service;
  filter.transaction_id = key.transaction_id;
  CC_TRY_ASSIGN(const auto page, jobs_.certificates().list(filter));
  for (const core::ListedCertificate& one : page.certificates) {
    filter = {};
    filter.lineage = one.record.lineage;
    CC_TRY_ASSIGN(const auto lineage, jobs_.certificates().list(filter));
    for (const core::ListedCertificate& member : lineage.certificates) {
      if (!enrollment::has_key(member.record.entry.certificate, key.public_key)) continue;
      return std::make_optional(
          enrollment::standing_by_certificate({}, one.record.entry.certificate));
    }
  }
  return std::optional<core::EnrollmentStanding>();
}

core::EnrollmentRecord FakeEnrollmentLedger::listed(const Row& row) const {
  const auto job = job_of(row.ticket);
  return {row.begun.key,
          row.begun.challenge,
          row.begun.device,
          row.begun.subject,
          row.at,
          row.attempts,
          row.ticket,
          job ? job->job.key.id : std::string(),
          row.begun.signer.has_value(),
          row.signer_count};
}

Result<std::vector<core::EnrollmentRecord>> FakeEnrollmentLedger::list(
    const core::EnrollmentFilter& filter) {
  if (failure) return *failure;
  std::vector<core::EnrollmentRecord> all = records;
  if (all.empty()) {
    for (auto place = enrollments_.rbegin(); place != enrollments_.rend(); ++place) {
      if (!place->second.replaced || filter.ticket) all.push_back(listed(place->second));
    }
  }
  std::vector<core::EnrollmentRecord> page;
  for (core::EnrollmentRecord& one : all) {
    if (page.size() == std::min(filter.limit, kMaxListed)) break;
    if (fits(one, filter)) page.push_back(std::move(one));
  }
  return page;
}

Result<std::uint64_t> FakeEnrollmentLedger::purge_enrollments(Timestamp now, std::size_t max) {
  if (failure) return *failure;
  std::uint64_t forgotten = 0;
  for (auto place = enrollments_.begin(); place != enrollments_.end() && forgotten < max;) {
    CC_TRY_ASSIGN(const enrollment::EnrollmentJob job, rows_.job(place->second.ticket));
    const bool may = enrollment::may_forget(job.progress, place->second.begun.remember_until, now);
    place = may ? enrollments_.erase(place) : std::next(place);
    if (may) ++forgotten;
  }
  return forgotten;
}

core::ExternalEnrollment FakeEnrollmentLedger::as_external(const Row& row,
                                                           const core::JobRecord& job) const {
  return {row.ticket, row.begun.key.public_key, job.job, job.state, job.outcome, job.received};
}

Result<std::vector<core::ExternalEnrollment>> FakeEnrollmentLedger::external(
    const core::ExternalSearch& search) {
  if (failure) return *failure;
  std::vector<core::ExternalEnrollment> found;
  for (auto place = enrollments_.rbegin(); place != enrollments_.rend(); ++place) {
    const Row& row = place->second;
    const core::EnrollmentKey& key = row.begun.key;
    const auto job = job_of(row.ticket);
    if (found.size() == search.max) break;
    if (!job || !row.begun.job.external || key.service != search.service ||
        key.transaction_id != search.transaction_id ||
        (search.public_key && key.public_key != *search.public_key) ||
        (search.after && row.ticket.value >= search.after->value)) {
      continue;
    }
    found.push_back(as_external(row, *job));
  }
  return found;
}

Result<std::vector<core::ExternalEnrollment>> FakeEnrollmentLedger::overdue(Timestamp now,
                                                                            std::size_t max) {
  if (failure) return *failure;
  std::vector<const Row*> late;
  for (const auto& [ticket, row] : enrollments_) {
    const auto job = job_of(row.ticket);
    if (job && enrollment::is_overdue(job->state, row.external_until, now)) late.push_back(&row);
  }
  std::stable_sort(late.begin(), late.end(), [](const Row* a, const Row* b) {
    return *a->external_until < *b->external_until;
  });
  if (late.size() > max) late.resize(max);
  std::vector<core::ExternalEnrollment> found;
  found.reserve(late.size());
  for (const Row* row : late) found.push_back(as_external(*row, *job_of(row->ticket)));
  return found;
}

Result<std::optional<core::JobTicket>> FakeEnrollmentLedger::begin_ended(
    const core::NewEnrollment& enrollment, const core::Issued& issued, Timestamp now) {
  CC_TRY_ASSIGN(const auto answer, begin_one(enrollment, now));
  const auto* begun = std::get_if<core::EnrollmentStanding>(&answer);
  if (begun == nullptr || !begun->begun) return std::optional<core::JobTicket>();
  jobs_.end_external(enrollment.job.job.key.id, issued, now);
  return std::make_optional(begun->ticket);
}

Result<core::ExternalCompletion> FakeEnrollmentLedger::record_late(Row& row,
                                                                   const core::Issued& issued,
                                                                   const std::string& late_job,
                                                                   Timestamp now) {
  const auto job = job_of(row.ticket);
  if (enrollment::has_certificate(job->outcome, issued)) return core::ExternalCompletion::stands;
  core::NewEnrollment first = row.begun;
  first.job.job = job->job;
  CC_TRY_ASSIGN(
      const auto ticket,
      begin_ended(enrollment::late_enrollment(first, issued, late_job, now), issued, now));
  if (!ticket) return core::ExternalCompletion::stands;
  if (first.challenge.empty()) return core::ExternalCompletion::late;
  CC_TRY_ASSIGN(const auto holder, rows_.holder(first.challenge));
  const enrollment::LateChallenge step =
      enrollment::late_challenge(core::outcome_of(*job), row.ticket, holder);
  if (step.first_releases) row.holds = false;
  Row& late = *find_row(*ticket);
  late.begun.challenge = first.challenge;
  late.holds = step.late_holds;
  return core::ExternalCompletion::late;
}

Result<core::ExternalCompletion> FakeEnrollmentLedger::complete(core::JobTicket ticket,
                                                                const core::ExternalOutcome& news,
                                                                const std::string& late_job,
                                                                Timestamp now) {
  if (failure) return *failure;
  Row* row = find_row(ticket);
  const auto job = job_of(ticket);
  if (row == nullptr || !job) return refused("there is no such enrollment any more");
  if (!job->external) return refused("the agent carries out this enrollment");
  const enrollment::ExternalStep step = enrollment::external_step(news, job->state);
  const auto trigger = enrollment::trigger_of(step);
  const core::JobState state =
      trigger ? jobs::next_state(job->state, *trigger).value() : job->state;
  switch (step) {
    case enrollment::ExternalStep::stands:
      return core::ExternalCompletion::stands;
    case enrollment::ExternalStep::late:
      return record_late(*row, std::get<core::Issued>(news), late_job, now);
    case enrollment::ExternalStep::succeeds:
      jobs_.end_external(job->job.key.id, std::get<core::Issued>(news), now);
      break;
    case enrollment::ExternalStep::fails:
      jobs_.end_external(job->job.key.id, std::get<core::Failed>(news), now);
      break;
    case enrollment::ExternalStep::holds:
      jobs_.change_external(ticket, state, job->job.deadline,
                            {now, "held", std::get<core::Hold>(news).message});
      break;
    case enrollment::ExternalStep::ask_later: {
      const auto& pending = std::get<core::StillUnderWay>(news);
      row->external_until = pending.ask_at;
      jobs_.change_external(ticket, state,
                            enrollment::later_deadline(job->job.deadline, pending.ask_at),
                            {now, "pending", pending.message});
      break;
    }
  }
  return core::ExternalCompletion::taken;
}

Result<core::ExternalCompletion> FakeEnrollmentLedger::record(const core::NewEnrollment& enrollment,
                                                              const core::Issued& issued,
                                                              Timestamp now) {
  if (failure) return *failure;
  CC_TRY_ASSIGN(const auto ticket, begin_ended(enrollment, issued, now));
  if (!ticket) return core::ExternalCompletion::stands;
  jobs_.add_note(*ticket, {now, "unverified", "the agent verified no request for it"});
  return core::ExternalCompletion::taken;
}

Result<enrollment::TakeBackStep> FakeEnrollmentLedger::take_back(const Row& row) {
  return enrollment::take_challenge_back({row.ticket, row.replaced, row.begun.challenge}, rows_);
}

Status FakeEnrollmentLedger::may_retry(core::JobTicket ticket) {
  const Row* row = find_row(ticket);
  if (row == nullptr) return {};
  CC_TRY_ASSIGN(const auto step, take_back(*row));
  return step.why_not ? Status(refused(*step.why_not)) : Status();
}

void FakeEnrollmentLedger::retried(core::JobTicket ticket) {
  Row* row = find_row(ticket);
  if (row == nullptr) return;
  const auto step = take_back(*row).value();
  if (step.releases) find_row(*step.releases)->holds = false;
  if (step.takes) row->holds = true;
}

void FakeEnrollmentLedger::withhold(core::JobTicket ticket) {
  if (Row* row = find_row(ticket)) row->withheld = true;
}

std::optional<core::EnrollmentDetails> FakeEnrollmentLedger::details(core::JobTicket ticket) {
  const Row* row = find_row(ticket);
  if (row == nullptr) return std::nullopt;
  const core::NewEnrollment& begun = row->begun;
  return core::EnrollmentDetails{begun.key.service,
                                 begun.key.transaction_id,
                                 begun.key.public_key,
                                 begun.challenge,
                                 begun.device,
                                 begun.subject,
                                 row->at,
                                 begun.job.external.has_value()};
}

}  // namespace certconnector::testing
