#include "agent/enrollment/enrollment_queue.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "agent/enrollment/conflict_words.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::enrollment {
namespace {

// In one step, and in one transaction where the ledger takes so many. More wait for the next one.
constexpr std::size_t kMostAtOnce = 256;
// If so many wait for answers anyway, new arrivals are gathered for a moment. A transaction here is
// one in each of the stages behind, and costs more for each request the fewer share it.
constexpr std::size_t kManyWait = 8;
constexpr Duration kGivenAtOnce{1000};  // answers with renewed certificates, in one transaction
constexpr Duration kGathering{10};      // from one transaction's begin to the next one's

core::Failed withheld() {
  return core::failed(
      core::failure::kWithheld,
      "The management endpoint did not take the certificate; it is revoked and not given "
      "out.");
}

// A challenge that is used was none: the renewal was denied.
core::NewEnrollment what_was_denied(core::NewEnrollment enrollment) {
  if (enrollment.instead) return *enrollment.instead;
  return enrollment;
}

EnrollmentAnswer answer_of(const core::EnrollmentStanding& standing, const EnrollmentTerms& terms) {
  if (!jobs::is_finished(standing.state)) return StillPending{};
  if (!standing.outcome) {
    return core::failed(core::failure::kCanceled, "The request's job ended without an outcome.");
  }
  if (const auto* reason = std::get_if<core::Failed>(&*standing.outcome)) return *reason;
  const auto* issued = std::get_if<core::Issued>(&*standing.outcome);
  if (issued == nullptr)
    return core::failed(core::failure::kInternalError, "The job issued nothing.");
  if (standing.withheld) return withheld();
  if (terms.after_report && standing.state != core::JobState::reported) return StillPending{};
  return Enrolled{issued->certificate, false,
                  standing.renews ? std::make_optional(standing.ticket) : std::nullopt};
}

}  // namespace

EnrollmentQueue::EnrollmentQueue(core::EnrollmentLedger& ledger, jobs::StorageGuard& storage,
                                 const Clock& clock, core::CrashPoints& crash_points,
                                 jobs::JobIntake& intake, LineageAlarms* alarms)
    : ledger_(ledger),
      storage_(storage),
      clock_(clock),
      crash_points_(crash_points),
      intake_(intake),
      alarms_(alarms) {}

void EnrollmentQueue::enroll(core::NewEnrollment enrollment, const EnrollmentTerms& terms,
                             Done done) {
  Arrival arrival{std::move(enrollment), terms, clock_.now() + terms.patience, std::move(done)};
  arrival.terms.after_report = terms.after_report && arrival.enrollment.job.report;
  arrive(std::move(arrival));
}

void EnrollmentQueue::note(core::NewEnrollment enrollment, const core::Failed& reason) {
  arrive(note_of(std::move(enrollment), reason));
}

void EnrollmentQueue::arrive(Arrival arrival) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = arrivals_.empty();
    arrivals_.push_back(std::move(arrival));
  }
  if (first) arrived_.notify();
}

EnrollmentQueue::Arrival EnrollmentQueue::note_of(core::NewEnrollment enrollment,
                                                  const core::Failed& reason) const {
  std::get<core::IssueRequest>(enrollment.job.job.request).pkcs10.clear();
  enrollment.job.rejection = reason;
  enrollment.job.external.reset();
  return {std::move(enrollment), {}, clock_.now(), [](const EnrollmentAnswer&) {}};
}

Result<std::optional<EnrollmentAnswer>> EnrollmentQueue::find(const core::EnrollmentKey& key,
                                                              const EnrollmentTerms& terms) {
  return looked_up(ledger_.find(key), terms);
}

Result<std::optional<EnrollmentAnswer>> EnrollmentQueue::poll(const core::EnrollmentKey& signer,
                                                              const EnrollmentTerms& terms) {
  return looked_up(ledger_.find_for_poll(signer), terms);
}

Result<std::optional<EnrollmentAnswer>> EnrollmentQueue::looked_up(
    const Result<std::optional<core::EnrollmentStanding>>& found, const EnrollmentTerms& terms) {
  if (!found.ok()) {
    storage_.failed(found.error());
    return found.error();
  }
  if (!found->has_value()) return std::optional<EnrollmentAnswer>();
  return std::make_optional(answer_of(**found, terms));
}

Duration EnrollmentQueue::step(const StopToken&) {
  begin_arrivals();
  store_given(false);
  const Timestamp now = clock_.now();
  for (Call& call : end_overdue(now)) call.done(std::move(call.answer));
  return until_next(now);
}

void EnrollmentQueue::begin_arrivals() {
  std::size_t due = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!gathers(clock_.now())) due = std::min(arrivals_.size(), kMostAtOnce);
  }
  if (due == 0) return;
  const std::size_t most = std::max<std::size_t>(ledger_.begin_at_once(), 1);
  while (due > 0) {
    std::vector<Arrival> some;
    {
      const std::lock_guard lock(mutex_);
      some = take(std::min(due, most));
    }
    if (some.empty()) return;
    due -= some.size();
    begin(std::move(some));
  }
}

