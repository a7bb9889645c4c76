#include "agent/jobs/outcome_findings.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "common/text/shell_word.h"
#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

using core::HealthFinding;
using core::JobRecord;
using Records = std::vector<const JobRecord*>;
namespace finding = core::finding;

// Fewer than these are single mistakes of single devices.
constexpr std::uint64_t kFewestFailures = 3;
constexpr std::uint64_t kOneIn = 5;

bool is_of_device(const JobRecord& one) { return one.job.key.source == core::JobSource::scep; }

Records those_of(const std::vector<JobRecord>& all, bool devices) {
  Records some;
  for (const JobRecord& one : all) {
    if (is_of_device(one) == devices) some.push_back(&one);
  }
  return some;
}

std::string code_of(const JobRecord& one) {
  const auto* failed = one.outcome ? std::get_if<core::Failed>(&*one.outcome) : nullptr;
  return failed == nullptr ? one.last_code : failed->code;
}

std::string message_of(const JobRecord& one) {
  const auto* failed = one.outcome ? std::get_if<core::Failed>(&*one.outcome) : nullptr;
  return failed == nullptr ? one.last_message : failed->message;
}

// "challenge_wrong 9, weak_key 3", most often first.
std::string reasons(const Records& jobs) {
  constexpr std::size_t kMost = 4;
  std::map<std::string, std::uint64_t> counts;
  for (const JobRecord* one : jobs) ++counts[code_of(*one)];
  std::vector<std::pair<std::string, std::uint64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < order.size() && i < kMost; ++i) {
    text += (i == 0 ? "" : ", ") + order[i].first + " " + std::to_string(order[i].second);
  }
  return order.size() > kMost ? text + " and others" : text;
}

std::uint64_t total(const core::JobOutcomes& outcomes) {
  std::uint64_t sum = 0;
  for (const core::JobCount& count : outcomes.counts) sum += count.count;
  return sum;
}

std::string jobs_text(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void add_failures(const RecentJobs& jobs, std::vector<HealthFinding>& findings) {
  const std::uint64_t ended = total(jobs.ended);
  for (const bool devices : {false, true}) {
    const Records failed = those_of(jobs.failed, devices);
    if (failed.size() < kFewestFailures || failed.size() * kOneIn < ended) continue;
    const std::string of = " of the " + std::to_string(ended) + " jobs that ended in the last hour";
    if (devices) {
      findings.push_back(core::found(
          finding::kEnrollmentsRefused, "enrollments",
          jobs_text(failed.size(), "", "enrollments were denied,") + of + ": " + reasons(failed),
          "see one of them: certconnector scep explain " +
              text::shell_word(failed.front()->job.correlation_id)));
    } else {
      findings.push_back(
          core::found(finding::kJobsFail, "jobs",
                      jobs_text(failed.size(), "", "jobs failed,") + of + ": " + reasons(failed),
                      "see one of them: certconnector jobs explain " + failed.front()->job.key.id));
    }
  }
}

void add_dead(const RecentJobs& jobs, std::vector<HealthFinding>& findings) {
  if (jobs.dead.empty()) return;
  Records dead;
  for (const JobRecord& one : jobs.dead) dead.push_back(&one);
  findings.push_back(core::found(
      finding::kJobsDead, "jobs",
      jobs_text(dead.size(), "job", "jobs") + " of the last 24 hours used up all attempts: " +
          reasons(dead) + "; the last one: " + message_of(*dead.front()),
      "repair the cause; this says how the job gets its next attempt: certconnector jobs explain " +
          dead.front()->job.key.id));
}

void add_waiting(const RecentJobs& jobs, Timestamp now, std::vector<HealthFinding>& findings) {
  const JobRecord* oldest = nullptr;
  std::size_t count = 0;
  for (const JobRecord& one : jobs.waiting) {
    if (!one.waiting_for_approval) continue;
    ++count;
    if (oldest == nullptr || one.received < oldest->received) oldest = &one;
  }
  if (oldest == nullptr || now - oldest->received < kApprovalOf) return;
  findings.push_back(core::found(finding::kApprovalWaits, "jobs",
                                 jobs_text(count, "job waits", "jobs wait") +
                                     " for a person's approval, the oldest since " +
                                     to_rfc3339(oldest->received),
                                 "see it: certconnector jobs explain " + oldest->job.key.id));
}

void add_held(const RecentJobs& jobs, std::vector<HealthFinding>& findings) {
  if (jobs.held.empty()) return;
  const JobRecord& newest = jobs.held.front();
  findings.push_back(
      core::found(finding::kJobsHeld, "jobs",
                  jobs_text(jobs.held.size(), "job is", "jobs are") +
                      " held, since nobody knows whether the CA took the request; the last one: " +
                      newest.last_message,
                  "see what to do: certconnector jobs explain " + newest.job.key.id));
}

void add_without_ca(const RecentJobs& jobs, std::vector<HealthFinding>& findings) {
  if (jobs.without_ca.empty()) return;
  findings.push_back(core::found(
      finding::kJobsWithoutCa, "jobs",
      jobs_text(jobs.without_ca.size(), "job waits", "jobs wait") +
          " for a CA that no section of the configuration has, or whose section cannot "
          "be used",
      "see what to do: certconnector jobs explain " + jobs.without_ca.front().job.key.id));
}

}  // namespace

std::vector<HealthFinding> outcome_findings(const RecentJobs& jobs, Timestamp now) {
  std::vector<HealthFinding> findings;
  add_failures(jobs, findings);
  add_dead(jobs, findings);
  add_waiting(jobs, now, findings);
  add_held(jobs, findings);
  add_without_ca(jobs, findings);
  return findings;
}

}  // namespace certconnector::jobs
