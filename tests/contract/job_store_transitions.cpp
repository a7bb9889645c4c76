// Every situation of a job and everything that can happen to it: one row for each situation, one
// column for each event. Verdicts of runners: job_store_settling.cpp.
#include <map>

#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;

constexpr auto kQueued = JobState::queued;
constexpr auto kRunning = JobState::running;
constexpr auto kWaiting = JobState::waiting;
constexpr auto kHeld = JobState::held;
constexpr auto kDone = JobState::succeeded;
constexpr auto kFailed = JobState::failed;
constexpr auto kDead = JobState::dead;
constexpr auto kCanceled = JobState::canceled;
constexpr auto kReported = JobState::reported;

// A person's action that is not allowed leaves the job as it is.
constexpr std::optional<JobState> kNo = std::nullopt;

struct Situation {
  const char* name;
  JobState state;
  // Leads there from a new job: `claim` first, where there is a verdict.
  core::NewJob job;
  std::optional<core::Verdict> verdict;
  enum { nothing, claim, acknowledge, cancel } then;
};

struct Row {
  Situation from;
  JobState claimed;
  JobState recovered;
  JobState lease_lost;
  JobState expired;
  JobState acknowledged;
  JobState arrived_again;
  std::optional<JobState> retried;
  std::optional<JobState> canceled;
  std::optional<JobState> approved;
  std::optional<JobState> denied;
};

core::NewJob managed() { return leased(issue_job("x"), 1, at(900)); }
core::NewJob rejected() {
  core::NewJob job = managed();
  job.rejection = core::failed(core::failure::kBadJob, "x");
  return job;
}
core::NewJob external() {
  core::NewJob job = device_job("x", true);
  job.external = at(300);
  return job;
}
core::Verdict in_doubt() {
  return core::RetryLater{at(500), {}, "in_doubt", "cut off", true, true};
}
core::Verdict weak() { return core::Finish{core::failed(core::failure::kWeakKey, "weak")}; }
core::Verdict used_up() {
  return core::Die{core::failed(core::failure::kAttemptsUsedUp, "no more")};
}

