#include "tests/support/core/fake_job_store.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "agent/core/errors.h"
#include "agent/jobs/lifecycle/ended_request.h"
#include "agent/jobs/lifecycle/job_orders.h"

namespace certconnector::testing {

using core::JobState;

namespace {

constexpr std::size_t kLongestPage = 1000;

Error not_allowed(std::string why) {
  return {core::CoreErrc::bad_answer, ErrorKind::permanent, std::move(why)};
}

void count_one(std::vector<core::JobCount>& counts, const core::JobRecord& record,
               JobState counted) {
  const auto same = std::find_if(counts.begin(), counts.end(), [&](const core::JobCount& c) {
    return c.ca == record.job.ca && c.type == record.job.type() && c.state == counted;
  });
  if (same == counts.end()) {
    counts.push_back({record.job.ca, record.job.type(), counted, 1});
  } else {
    ++same->count;
  }
}

}  // namespace

Error FakeJobStore::disk_full() {
  return {core::CoreErrc::bad_answer, ErrorKind::transient, "the disk is full"};
}

void FakeJobStore::fail_writes(std::optional<Error> error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  write_failure_ = std::move(error);
}

void FakeJobStore::lose_file(std::optional<Error> error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lost_file_ = std::move(error);
}

void FakeJobStore::forget_process() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [ticket, row] : rows_) row.life.report_withdrawn = false;
}

void FakeJobStore::end_external(const std::string& id, core::Outcome outcome, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [ticket, row] : rows_) {
    if (row.job.key.id != id) continue;
    const bool failed = std::holds_alternative<core::Failed>(outcome);
    const auto state = jobs::next_state(
        row.life.state, failed ? jobs::JobTrigger::fails : jobs::JobTrigger::succeeds);
    if (!state || row.life.ours) std::abort();
    row.life.state = *state;
    save(row, jobs::end(row.life, std::move(outcome), now));
    return;
  }
  std::abort();
}

void FakeJobStore::change_external(core::JobTicket ticket, JobState state,
                                   std::optional<Timestamp> deadline, const core::JobEvent& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Row* row = find_row(ticket);
  if (row == nullptr) std::abort();
  row->life.state = state;
  row->life.deadline = deadline;
  if (row->life.last_message != event.message) note(*row, event);
  row->life.last_message = event.message;
}

void FakeJobStore::add_note(core::JobTicket ticket, const core::JobEvent& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Row* row = find_row(ticket)) note(*row, event);
}

FakeJobRow FakeJobStore::row(const std::string& id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [ticket, row] : rows_) {
    if (row.job.key.id != id) continue;
    return {record_of(row), row.life.interrupted, row.life.pending_request, row.life.last_backoff,
            row.history};
  }
  std::abort();
}