void EnrollmentQueue::given(core::JobTicket renewal) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = given_.empty();
    if (first) given_since_ = clock_.now();
    given_.push_back(renewal);
  }
  if (first) arrived_.notify();
}

void EnrollmentQueue::store_given(bool all) {
  std::vector<core::JobTicket> some;
  {
    const std::lock_guard lock(mutex_);
    if (given_.empty() || (!all && clock_.now() - given_since_ < kGivenAtOnce)) return;
    some.swap(given_);
  }
  const Status stored = ledger_.given(some, clock_.now());
  if (!stored.ok()) storage_.failed(stored.error());
}

bool EnrollmentQueue::gathers(Timestamp now) const {
  return !arrivals_.empty() && arrivals_.size() < kMostAtOnce && waiting_.size() >= kManyWait &&
         now - began_ < kGathering;
}

std::vector<EnrollmentQueue::Arrival> EnrollmentQueue::take(std::size_t most) {
  std::vector<Arrival> some;
  const std::size_t count = std::min(arrivals_.size(), most);
  const auto end = arrivals_.begin() + static_cast<std::ptrdiff_t>(count);
  some.assign(std::make_move_iterator(arrivals_.begin()), std::make_move_iterator(end));
  arrivals_.erase(arrivals_.begin(), end);
  beginning_ = !some.empty();
  if (beginning_) began_ = clock_.now();
  return some;
}

void EnrollmentQueue::begin(std::vector<Arrival> arrivals) {
  std::vector<core::NewEnrollment> enrollments;
  enrollments.reserve(arrivals.size());
  for (Arrival& arrival : arrivals) enrollments.push_back(std::move(arrival.enrollment));
  crash_points_.reached(core::CrashPoint::enrollments_arrived);
  const auto answers = ledger_.begin(enrollments, clock_.now());
  if (answers.ok()) {
    crash_points_.reached(core::CrashPoint::enrollments_begun);
    raise_alarms(enrollments, *answers);
  }
  Calls calls;
  std::map<core::CaFingerprint, std::size_t> begun;
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      Arrival& arrival = arrivals[i];
      if (!answers.ok()) {
        calls.push_back({std::move(arrival.done), Unavailable{answers.error().message()}});
        continue;
      }
      if (auto refusal = refusal_in_words((*answers)[i])) {
        core::Failed& reason = *refusal;
        if (!enrollments[i].job.rejection) {
          arrivals_.push_back(note_of(what_was_denied(std::move(enrollments[i])), reason));
        }
        calls.push_back({std::move(arrival.done), std::move(reason)});
        continue;
      }
      const auto& standing = std::get<core::EnrollmentStanding>((*answers)[i]);
      const bool noted = enrollments[i].job.rejection.has_value();
      if (standing.begun && !noted) ++begun[enrollments[i].job.job.ca];
      refused = refused || noted;
      EnrollmentAnswer answer = answer_of(standing, arrival.terms);
      if (!std::holds_alternative<StillPending>(answer)) {
        calls.push_back({std::move(arrival.done), std::move(answer)});
        continue;
      }
      Waiter waiter{arrival.terms, arrival.until, std::move(arrival.done), {}, {}, false};
      if (standing.renews) waiter.renewal = standing.ticket;
      if (standing.outcome)
        waiter.certificate = std::get<core::Issued>(*standing.outcome).certificate;
      nobody_before_ = std::min(nobody_before_, waiter.until);
      waiting_.emplace(standing.ticket.value, std::move(waiter));
    }
    for (const News& news : early_) apply(news, calls);
    early_.clear();
    beginning_ = false;
  }
  if (!answers.ok()) storage_.failed(answers.error());
  for (const auto& [ca, count] : begun) intake_.work_arrived(ca, count);
  if (refused) intake_.results_arrived();
  for (Call& call : calls) call.done(std::move(call.answer));
}

void EnrollmentQueue::raise_alarms(const std::vector<core::NewEnrollment>& enrollments,
                                   const std::vector<core::BeginAnswer>& answers) {
  if (alarms_ == nullptr) return;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const core::NewEnrollment& asked = enrollments[i];
    const core::NewEnrollment& renewal = asked.instead ? *asked.instead : asked;
    if (const auto* why = std::get_if<core::LineageConflict>(&answers[i])) {
      alarms_->denied(renewal, *why);
    } else if (const auto* standing = std::get_if<core::EnrollmentStanding>(&answers[i])) {
      if (standing->begun) alarms_->begun(renewal);
    }
  }
}

void EnrollmentQueue::settled(const std::vector<core::Settlement>& settlements) {
  std::vector<News> all;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() && !beginning_) return;
    for (const core::Settlement& one : settlements) {
      if (!beginning_ && waiting_.count(one.ticket.value) == 0) continue;
      if (auto news = news_of(one)) all.push_back(std::move(*news));
    }
  }
  tell(std::move(all));
}