// clang-format off
std::vector<Row> table() {
  return {
      //                                                                                       claimed    recovered  lost       expired    acknowl.   again      retry     cancel     approve  deny
      {{"running",         kRunning,  managed(),  {},                         Situation::claim},       kRunning,  kQueued,   kRunning,  kRunning,  kRunning,  kRunning,  kNo,      kNo,       kNo,     kNo},
      {{"interrupted",     kQueued,   managed(),  in_doubt(),                 Situation::nothing},     kRunning,  kQueued,   kQueued,   kQueued,   kQueued,   kQueued,   kQueued,  kNo,       kNo,     kNo},
      {{"pending",         kWaiting,  managed(),  core::WaitForCa{"17", at(500)}, Situation::nothing}, kRunning,  kWaiting,  kCanceled, kDead,     kWaiting,  kWaiting,  kNo,      kCanceled, kNo,     kNo},
      {{"for approval",    kWaiting,  managed(),  core::WaitForApproval{"?"}, Situation::nothing},     kWaiting,  kWaiting,  kCanceled, kDead,     kWaiting,  kWaiting,  kNo,      kCanceled, kQueued, kFailed},
      {{"held",            kHeld,     managed(),  core::Hold{"in doubt"},     Situation::nothing},     kHeld,     kHeld,     kHeld,     kDead,     kHeld,     kHeld,     kQueued,  kCanceled, kNo,     kNo},
      {{"succeeded",       kDone,     managed(),  core::Finish{issued("c")},  Situation::nothing},     kDone,     kDone,     kDone,     kDone,     kReported, kDone,     kNo,      kNo,       kNo,     kNo},
      {{"failed",          kFailed,   managed(),  weak(),                     Situation::nothing},     kFailed,   kFailed,   kFailed,   kFailed,   kReported, kFailed,   kQueued,  kNo,       kNo,     kNo},
      {{"dead",            kDead,     managed(),  used_up(),                  Situation::nothing},     kDead,     kDead,     kDead,     kDead,     kReported, kDead,     kQueued,  kNo,       kNo,     kNo},
      {{"rejected",        kFailed,   rejected(), {},                         Situation::nothing},     kFailed,   kFailed,   kFailed,   kFailed,   kReported, kFailed,   kNo,      kNo,       kNo,     kNo},
      {{"canceled",        kCanceled, managed(),  core::Hold{"in doubt"},     Situation::cancel},      kCanceled, kCanceled, kCanceled, kCanceled, kReported, kCanceled, kNo,      kNo,       kNo,     kNo},
      {{"lease lost",      kCanceled, managed(),  core::LeaseLost{"gone"},    Situation::nothing},     kCanceled, kCanceled, kCanceled, kCanceled, kCanceled, kQueued,   kNo,      kNo,       kNo,     kNo},
      {{"reported",        kReported, managed(),  weak(),                     Situation::acknowledge}, kReported, kReported, kReported, kReported, kReported, kFailed,   kNo,      kNo,       kNo,     kNo},
      {{"local failed",    kReported, local_job("x"), weak(),                 Situation::nothing},     kReported, kReported, kReported, kReported, kReported, kReported, kQueued,  kNo,       kNo,     kNo},
      {{"local dead",      kReported, local_job("x"), used_up(),              Situation::nothing},     kReported, kReported, kReported, kReported, kReported, kReported, kQueued,  kNo,       kNo,     kNo},
      {{"local succeeded", kReported, local_job("x"), core::Finish{issued("c")}, Situation::nothing},  kReported, kReported, kReported, kReported, kReported, kReported, kNo,      kNo,       kNo,     kNo},
      {{"local canceled",  kReported, local_job("x"), core::Hold{"look"},     Situation::cancel},      kReported, kReported, kReported, kReported, kReported, kReported, kNo,      kNo,       kNo,     kNo},
      {{"told to nobody",  kReported, device_job("x", false), weak(),         Situation::nothing},     kReported, kReported, kReported, kReported, kReported, kReported, kQueued,  kNo,       kNo,     kNo},
      {{"device reported", kReported, device_job("x", true), weak(),          Situation::acknowledge}, kReported, kReported, kReported, kReported, kReported, kReported, kNo,      kNo,       kNo,     kNo},
      {{"done by others",  kWaiting,  external(), {},                         Situation::nothing},     kWaiting,  kWaiting,  kCanceled, kDead,     kWaiting,  kWaiting,  kNo,      kCanceled, kNo,     kNo},
      // Last: the others are claimed on their way, and a job that is due would be claimed along.
      {{"queued",          kQueued,   managed(),  {},                         Situation::nothing},     kRunning,  kQueued,   kCanceled, kDead,     kQueued,   kQueued,   kQueued,  kCanceled, kNo,     kNo},
  };
}
// clang-format on

class JobStoreTransitionContract : public JobStoreContract {
 protected:
  // A store with one job in each situation, under the situation's name.
  void bring_all() {
    start_anew();
    for (const Row& row : table()) {
      bring(row.from);
      ASSERT_EQ(state(row.from.name), row.from.state) << row.from.name;
    }
  }

  // `expected` of each row against what is there, and the counters with it.
  void expect_states(const std::function<JobState(const Row&)>& expected) {
    std::map<std::pair<JobState, core::JobType>, std::uint64_t> there;
    for (const Row& row : table()) {
      const core::JobRecord job = record(row.from.name);
      EXPECT_EQ(job.state, expected(row)) << row.from.name;
      ++there[{job.state, job.job.type()}];
    }
    for (const auto& [key, number] : there) EXPECT_EQ(count(key.first, key.second), number);
  }