std::size_t FakeJobStore::count(JobState state) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), [&](const auto& entry) {
    return entry.second.life.state == state;
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

FakeJobStore::Row* FakeJobStore::find_row(core::JobTicket ticket) {
  const auto place = rows_.find(ticket.value);
  return place == rows_.end() ? nullptr : &place->second;
}

FakeJobStore::Row* FakeJobStore::find_key(const core::JobKey& key) {
  for (auto& [ticket, row] : rows_) {
    const core::JobKey& known = row.job.key;
    if (known.id == key.id && known.source == key.source && known.instance == key.instance) {
      return &row;
    }
  }
  return nullptr;
}

void FakeJobStore::note(Row& row, core::JobEvent event) {
  row.history.push_back(std::move(event));
  if (row.history.size() > jobs::kLongestHistory) row.history.erase(row.history.begin());
}

void FakeJobStore::save(Row& row, jobs::JobChange change) {
  row.life = std::move(change.job);
  if (jobs::is_finished(row.life.state)) {
    jobs::forget_challenge(row.life.source, row.job.request);
  }
  if (change.outcome) row.outcome = std::move(change.outcome);
  for (core::JobEvent& event : change.notes) note(row, std::move(event));
}

core::JobRecord FakeJobStore::record_of(const Row& row) {
  const jobs::JobLife& life = row.life;
  core::JobRecord record;
  record.ticket = row.ticket;
  record.job = row.job;
  record.job.deadline = life.deadline;
  record.state = life.state;
  if (jobs::is_finished(life.state)) record.outcome = row.outcome;
  if (life.state == JobState::reported) record.ended_as = life.ended_as;
  record.lease = life.lease;
  record.attempts = life.attempts;
  record.received = row.received;
  record.due = jobs::claimable_from(life).value_or(row.received);
  record.started = life.started;
  record.finished = life.finished;
  record.reported = life.reported;
  record.last_code = life.last_code;
  record.last_message = life.last_message;
  record.waiting_for_approval = life.awaiting_approval;
  record.may_be_at_ca = jobs::may_be_at_ca(life);
  record.reports = life.reports;
  record.external = !life.ours;
  return record;
}

core::Report FakeJobStore::report_of(const Row& row) {
  core::Report report;
  report.ticket = row.ticket;
  report.key = row.job.key;
  report.type = row.job.type();
  report.ca = row.job.ca;
  report.correlation_id = row.job.correlation_id;
  report.lease_number = row.life.lease ? row.life.lease->number : 0;
  report.state = row.life.state;
  report.outcome = *row.outcome;
  report.attempts = row.life.attempts;
  report.finished = *row.life.finished;
  if (row.job.key.source == core::JobSource::scep) {
    report.enrollment.emplace();
    report.enrollment->service = row.job.key.instance;
    report.enrollment->external = !row.life.ours;
  }
  return report;
}

core::InsertResult FakeJobStore::insert_one(const core::NewJob& job, Timestamp now) {
  if (Row* known = find_key(job.job.key)) {
    if (known->job.key.digest != job.job.key.digest) {
      note(*known, jobs::conflict(now));
      return core::InsertResult::conflict;
    }
    save(*known, jobs::arrive_again(known->life, job, now));
    return core::InsertResult::known;
  }
  Row row;
  row.ticket.value = ++last_ticket_;
  row.job = job.job;
  row.received = now;
  save(row, jobs::arrive(job, now));
  rows_.emplace(last_ticket_, std::move(row));
  return core::InsertResult::inserted;
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

std::vector<FakeJobStore::Row*> FakeJobStore::ordered_by(TimeOf time) {
  std::vector<Row*> rows;
  for (auto& [ticket, row] : rows_) {
    if (time(row.life)) rows.push_back(&row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [time](const Row* a, const Row* b) { return *time(a->life) < *time(b->life); });
  return rows;
}

std::vector<FakeJobStore::Row*> FakeJobStore::due_jobs(const core::ClaimQuery& query) {
  std::vector<Row*> due = ordered_by(jobs::claimable_from);
  due.erase(std::remove_if(due.begin(), due.end(),
                           [&](const Row* row) {
                             return row->job.ca != query.ca || *row->life.due > query.now;
                           }),
            due.end());
  std::stable_sort(due.begin(), due.end(), [](const Row* a, const Row* b) {
    return jobs::claim_rank(a->job) < jobs::claim_rank(b->job);
  });
  if (due.size() > query.max) due.resize(query.max);
  return due;
}

Result<std::vector<core::ClaimedJob>> FakeJobStore::claim(const core::ClaimQuery& query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("claim", true)) return std::move(*error);
  std::vector<core::ClaimedJob> claimed;
  for (Row* row : due_jobs(query)) {
    auto change = jobs::claim(row->life, query.now);
    if (!change) return not_allowed("a finished job waits to be claimed");
    row->owner = query.owner;
    save(*row, std::move(*change));
    core::Job job = row->job;
    job.deadline = row->life.deadline;
    claimed.push_back(jobs::claimed_job(row->ticket, std::move(job), row->life, row->received));
  }
  return claimed;
}

Result<std::optional<Timestamp>> FakeJobStore::next_due(const core::CaFingerprint& ca) {
  std::optional<Timestamp> first;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto error = enter("next_due", false)) return std::move(*error);
    for (const auto& [ticket, row] : rows_) {
      const auto due = jobs::claimable_from(row.life);
      if (row.job.ca == ca && due && (!first || *due < *first)) first = due;
    }
  }
  if (after_next_due) std::exchange(after_next_due, nullptr)();
  return first;
}