void EnrollmentQueue::acknowledged(
    const std::vector<core::ReportAcknowledgement>& acknowledgements) {
  std::vector<News> all;
  for (const core::ReportAcknowledgement& one : acknowledgements) {
    // A failure has no waiter. The acknowledgement may be of one that a person took back by a
    // retry.
    if (!one.issued) continue;
    const bool taken = one.verdict == core::ReportVerdict::accepted ||
                       one.verdict == core::ReportVerdict::duplicate;
    News news;
    news.ticket = one.ticket.value;
    news.event = taken ? Event::acknowledged : Event::refused;
    all.push_back(std::move(news));
  }
  tell(std::move(all));
}

std::optional<EnrollmentQueue::News> EnrollmentQueue::news_of(const core::Settlement& settlement) {
  News news;
  news.ticket = settlement.ticket.value;
  const auto end = [&](const core::Outcome& outcome) -> std::optional<News> {
    if (const auto* issued = std::get_if<core::Issued>(&outcome)) {
      news.event = Event::issued;
      news.certificate = issued->certificate;
      return news;
    }
    const auto* reason = std::get_if<core::Failed>(&outcome);
    if (reason == nullptr) return std::nullopt;
    news.event = Event::failed;
    news.reason = *reason;
    return news;
  };
  const auto wait_longer = [&]() -> std::optional<News> { return news; };
  return std::visit(
      core::Overloaded{[&](const core::Finish& finish) { return end(finish.outcome); },
                       [&](const core::Die& die) { return end(die.reason); },
                       [](const core::RetryLater&) { return std::optional<News>(); },
                       [&](const core::WaitForCa&) { return wait_longer(); },
                       [&](const core::WaitForApproval&) { return wait_longer(); },
                       [&](const core::Hold&) { return wait_longer(); },
                       [](const core::LeaseLost&) { return std::optional<News>(); }},
      settlement.verdict);
}

void EnrollmentQueue::tell(std::vector<News> news) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    for (News& one : news) {
      apply(one, calls);
      if (beginning_) early_.push_back(std::move(one));
    }
  }
  for (Call& call : calls) call.done(std::move(call.answer));
}

void EnrollmentQueue::apply(const News& news, Calls& calls) {
  const auto [first, last] = waiting_.equal_range(news.ticket);
  for (auto at = first; at != last;) {
    auto answer = answer_to(at->second, news);
    if (!answer) {
      ++at;
      continue;
    }
    calls.push_back({std::move(at->second.done), std::move(*answer)});
    at = waiting_.erase(at);
  }
}

std::optional<EnrollmentAnswer> EnrollmentQueue::answer_to(Waiter& waiter, const News& news) {
  switch (news.event) {
    case Event::issued:
      if (!waiter.terms.after_report || waiter.acknowledged) {
        return Enrolled{news.certificate, true, waiter.renewal};
      }
      waiter.certificate = news.certificate;
      return std::nullopt;
    case Event::failed:
      return news.reason;
    case Event::takes_long:
      return StillPending{};
    case Event::acknowledged:
      waiter.acknowledged = true;
      if (!waiter.certificate) return std::nullopt;
      return Enrolled{std::move(*waiter.certificate), false, waiter.renewal};
    case Event::refused:
      return withheld();
  }
  return std::nullopt;
}

EnrollmentQueue::Calls EnrollmentQueue::end_overdue(Timestamp now) {
  Calls calls;
  const std::lock_guard lock(mutex_);
  if (now < nobody_before_) return calls;
  nobody_before_ = Timestamp::max();
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (at->second.until > now) {
      nobody_before_ = std::min(nobody_before_, at->second.until);
      ++at;
      continue;
    }
    calls.push_back({std::move(at->second.done), StillPending{}});
    at = waiting_.erase(at);
  }
  return calls;
}

Duration EnrollmentQueue::until_next(Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (gathers(now)) return std::min(began_ + kGathering, std::max(nobody_before_, now)) - now;
  if (!arrivals_.empty()) return Duration(0);
  Timestamp next = now + runtime::kIdle;
  if (!given_.empty()) next = std::min(next, given_since_ + kGivenAtOnce);
  if (!waiting_.empty()) next = std::min(next, nobody_before_);
  return std::max(next - now, Duration(0));
}

void EnrollmentQueue::close() {
  std::vector<Arrival> arrivals;
  std::unordered_multimap<std::int64_t, Waiter> waiting;
  store_given(true);
  {
    const std::lock_guard lock(mutex_);
    arrivals.swap(arrivals_);
    waiting.swap(waiting_);
  }
  for (Arrival& arrival : arrivals) arrival.done(Unavailable{"the agent stops"});
  for (auto& [ticket, waiter] : waiting) waiter.done(StillPending{});
}

}  // namespace certconnector::enrollment
