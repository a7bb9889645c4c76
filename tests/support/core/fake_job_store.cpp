#include "tests/support/core/fake_job_store.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"

namespace certconnector::testing {

using core::JobState;
using jobs::JobTrigger;

namespace {

void move(FakeJobRow& row, JobTrigger trigger) {
  const auto to = jobs::next_state(row.record.state, trigger);
  if (!to) std::abort();
  row.record.state = *to;
}

void note(FakeJobRow& row, Timestamp now, std::string kind, std::string message) {
  row.history.push_back({now, std::move(kind), std::move(message)});
}

std::optional<core::EnrollmentDetails> details_of(const core::JobKey& key) {
  if (key.source != core::JobSource::scep) return std::nullopt;
  core::EnrollmentDetails details;
  details.service = key.instance;
  return details;
}

bool claimable(const FakeJobRow& row, const core::CaFingerprint& ca) {
  const core::JobRecord& record = row.record;
  const bool open = record.state == JobState::queued ||
                    (record.state == JobState::waiting && !record.waiting_for_approval);
  return open && !record.external && record.job.ca == ca;
}

bool may_be_at_ca(const FakeJobRow& row) {
  return row.record.state == JobState::running || row.record.state == JobState::held ||
         row.interrupted || row.pending_request;
}

bool goes_before(const FakeJobRow* a, const FakeJobRow* b) {
  const core::Job& x = a->record.job;
  const core::Job& y = b->record.job;
  if (x.type() != y.type()) return x.type() == core::JobType::revoke;
  if (x.priority != y.priority) return x.priority > y.priority;
  return a->record.due < b->record.due;
}

void requeue(FakeJobRow& row, Timestamp due) {
  row.record.due = due;
  row.record.finished.reset();
  row.record.outcome.reset();
  row.record.ended_as.reset();
  row.record.waiting_for_approval = false;
  row.report_since.reset();
}

}  // namespace

Error FakeJobStore::disk_full() {
  return {core::CoreErrc::bad_answer, ErrorKind::transient, "the disk is full"};
}

void FakeJobStore::fail_writes(std::optional<Error> error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  write_failure_ = std::move(error);
}

FakeJobRow FakeJobStore::row(const std::string& id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [ticket, row] : rows_) {
    if (row.record.job.key.id == id) return row;
  }
  std::abort();
}

std::size_t FakeJobStore::count(JobState state) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), [&](const auto& entry) {
    return entry.second.record.state == state;
  }));
}

std::size_t FakeJobStore::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_.size();
}

int FakeJobStore::calls(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = calls_.find(name);
  return place == calls_.end() ? 0 : place->second;
}

std::optional<Error> FakeJobStore::enter(const std::string& name, bool writes) {
  ++calls_[name];
  return writes ? write_failure_ : std::nullopt;
}

FakeJobRow* FakeJobStore::find_row(core::JobTicket ticket) {
  const auto place = rows_.find(ticket.value);
  return place == rows_.end() ? nullptr : &place->second;
}

void FakeJobStore::finish(FakeJobRow& row, JobTrigger trigger, core::Outcome outcome,
                          Timestamp now) {
  move(row, trigger);
  row.record.outcome = std::move(outcome);
  row.record.finished = now;
  row.record.ended_as = row.record.state;
  row.record.waiting_for_approval = false;
  row.interrupted = false;
  row.pending_request.reset();
  if (row.record.reports) {
    row.report_since = now;
  } else {
    row.record.state = JobState::reported;
  }
}

core::InsertResult FakeJobStore::insert_one(const core::NewJob& job, Timestamp now) {
  for (auto& [ticket, row] : rows_) {
    const core::JobKey& key = row.record.job.key;
    if (key.id != job.job.key.id || key.source != job.job.key.source ||
        key.instance != job.job.key.instance) {
      continue;
    }
    if (key.digest != job.job.key.digest) {
      note(row, now, "conflict", "another job under this id");
      return core::InsertResult::conflict;
    }
    arrive_again(row, job, now);
    return core::InsertResult::known;
  }
  FakeJobRow row;
  row.record.ticket.value = ++last_ticket_;
  row.record.job = job.job;
  row.record.lease = job.lease;
  row.record.received = now;
  row.record.due = now;
  row.record.external = job.external.has_value();
  row.record.reports = job.report && job.job.key.source != core::JobSource::local;
  if (row.record.external) row.record.state = JobState::waiting;
  if (job.rejection) {
    row.record.state = row.record.reports ? JobState::failed : JobState::reported;
    row.record.ended_as = JobState::failed;
    row.record.outcome = *job.rejection;
    row.record.finished = now;
    if (row.record.reports) row.report_since = now;
  }
  rows_.emplace(last_ticket_, std::move(row));
  return core::InsertResult::inserted;
}

