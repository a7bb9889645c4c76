#include "agent/app/test_enrollments.h"

#include <sstream>

#include "agent/control/local_revocation.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxListOctets = std::size_t{1024} * 1024;
constexpr Duration kAgain = std::chrono::seconds(30);
// How long the caller may take to revoke its certificate.
constexpr Duration kOwnRevocation = std::chrono::minutes(1);
// After this time no request of a test is still under way.
constexpr Duration kOnTheWay = std::chrono::minutes(10);
constexpr const char* kWho = "scep test";

}  // namespace

std::string TestEnrollments::file_of(const std::string& state_dir) {
  return platform::join_path(state_dir, "scep-tests");
}

Result<std::string> TestEnrollments::read(const std::string& file) {
  if (!platform::file_exists(file)) return std::string();
  return platform::read_file(file, kMaxListOctets);
}

Status TestEnrollments::open(const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (!file_.empty()) return {};
  CC_TRY_ASSIGN(const std::string text, read(file));
  std::istringstream lines(text);
  for (std::string service, transaction; lines >> service >> transaction;) {
    tests_[transaction] = {service, parts_.clock.now(), Duration(0)};
  }
  file_ = file;
  return {};
}

Status TestEnrollments::write() const {
  if (tests_.empty()) return platform::remove_file(file_);
  std::string text;
  for (const auto& [transaction, test] : tests_) text += test.service + " " + transaction + "\n";
  return platform::write_file_atomically(file_, text, platform::FileMode::secret);
}

Status TestEnrollments::begin(const std::string& service, const std::string& transaction) {
  const std::lock_guard lock(mutex_);
  tests_[transaction] = {service, std::nullopt, Duration(0)};
  const Status written = write();
  if (!written.ok()) {
    tests_.erase(transaction);
    return written.error().with_context("cannot record the test before its request");
  }
  return {};
}

TestEnrollments::Left TestEnrollments::end(const std::string& transaction, bool has_certificate) {
  const std::lock_guard lock(mutex_);
  Test& test = tests_[transaction];
  test.ended = parts_.clock.now();
  if (has_certificate) test.grace = kOwnRevocation;
  const auto left = settle(transaction, test);
  return left.ok() ? *left : Left::awaited;
}

Duration TestEnrollments::step(const StopToken& stop) {
  const std::lock_guard lock(mutex_);
  bool changed = false;
  for (auto at = tests_.begin(); at != tests_.end() && !stop.stop_requested();) {
    const auto& [transaction, test] = *at;
    const auto left = test.ended ? settle(transaction, test) : Result<Left>(Left::awaited);
    if (!left.ok() || !is_done(*left, test)) {
      ++at;
      continue;
    }
    at = tests_.erase(at);
    changed = true;
  }
  // After a failed write a restart takes up the old file, and finds nothing to do.
  if (changed) static_cast<void>(write());
  return tests_.empty() ? runtime::kIdle : kAgain;
}

bool TestEnrollments::is_done(Left left, const Test& test) const {
  switch (left) {
    case Left::nothing:
    case Left::withdrawn:
    case Left::revoked:
      return true;
    case Left::no_job:
      return parts_.clock.now() - *test.ended > kOnTheWay;
    case Left::awaited:
    case Left::held:
      return false;
  }
  return false;
}

Result<TestEnrollments::Left> TestEnrollments::settle(const std::string& transaction,
                                                      const Test& test) {
  core::EnrollmentFilter filter;
  filter.service = test.service;
  filter.transaction_id = transaction;
  filter.limit = 1;
  CC_TRY_ASSIGN(const auto records, parts_.ledger.list(filter));
  if (records.empty()) return Left::no_job;
  if (records.front().job.empty()) return Left::nothing;
  CC_TRY_ASSIGN(const auto jobs, parts_.store.find(records.front().job));
  for (const core::JobRecord& job : jobs) {
    if (job.ticket.value == records.front().ticket.value) return settle_job(job, test);
  }
  return Left::nothing;
}

// A CA that the agent cannot ask tells by the jobs alone that the caller has revoked it.
Result<bool> TestEnrollments::has_revocation(const core::CaFingerprint& ca, const Bytes& serial,
                                             Timestamp since) {
  core::JobFilter filter;
  filter.type = core::JobType::revoke;
  filter.ca = ca;
  filter.since = since;
  for (;;) {
    CC_TRY_ASSIGN(const core::JobPage page, parts_.store.page(filter));
    for (const core::JobRecord& job : page.jobs) {
      const bool failed = job.outcome && std::holds_alternative<core::Failed>(*job.outcome);
      const auto* request = std::get_if<core::RevokeRequest>(&job.job.request);
      if (!failed && request != nullptr && request->serial == serial) return true;
    }
    if (!page.next) return false;
    filter.after = page.next;
  }
}

Result<TestEnrollments::Left> TestEnrollments::settle_job(const core::JobRecord& job,
                                                          const Test& test) {
  const Timestamp now = parts_.clock.now();
  if (!jobs::is_finished(job.state)) {
    // Nobody would revoke what the CA issues after the end of its job.
    if (job.state == core::JobState::held) return Left::held;
    if (job.may_be_at_ca) return Left::awaited;
    if (!parts_.store.cancel(job.ticket, now, kWho).ok()) return Left::awaited;
    parts_.intake.results_arrived();
    return Left::withdrawn;
  }
  const auto* issued = job.outcome ? std::get_if<core::Issued>(&*job.outcome) : nullptr;
  if (issued == nullptr) return Left::nothing;
  const Bytes& serial = issued->certificate.serial;
  if (parts_.is_revoked(job.job.ca, serial)) return Left::nothing;
  if (now - *test.ended < test.grace) return Left::awaited;
  CC_TRY_ASSIGN(const bool by_job, has_revocation(job.job.ca, serial, job.received));
  if (by_job) return Left::nothing;
  CC_TRY(parts_.intake.insert({control::make_local_revocation(
      {job.job.ca, serial, core::RevocationReason::cessation_of_operation}, {kWho})}));
  parts_.logger.info("scep.late_test", "The certificate of a test that came late is revoked.",
                     {{"service", test.service}, {"job", job.job.key.id}});
  return Left::revoked;
}

}  // namespace certconnector::app