  void expect_answers(const std::function<Status(core::JobTicket)>& act,
                      std::optional<JobState> Row::*expected) {
    bring_all();
    for (const Row& row : table()) {
      SCOPED_TRACE(row.from.name);
      const std::size_t events = history(row.from.name).size();
      const Status done = act(ticket(row.from.name));
      EXPECT_EQ(done.ok(), (row.*expected).has_value())
          << (done.ok() ? "" : done.error().message());
      EXPECT_TRUE(done.ok() || done.error().kind() == ErrorKind::permanent);
      EXPECT_EQ(history(row.from.name).size(), events + (done.ok() ? 1 : 0))
          << "the history names the person, and an action that is not allowed leaves no trace";
    }
    expect_states([&](const Row& row) { return (row.*expected).value_or(row.from.state); });
  }

  [[nodiscard]] static core::NewJob named(core::NewJob job, const char* name) {
    job.job.key.id = name;
    job.job.deadline = at(900);
    return job;
  }

 private:
  void bring(const Situation& situation) {
    insert(named(situation.job, situation.name));
    const auto job = ticket(situation.name);
    if (situation.verdict || situation.then == Situation::claim) claim_one();
    if (situation.verdict) settle(job, *situation.verdict);
    if (situation.then == Situation::acknowledge) acknowledge(job);
    if (situation.then == Situation::cancel) {
      ASSERT_TRUE(store().cancel(job, at(4), "root").ok());
    }
  }
};

TEST_P(JobStoreTransitionContract, Claim) {
  bring_all();
  claim(100, at(600));
  expect_states([](const Row& row) { return row.claimed; });
}

TEST_P(JobStoreTransitionContract, Recover) {
  bring_all();
  reopen();
  EXPECT_EQ(*store().recover("life-2", at(10)), 1U);
  expect_states([](const Row& row) { return row.recovered; });
}

TEST_P(JobStoreTransitionContract, LoseLeases) {
  bring_all();
  std::vector<core::JobTicket> all;
  for (const Row& row : table()) all.push_back(ticket(row.from.name));
  ASSERT_TRUE(store().lose_leases(all, at(10)).ok());
  expect_states([](const Row& row) { return row.lease_lost; });
}

TEST_P(JobStoreTransitionContract, Expire) {
  bring_all();
  EXPECT_EQ(*store().expire(at(899), 100), 0U);
  ASSERT_TRUE(store().expire(at(900), 100).ok());
  expect_states([](const Row& row) { return row.expired; });
}

TEST_P(JobStoreTransitionContract, Acknowledge) {
  bring_all();
  for (const Row& row : table()) acknowledge(ticket(row.from.name));
  expect_states([](const Row& row) { return row.acknowledged; });
}

TEST_P(JobStoreTransitionContract, ArriveAgain) {
  bring_all();
  for (const Row& row : table()) {
    core::NewJob again = named(row.from.job, row.from.name);
    if (again.lease) again.lease = core::Lease{2, at(950)};
    EXPECT_EQ(insert(again, at(10)), core::InsertResult::known) << row.from.name;
  }
  expect_states([](const Row& row) { return row.arrived_again; });
}

TEST_P(JobStoreTransitionContract, Retry) {
  expect_answers([&](core::JobTicket job) { return store().retry(job, at(20), "root"); },
                 &Row::retried);
}

TEST_P(JobStoreTransitionContract, Cancel) {
  // A local job that was canceled is final at once.
  expect_answers([&](core::JobTicket job) { return store().cancel(job, at(20), "root"); },
                 &Row::canceled);
}

TEST_P(JobStoreTransitionContract, Approve) {
  expect_answers([&](core::JobTicket job) { return store().approve(job, at(20), "root"); },
                 &Row::approved);
}

TEST_P(JobStoreTransitionContract, Deny) {
  expect_answers([&](core::JobTicket job) { return store().deny(job, at(20), "root", "no"); },
                 &Row::denied);
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreTransitionContract, ::testing::ValuesIn(job_stores()),
                         name_of);

}  // namespace
}  // namespace certconnector::contract