void FakeJobStore::arrive_again(FakeJobRow& row, const core::NewJob& job, Timestamp now) {
  row.record.lease = job.lease;
  if (row.record.state == JobState::reported && row.record.ended_as) {
    row.record.state = *row.record.ended_as;
    row.record.reported.reset();
    row.report_since = now;
    note(row, now, "delivered_again", "delivered again");
  } else if (row.record.state == JobState::canceled && !row.report_since) {
    move(row, JobTrigger::leased_again);
    requeue(row, now);
    note(row, now, "leased_again", "leased again");
  }
}

Result<std::vector<core::InsertResult>> FakeJobStore::insert(const std::vector<core::NewJob>& jobs,
                                                             Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("insert", true)) return std::move(*error);
  std::vector<core::InsertResult> results;
  results.reserve(jobs.size());
  for (const core::NewJob& job : jobs) results.push_back(insert_one(job, now));
  return results;
}

Result<std::vector<core::ClaimedJob>> FakeJobStore::claim(const core::ClaimQuery& query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("claim", true)) return std::move(*error);
  std::vector<FakeJobRow*> due;
  for (auto& [ticket, row] : rows_) {
    if (claimable(row, query.ca) && row.record.due <= query.now) due.push_back(&row);
  }
  std::stable_sort(due.begin(), due.end(), goes_before);
  if (due.size() > query.max) due.resize(query.max);
  std::vector<core::ClaimedJob> claimed;
  for (FakeJobRow* row : due) {
    move(*row, JobTrigger::claimed);
    row->owner = query.owner;
    row->record.started = query.now;
    ++row->record.attempts;
    claimed.push_back({row->record.ticket, row->record.job, row->record.lease, row->record.attempts,
                       row->interrupted, row->approved, row->pending_request, row->last_backoff,
                       row->record.received});
  }
  return claimed;
}

Result<std::optional<Timestamp>> FakeJobStore::next_due(const core::CaFingerprint& ca) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("next_due", false)) return std::move(*error);
  std::optional<Timestamp> first;
  for (const auto& [ticket, row] : rows_) {
    if (claimable(row, ca) && (!first || row.record.due < *first)) first = row.record.due;
  }
  return first;
}

void FakeJobStore::settle_one(FakeJobRow& row, const core::Verdict& verdict, Timestamp now) {
  std::visit(core::Overloaded{
                 [&](const core::Finish& v) {
                   const bool failed = std::holds_alternative<core::Failed>(v.outcome);
                   finish(row, failed ? JobTrigger::fails : JobTrigger::succeeds, v.outcome, now);
                 },
                 [&](const core::Die& v) { finish(row, JobTrigger::dies, v.reason, now); },
                 [&](const core::RetryLater& v) {
                   move(row, JobTrigger::retries_later);
                   requeue(row, v.due);
                   row.interrupted = v.ask_ca_first;
                   row.last_backoff = v.backoff;
                   row.record.last_code = v.code;
                   row.record.last_message = v.message;
                   if (!v.count_attempt) --row.record.attempts;
                   if (v.count_attempt) note(row, now, "retry", v.message);
                 },
                 [&](const core::WaitForCa& v) {
                   move(row, JobTrigger::waits_for_ca);
                   if (row.pending_request == v.request_id) --row.record.attempts;
                   row.record.due = v.due;
                   row.pending_request = v.request_id;
                   row.interrupted = false;
                 },
                 [&](const core::WaitForApproval& v) {
                   move(row, JobTrigger::waits_for_person);
                   row.record.waiting_for_approval = true;
                   row.interrupted = false;
                   note(row, now, "waiting_for_approval", v.message);
                 },
                 [&](const core::Hold& v) {
                   move(row, JobTrigger::is_held);
                   row.interrupted = false;
                   row.record.last_message = v.message;
                   note(row, now, "held", v.message);
                 },
                 [&](const core::LeaseLost& v) {
                   move(row, JobTrigger::lease_lost);
                   note(row, now, "lease_lost", v.message);
                 }},
             verdict);
}