Result<core::Settled> FakeJobStore::settle_one(const core::Settlement& settlement,
                                               const core::ClaimOwner& owner, Timestamp now) {
  core::Settled settled;
  Row* row = find_row(settlement.ticket);
  settled.taken = row != nullptr && jobs::holds_claim(row->life) && row->owner == owner;
  if (!settled.taken) return settled;
  auto change = jobs::settle(row->life, settlement.verdict, now);
  if (!change) return not_allowed("a running job cannot take this verdict");
  if (auto* issued = change->outcome ? std::get_if<core::Issued>(&*change->outcome) : nullptr) {
    const auto& label = std::get<core::Finish>(settlement.verdict).label;
    if (!label) return not_allowed("an issued certificate has no label");
    core::CertificateEntry entry{label->key, label->template_name, issued->certificate};
    const core::JobKey& key = row->job.key;
    entry.holder = {key.source, key.instance, key.id, {}, {}, {}};
    const auto lineage =
        beside_ == nullptr ? std::nullopt : beside_->complete(row->ticket, entry.holder);
    CC_TRY_ASSIGN(auto standing, certificates_.record(row->job.ca, {entry}, now));
    if (standing.front().certificate != issued->certificate.certificate) {
      settled.before = standing.front();
    }
    if (lineage && !settled.before) {
      certificates_.join_lineage(row->job.ca, issued->certificate.serial, *lineage);
    }
    issued->certificate = std::move(standing.front());
  }
  const auto* revoke = std::get_if<core::RevokeRequest>(&row->job.request);
  const bool revoked = change->outcome && std::holds_alternative<core::Revoked>(*change->outcome);
  if (revoked && revoke != nullptr && revoke->reason == core::RevocationReason::key_compromise) {
    CC_TRY_ASSIGN(const auto stolen,
                  certificates_.find(row->job.ca, {revoke->serial, revoke->thumbprint}));
    if (stolen) certificates_.compromise(stolen->lineage);
  }
  save(*row, std::move(*change));
  return settled;
}

Result<std::vector<core::Settled>> FakeJobStore::settle(
    const std::vector<core::Settlement>& settlements, const core::ClaimOwner& owner,
    Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("settle", true)) return std::move(*error);
  std::vector<core::Settled> all;
  for (const core::Settlement& settlement : settlements) {
    CC_TRY_ASSIGN(auto settled, settle_one(settlement, owner, now));
    all.push_back(std::move(settled));
  }
  return all;
}

Result<std::uint64_t> FakeJobStore::recover(const core::ClaimOwner& owner, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("recover", true)) return std::move(*error);
  std::uint64_t freed = 0;
  for (auto& [ticket, row] : rows_) {
    if (auto corrected = jobs::correct_times(row.life, now)) save(row, std::move(*corrected));
    if (!jobs::holds_claim(row.life) || row.owner == owner) continue;
    auto change = jobs::recover(row.life, now);
    if (!change) return not_allowed("a job that is not running has a claim");
    save(row, std::move(*change));
    ++freed;
  }
  return freed;
}

Result<std::vector<core::LeaseHolding>> FakeJobStore::leases_ending(
    const core::CloudShare& share, Timestamp before, const std::vector<core::CaFingerprint>& served,
    std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("leases_ending", false)) return std::move(*error);
  std::vector<core::LeaseHolding> ending;
  for (const Row* row : ordered_by(jobs::lease_watch)) {
    if (ending.size() == max || row->life.lease->until >= before) break;
    if (!core::includes(share, row->job.key.source, row->job.key.instance)) continue;
    const bool is_served = std::find(served.begin(), served.end(), row->job.ca) != served.end();
    if (!is_served && !jobs::may_be_at_ca(row->life)) continue;
    ending.push_back({row->ticket, row->job.key.id, row->job.key.instance, *row->life.lease});
  }
  return ending;
}

Status FakeJobStore::renew_leases(const std::vector<core::LeaseHolding>& renewed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("renew_leases", true)) return std::move(*error);
  for (const core::LeaseHolding& holding : renewed) {
    Row* row = find_row(holding.ticket);
    if (row == nullptr) continue;
    if (auto change = jobs::renew_lease(row->life, holding.lease)) save(*row, std::move(*change));
  }
  return {};
}