Status FakeJobStore::settle(const std::vector<core::Settlement>& settlements,
                            const core::ClaimOwner& owner, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("settle", true)) return std::move(*error);
  for (const core::Settlement& settlement : settlements) {
    FakeJobRow* row = find_row(settlement.ticket);
    if (row == nullptr || row->record.state != JobState::running || row->owner != owner) continue;
    settle_one(*row, settlement.verdict, now);
  }
  return {};
}

Result<std::uint64_t> FakeJobStore::recover(const core::ClaimOwner& owner, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("recover", true)) return std::move(*error);
  std::uint64_t freed = 0;
  for (auto& [ticket, row] : rows_) {
    if (row.record.state != JobState::running || row.owner == owner) continue;
    move(row, JobTrigger::recovered);
    requeue(row, now);
    row.interrupted = true;
    note(row, now, "interrupted", "the agent stopped");
    ++freed;
  }
  return freed;
}

Result<std::vector<core::LeaseHolding>> FakeJobStore::leases_ending(
    Timestamp before, const std::vector<core::CaFingerprint>& served, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("leases_ending", false)) return std::move(*error);
  std::vector<core::LeaseHolding> ending;
  for (const auto& [ticket, row] : rows_) {
    const core::JobRecord& record = row.record;
    if (jobs::is_finished(record.state) || !record.lease || record.lease->until >= before) continue;
    const bool is_served = std::find(served.begin(), served.end(), record.job.ca) != served.end();
    if (!is_served && !may_be_at_ca(row)) continue;
    ending.push_back({record.ticket, record.job.key.id, record.job.key.instance, *record.lease});
  }
  std::stable_sort(ending.begin(), ending.end(),
                   [](const auto& a, const auto& b) { return a.lease.until < b.lease.until; });
  if (ending.size() > max) ending.resize(max);
  return ending;
}

Status FakeJobStore::renew_leases(const std::vector<core::LeaseHolding>& renewed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("renew_leases", true)) return std::move(*error);
  for (const core::LeaseHolding& holding : renewed) {
    if (FakeJobRow* row = find_row(holding.ticket)) row->record.lease = holding.lease;
  }
  return {};
}

Status FakeJobStore::lose_leases(const std::vector<core::JobTicket>& lost, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("lose_leases", true)) return std::move(*error);
  for (const core::JobTicket ticket : lost) {
    FakeJobRow* row = find_row(ticket);
    if (row == nullptr || row->interrupted || row->record.state == JobState::running) continue;
    if (jobs::next_state(row->record.state, JobTrigger::lease_lost)) {
      move(*row, JobTrigger::lease_lost);
      note(*row, now, "lease_lost", "given to another agent");
    }
  }
  return {};
}

Result<std::uint64_t> FakeJobStore::expire(Timestamp now, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("expire", true)) return std::move(*error);
  std::uint64_t dead = 0;
  for (auto& [ticket, row] : rows_) {
    if (dead == max) break;
    const auto& deadline = row.record.job.deadline;
    if (!deadline || *deadline > now || row.interrupted) continue;
    if (!jobs::next_state(row.record.state, JobTrigger::expires)) continue;
    finish(row, JobTrigger::expires, core::failed(core::failure::kDeadlinePassed, "too late"), now);
    ++dead;
  }
  return dead;
}

Result<std::vector<core::Report>> FakeJobStore::unreported(std::size_t max) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (auto error = enter("unreported", false)) return std::move(*error);
  std::vector<std::pair<Timestamp, const FakeJobRow*>> outbox;
  for (const auto& [ticket, row] : rows_) {
    if (row.report_since) outbox.emplace_back(*row.report_since, &row);
  }
  std::stable_sort(outbox.begin(), outbox.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<core::Report> reports;
  for (const auto& [since, row] : outbox) {
    if (reports.size() == max) break;
    const core::JobRecord& record = row->record;
    reports.push_back({record.ticket, record.job.key, record.job.type(), record.job.ca,
                       record.job.correlation_id, record.lease ? record.lease->number : 0,
                       record.state, *record.outcome, record.attempts, *record.finished,
                       details_of(record.job.key)});
    if (reports.back().enrollment) reports.back().enrollment->external = record.external;
  }
  lock.unlock();
  for (core::Report& report : reports) {
    const auto details = beside_ == nullptr ? std::nullopt : beside_->details(report.ticket);
    if (details && report.enrollment) report.enrollment = details;
  }
  return reports;
}

Status FakeJobStore::acknowledge(const std::vector<core::ReportAcknowledgement>& acks,
                                 Timestamp now) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (auto error = enter("acknowledge", true)) return std::move(*error);
  std::vector<core::JobTicket> withheld;
  for (const core::ReportAcknowledgement& ack : acks) {
    FakeJobRow* row = find_row(ack.ticket);
    if (row == nullptr || !row->report_since) continue;
    move(*row, JobTrigger::acknowledged);
    row->record.reported = now;
    row->report_since.reset();
    if (!ack.note.empty()) note(*row, now, "report", ack.note);
    if (!ack.by_hand.empty()) note(*row, now, "left_to_a_person", ack.by_hand);
    if (ack.follow_up) insert_one(*ack.follow_up, now);
    if (ack.verdict == core::ReportVerdict::superseded ||
        ack.verdict == core::ReportVerdict::refused) {
      withheld.push_back(ack.ticket);
    }
  }
  lock.unlock();
  for (const core::JobTicket ticket : withheld) {
    if (beside_ != nullptr) beside_->withhold(ticket);
  }
  return {};
}

Result<std::vector<core::JobCount>> FakeJobStore::counts() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("counts", false)) return std::move(*error);
  std::vector<core::JobCount> counts;
  for (const auto& [ticket, row] : rows_) {
    const core::JobRecord& record = row.record;
    const auto same = std::find_if(counts.begin(), counts.end(), [&](const core::JobCount& c) {
      return c.ca == record.job.ca && c.type == record.job.type() && c.state == record.state;
    });
    if (same == counts.end()) {
      counts.push_back({record.job.ca, record.job.type(), record.state, 1});
    } else {
      ++same->count;
    }
  }
  return counts;
}

Result<core::JobOutcomes> FakeJobStore::outcomes(Timestamp since, Timestamp /*now*/,
                                                 std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("outcomes", false)) return std::move(*error);
  core::JobOutcomes outcomes;
  std::size_t seen = 0;
  for (auto place = rows_.rbegin(); place != rows_.rend(); ++place) {
    const core::JobRecord& record = place->second.record;
    const auto outcome = core::outcome_of(record);
    const bool done = record.state == core::JobState::reported;
    if (!outcome || (done && (record.finished < since || seen == max))) continue;
    if (done) ++seen;
    outcomes.counts.push_back({record.job.ca, record.job.type(), *outcome, 1});
  }
  outcomes.complete = seen < max;
  return outcomes;
}

Result<std::vector<core::JobRecord>> FakeJobStore::list(const core::JobFilter& filter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("list", false)) return std::move(*error);
  std::vector<core::JobRecord> records;
  for (auto place = rows_.rbegin(); place != rows_.rend(); ++place) {
    const core::JobRecord& record = place->second.record;
    if (records.size() == filter.limit) break;
    if ((filter.state && record.state != *filter.state) ||
        (filter.outcome && core::outcome_of(record) != filter.outcome) ||
        (filter.type && record.job.type() != *filter.type) ||
        (filter.ca && record.job.ca != *filter.ca) ||
        (filter.since && record.received < *filter.since) ||
        (filter.until && record.received > *filter.until) ||
        (filter.after && record.ticket.value >= filter.after->value)) {
      continue;
    }
    records.push_back(record);
  }
  return records;
}

Result<std::vector<core::JobRecord>> FakeJobStore::find(const std::string& id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("find", false)) return std::move(*error);
  std::vector<core::JobRecord> records;
  for (const auto& [ticket, row] : rows_) {
    if (row.record.job.key.id == id) records.push_back(row.record);
  }
  return records;
}

Result<std::vector<core::JobEvent>> FakeJobStore::history(core::JobTicket ticket) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("history", false)) return std::move(*error);
  const FakeJobRow* row = find_row(ticket);
  return row == nullptr ? std::vector<core::JobEvent>() : row->history;
}