Status FakeJobStore::lose_leases(const std::vector<core::JobTicket>& lost, Timestamp now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("lose_leases", true)) return std::move(*error);
  for (const core::JobTicket ticket : lost) {
    Row* row = find_row(ticket);
    if (row == nullptr) continue;
    if (auto change = jobs::lose_lease(row->life, now)) save(*row, std::move(*change));
  }
  return {};
}

Result<std::uint64_t> FakeJobStore::expire(Timestamp now, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("expire", true)) return std::move(*error);
  std::uint64_t dead = 0;
  for (Row* row : ordered_by(jobs::expiry_watch)) {
    if (dead == max) break;
    auto change = jobs::expire(row->life, now);
    if (!change) continue;
    save(*row, std::move(*change));
    ++dead;
  }
  return dead;
}

Result<std::vector<core::Report>> FakeJobStore::unreported(const core::CloudShare& share,
                                                           std::size_t max) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (auto error = enter("unreported", false)) return std::move(*error);
  std::vector<core::Report> reports;
  for (Row* row : ordered_by([](const jobs::JobLife& life) { return life.report_at; })) {
    if (reports.size() == max) break;
    if (!core::includes(share, row->job.key.source, row->job.key.instance)) continue;
    row->life.report_withdrawn = false;
    reports.push_back(report_of(*row));
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
    Row* row = find_row(ack.ticket);
    auto change = row == nullptr ? std::nullopt : jobs::acknowledge(row->life, ack, now);
    if (!change) continue;
    const bool withdrawn = row->life.report_withdrawn;
    if (change->withhold) withheld.push_back(ack.ticket);
    save(*row, std::move(*change));
    if (withdrawn || !ack.follow_up) continue;
    if (insert_one(*ack.follow_up, now) != core::InsertResult::conflict) continue;
    note(*row, jobs::follow_up_lost(*ack.follow_up, now));
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
  for (const auto& [ticket, row] : rows_) count_one(counts, record_of(row), row.life.state);
  return counts;
}

Result<core::JobOutcomes> FakeJobStore::outcomes(Timestamp since, Timestamp now, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("outcomes", false)) return std::move(*error);
  core::JobOutcomes outcomes;
  for (const auto& [ticket, row] : rows_) {
    const bool ended = jobs::is_finished(row.life.state) && row.life.state != JobState::reported;
    if (ended) count_one(outcomes.counts, record_of(row), row.life.state);
  }
  std::size_t seen = 0;
  const auto closed = ordered_by([](const jobs::JobLife& life) { return life.closed_at; });
  for (auto place = closed.rbegin(); place != closed.rend() && seen < max; ++place) {
    const jobs::JobLife& life = (*place)->life;
    if (*life.closed_at < since || *life.closed_at > now) continue;
    ++seen;
    if (life.state != JobState::reported || *life.finished < since) continue;
    count_one(outcomes.counts, record_of(**place), *life.ended_as);
  }
  outcomes.complete = seen < max;
  return outcomes;
}

bool FakeJobStore::matches(const Row& row, const core::JobFilter& filter) {
  return (!filter.state || row.life.state == *filter.state) &&
         (!filter.outcome || row.life.ended_as == filter.outcome) &&
         (!filter.type || row.job.type() == *filter.type) &&
         (!filter.ca || row.job.ca == *filter.ca) &&
         (!filter.since || row.received >= *filter.since) &&
         (!filter.until || row.received <= *filter.until) &&
         (!filter.after || row.ticket.value < filter.after->value);
}

Result<core::JobPage> FakeJobStore::page(const core::JobFilter& filter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("list", false)) return std::move(*error);
  const std::size_t limit = std::min(filter.limit, kLongestPage);
  core::JobPage page;
  for (auto place = rows_.rbegin(); place != rows_.rend() && page.jobs.size() < limit; ++place) {
    if (matches(place->second, filter)) page.jobs.push_back(record_of(place->second));
  }
  if (limit > 0 && page.jobs.size() == limit) page.next = page.jobs.back().ticket;
  return page;
}

Result<std::vector<core::JobRecord>> FakeJobStore::find(const std::string& id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("find", false)) return std::move(*error);
  std::vector<core::JobRecord> records;
  for (auto place = rows_.rbegin(); place != rows_.rend(); ++place) {
    if (place->second.job.key.id == id) records.push_back(record_of(place->second));
  }
  return records;
}

Result<std::vector<std::string>> FakeJobStore::ids_with_beginning(const std::string& beginning,
                                                                  std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("ids_with_beginning", false)) return std::move(*error);
  std::set<std::string> ids;
  for (const auto& [ticket, row] : rows_) {
    const std::string& id = row.job.key.id;
    if (id.compare(0, beginning.size(), beginning) == 0) ids.insert(id);
  }
  std::vector<std::string> first(ids.begin(), ids.end());
  first.resize(std::min(first.size(), max));
  return first;
}

Result<std::optional<core::JobRecord>> FakeJobStore::find(const core::JobKey& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("find", false)) return std::move(*error);
  const Row* row = find_key(key);
  return row == nullptr ? std::nullopt : std::make_optional(record_of(*row));
}

Result<std::vector<core::JobEvent>> FakeJobStore::history(core::JobTicket ticket) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("history", false)) return std::move(*error);
  const Row* row = find_row(ticket);
  return row == nullptr ? std::vector<core::JobEvent>() : row->history;
}

Status FakeJobStore::by_person(const std::string& call, core::JobTicket ticket,
                               const Decide& decide) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter(call, true)) return std::move(*error);
  Row* row = find_row(ticket);
  if (row == nullptr) return not_allowed("there is no such job any more");
  jobs::PersonAnswer decided = decide(row->life);
  if (auto* objection = std::get_if<jobs::NotAllowed>(&decided)) {
    return not_allowed(std::move(objection->why));
  }
  save(*row, std::get<jobs::JobChange>(std::move(decided)));
  return {};
}

Status FakeJobStore::may_retry(core::JobTicket ticket, Timestamp now, const std::string& who) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Row* row = find_row(ticket);
    const bool refused = row == nullptr ||
                         std::holds_alternative<jobs::NotAllowed>(jobs::retry(row->life, now, who));
    if (refused || beside_ == nullptr) return {};
  }
  return beside_->may_retry(ticket);
}

Status FakeJobStore::retry(core::JobTicket ticket, Timestamp now, const std::string& who) {
  CC_TRY(may_retry(ticket, now, who));
  CC_TRY(by_person("retry", ticket,
                   [&](const jobs::JobLife& life) { return jobs::retry(life, now, who); }));
  if (beside_ != nullptr) beside_->retried(ticket);
  return {};
}

Status FakeJobStore::cancel(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return by_person("cancel", ticket,
                   [&](const jobs::JobLife& life) { return jobs::cancel(life, now, who); });
}

Status FakeJobStore::approve(core::JobTicket ticket, Timestamp now, const std::string& who) {
  return by_person("approve", ticket,
                   [&](const jobs::JobLife& life) { return jobs::approve(life, now, who); });
}

Status FakeJobStore::deny(core::JobTicket ticket, Timestamp now, const std::string& who,
                          const std::string& why) {
  return by_person("deny", ticket,
                   [&](const jobs::JobLife& life) { return jobs::deny(life, now, who, why); });
}

Result<std::uint64_t> FakeJobStore::purge(Timestamp before, Timestamp now, std::size_t max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("purge", true)) return std::move(*error);
  std::uint64_t looked_at = 0;
  for (Row* row : ordered_by([](const jobs::JobLife& life) { return life.closed_at; })) {
    if (looked_at == max || !jobs::may_be_purged(row->life, before)) break;
    ++looked_at;
    const auto* issued = row->outcome ? std::get_if<core::Issued>(&*row->outcome) : nullptr;
    const auto end =
        issued == nullptr ? std::nullopt : std::make_optional(issued->certificate.not_after);
    const jobs::JobTies ties =
        beside_ == nullptr ? jobs::JobTies() : beside_->ties(row->ticket, end);
    if (const auto needed = jobs::needed_until(ties, now)) {
      row->life.closed_at = jobs::filed_again(*needed, now - before);
    } else {
      rows_.erase(row->ticket.value);
    }
  }
  return looked_at;
}

Status FakeJobStore::probe() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (auto error = enter("probe", true)) return std::move(*error);
  return {};
}

Status FakeJobStore::check_in_place() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lost_file_ ? Status(*lost_file_) : Status();
}

}  // namespace certconnector::testing