Status FakeJobStore::by_person(core::JobTicket ticket, JobTrigger trigger, Timestamp now,
                               const std::string& who) {
  FakeJobRow* row = find_row(ticket);
  // What nobody is told of may be done again though it is final.
  if (row != nullptr && !row->record.reports && row->record.ended_as &&
      trigger == JobTrigger::person_retries) {
    row->record.state = *row->record.ended_as;
  }
  if (row == nullptr || !jobs::next_state(row->record.state, trigger)) {
    return Error(core::CoreErrc::bad_answer, ErrorKind::permanent,
                 "the job's state does not allow it");
  }
  switch (trigger) {
    case JobTrigger::person_cancels:
      finish(*row, trigger, core::failed(core::failure::kCanceled, "canceled by " + who), now);
      break;
    case JobTrigger::person_denies:
      finish(*row, trigger, core::failed(core::failure::kDeniedByPerson, "denied by " + who), now);
      break;
    default:
      move(*row, trigger);
      requeue(*row, now);
      row->approved = row->approved || trigger == JobTrigger::person_approves;
      break;
  }
  note(*row, now, "by_person", who);
  return {};
}

Status FakeJobStore::retry(core::JobTicket ticket, Timestamp now, const std::string& who) {
  if (beside_ != nullptr) CC_TRY(beside_->may_retry(ticket));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto error = enter("retry", true)) return std::move(*error);
    CC_TRY(by_person(ticket, JobTrigger::person_retries, now, who));
  }
  if (beside_ != nullptr) beside_->retried(ticket);
  return {};
}

void FakeJobStore::end_external(const std::string& id, core::Outcome outcome, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [ticket, row] : rows_) {
    if (row.record.job.key.id != id) continue;
    const bool failed = std::holds_alternative<core::Failed>(outcome);
    finish(row, failed ? JobTrigger::fails : JobTrigger::succeeds, std::move(outcome), now);
    return;
  }
  std::abort();
}

void FakeJobStore::change_external(core::JobTicket ticket, core::JobState state,
                                   std::optional<Timestamp> deadline, const core::JobEvent& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  core::JobRecord& record = find_row(ticket)->record;
  record.state = state;
  record.job.deadline = deadline;
  if (record.last_message != event.message) find_row(ticket)->history.push_back(event);
  record.last_message = event.message;
}

void FakeJobStore::add_note(core::JobTicket ticket, const core::JobEvent& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (FakeJobRow* row = find_row(ticket)) row->history.push_back(event);
}

Status FakeJobStore::cancel(core::JobTicket ticket, Timestamp now, const std::string& who) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("cancel", true)) return std::move(*error);
  return by_person(ticket, JobTrigger::person_cancels, now, who);
}

Status FakeJobStore::approve(core::JobTicket ticket, Timestamp now, const std::string& who) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("approve", true)) return std::move(*error);
  return by_person(ticket, JobTrigger::person_approves, now, who);
}

Status FakeJobStore::deny(core::JobTicket ticket, Timestamp now, const std::string& who,
                          const std::string& why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("deny", true)) return std::move(*error);
  return by_person(ticket, JobTrigger::person_denies, now, who + ": " + why);
}

Result<std::uint64_t> FakeJobStore::purge(Timestamp before, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("purge", true)) return std::move(*error);
  std::uint64_t looked_at = 0;
  for (auto place = rows_.begin(); place != rows_.end() && looked_at < max;) {
    FakeJobRow& row = place->second;
    const core::JobRecord& record = row.record;
    const auto filed_under = row.kept_until ? row.kept_until : record.finished;
    if (record.state != JobState::reported || filed_under >= before) {
      ++place;
      continue;
    }
    ++looked_at;
    const auto* issued = record.outcome ? std::get_if<core::Issued>(&*record.outcome) : nullptr;
    if (issued != nullptr && issued->certificate.not_after >= before) {
      row.kept_until = issued->certificate.not_after;
      ++place;
    } else {
      place = rows_.erase(place);
    }
  }
  return looked_at;
}

Status FakeJobStore::probe() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("probe", true)) return std::move(*error);
  return {};
}

}  // namespace certconnector::testing
