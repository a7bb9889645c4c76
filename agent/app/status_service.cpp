#include "agent/app/status_service.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "agent/app/ca_findings.h"
#include "agent/app/configuration_check.h"
#include "agent/app/version.h"
#include "agent/jobs/outcome_findings.h"
#include "agent/jobs/queue_totals.h"
#include "agent/platform/words.h"
#include "agent/store/sqlite/agent_database.h"
#include "agent/store/sqlite/library_version.h"
#include "common/crypto/library_version.h"

namespace certconnector::app {
namespace {

// The status counts the outcomes of these jobs.
constexpr std::chrono::hours kLately{24};
constexpr std::size_t kMostEnded = 10000;
constexpr std::size_t kPage = 200;

using core::HealthFinding;
namespace finding = core::finding;

}  // namespace

StatusService::StatusService(StatusServiceParts parts)
    : parts_(std::move(parts)), started_(parts_.clock.wall()) {}

control::CaView StatusService::view(const ConfiguredCa& ca, Engine& engine) const {
  control::CaView view;
  view.description.name = ca.settings.name;
  view.description.backend = ca.settings.backend;
  view.breaker = "closed";
  const jobs::CaRef served = engine.cas().find(ca.fingerprint);
  if (!served) {
    view.healthy = false;
    view.set_up = ca.set_up;
    view.message = ca.problem;
    return view;
  }
  view.description = served->description;
  const jobs::CaHealth health = engine.cas().health(ca.fingerprint, parts_.clock.now());
  view.healthy = health.healthy;
  view.message = health.message;
  const jobs::LaneView lane = engine.lane(ca.fingerprint);
  view.breaker = to_string(lane.breaker);
  if (view.healthy) view.message = lane.failure;
  view.running = lane.running;
  // A CA that cannot look up certificates keeps them elsewhere.
  if (served->ports.certificates != nullptr) {
    const auto count = parts_.certificate_store.count(ca.fingerprint);
    if (count.ok()) view.certificates = *count;
  }
  if (served->ports.crl_publisher != nullptr) {
    view.crl = served->ports.crl_publisher->last_published();
    view.crl_partitions = served->ports.crl_publisher->partitions();
    view.crl_failure = served->ports.crl_publisher->why_unpublishable();
  }
  return view;
}

std::vector<control::CaView> StatusService::cas(Engine& engine) const {
  std::vector<control::CaView> views;
  for (const ConfiguredCa& ca : parts_.active.cas()) views.push_back(view(ca, engine));
  return views;
}

control::StatusView StatusService::status() {
  const auto running = parts_.active.engine();
  control::StatusView view;
  view.build = build();
  view.state = state();
  view.started = started_;
  view.identity = identity();
  view.endpoint.url = parts_.identity.endpoint_url();
  const upstream::EndpointStanding standing = parts_.endpoint_health.standing();
  view.endpoint.reachable = standing.reachable;
  view.endpoint.last_success = standing.last_success;
  view.endpoint.last_error = standing.last_error;
  view.cas = cas(*running);
  if (auto counts = parts_.store.counts(); counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    view.queue_depth = totals.unfinished;
    view.unreported = totals.unreported;
    view.counts = std::move(*counts);
  }
  const Timestamp now = parts_.clock.now();
  if (auto outcomes = parts_.store.outcomes(now - kLately, now, kMostEnded); outcomes.ok()) {
    view.outcomes = std::move(*outcomes);
    view.outcomes_since = now - kLately;
  }
  if (const auto size = parts_.database.size(); size.ok()) {
    view.database = control::DatabaseView{size->octets, size->free_octets};
  }
  const jobs::ActivityCounts activity = parts_.activity.counts();
  view.issued_since_start = activity.issued;
  view.revoked_since_start = activity.revoked;
  view.failed_since_start = activity.failed;
  view.health = findings(*running);
  return view;
}

control::BuildView StatusService::build() {
  return {kVersion, kCommit, crypto::openssl_version(), store::sqlite_version()};
}

jobs::OperatingState StatusService::state() { return parts_.operating_mode.state(); }

std::optional<control::IdentityView> StatusService::identity() { return parts_.identity.view(); }

std::vector<control::CaView> StatusService::cas() { return cas(*parts_.active.engine()); }

std::vector<HealthFinding> StatusService::health() {
  const auto running = parts_.active.engine();
  running->check_all(parts_.stop);
  for (core::HealthSource* source : sources_) source->look();
  return findings(*running);
}

std::vector<HealthFinding> StatusService::findings() const {
  return findings(*parts_.active.engine());
}

std::vector<HealthFinding> StatusService::findings(Engine& engine) const {
  std::vector<HealthFinding> all;
  if (const auto identity = parts_.identity.finding()) {
    all.push_back(*identity);
    all.push_back(parts_.endpoint_health.finding());
  } else {
    all.push_back(
        core::found(finding::kNotEnrolled, "identity", "the agent is not enrolled",
                    "get a token from the endpoint's administrator and run: certconnector enroll"));
  }
  all.push_back(queue_finding());
  const jobs::OperatingState state = parts_.operating_mode.state();
  if (state == jobs::OperatingState::paused || state == jobs::OperatingState::draining) {
    const bool paused = state == jobs::OperatingState::paused;
    all.push_back(core::found(
        paused ? finding::kPaused : finding::kDraining, "agent",
        "a person has set the agent to " + std::string(to_string(state)) + ": it takes no new jobs",
        "to go on, run: certconnector resume"));
  }
  add_outcomes(engine, all);
  for (const Error& open : unusable_folders(parts_.active.settings().agent)) {
    all.push_back(
        core::found(finding::kFolderOpen, "folders", open.message(),
                    "run the command that the message names; until then the agent refuses a reload "
                    "and the next start"));
  }
  const Timestamp wall = parts_.clock.wall();
  for (const ConfiguredCa& ca : parts_.active.cas()) {
    const auto more = ca_findings(ca, view(ca, engine), wall);
    all.insert(all.end(), more.begin(), more.end());
  }
  if (const auto lineages = parts_.lineages.finding()) all.push_back(*lineages);
  for (core::HealthSource* source : sources_) {
    const auto more = source->findings(wall);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

HealthFinding StatusService::queue_finding() const {
  if (const Status in_place = parts_.store.check_in_place(); !in_place.ok()) {
    return core::found(finding::kDatabaseReplaced, "queue", in_place.error().message(),
                       std::string(in_place.error().code().remedy));
  }
  if (const auto storage = parts_.operating_mode.storage_finding()) return *storage;
  if (const auto counts = parts_.store.counts(); !counts.ok()) {
    return core::found(finding::kDatabaseUnreadable, "queue", counts.error().message(),
                       "see the log: " + platform::service_commands().log);
  }
  return core::all_is_well("queue", "the queue can be read and written");
}

// Few CAs have jobs in the queue, so the counts say where to look.
std::vector<core::JobRecord> StatusService::jobs_without_ca(Engine& engine) const {
  std::vector<core::JobRecord> jobs;
  const auto counts = parts_.store.counts();
  if (!counts.ok()) return jobs;
  std::set<std::pair<core::CaFingerprint, core::JobState>> cas;
  for (const core::JobCount& count : *counts) {
    const bool waits =
        count.state == core::JobState::queued || count.state == core::JobState::waiting;
    if (waits && count.count > 0 && !engine.cas().find(count.ca))
      cas.insert({count.ca, count.state});
  }
  for (const auto& [ca, state] : cas) {
    core::JobFilter filter;
    filter.state = state;
    filter.ca = ca;
    filter.limit = kPage;
    const auto found = parts_.store.list(filter);
    if (!found.ok()) continue;
    // Those of an NDES have a CA that the agent never serves.
    std::copy_if(found->begin(), found->end(), std::back_inserter(jobs),
                 [](const core::JobRecord& job) { return !job.external; });
  }
  return jobs;
}

// A page that cannot be read shows in queue_finding().
void StatusService::add_outcomes(Engine& engine, std::vector<HealthFinding>& all) const {
  const Timestamp now = parts_.clock.now();
  const auto page = [&](core::JobFilter filter) {
    filter.limit = kPage;
    auto found = parts_.store.list(filter);
    return found.ok() ? std::move(*found) : std::vector<core::JobRecord>();
  };
  const auto ended_as = [&](core::JobState outcome, Duration ago) {
    core::JobFilter filter;
    filter.outcome = outcome;
    filter.since = now - ago;
    return page(filter);
  };
  const auto in_state = [&](core::JobState state) {
    core::JobFilter filter;
    filter.state = state;
    return page(filter);
  };
  jobs::RecentJobs recent;
  auto outcomes = parts_.store.outcomes(now - jobs::kFailuresOf, now, kMostEnded);
  if (outcomes.ok()) recent.ended = std::move(*outcomes);
  recent.failed = ended_as(core::JobState::failed, jobs::kFailuresOf);
  recent.dead = ended_as(core::JobState::dead, jobs::kDeadOf);
  recent.waiting = in_state(core::JobState::waiting);
  recent.held = in_state(core::JobState::held);
  recent.without_ca = jobs_without_ca(engine);
  const auto more = jobs::outcome_findings(recent, now);
  all.insert(all.end(), more.begin(), more.end());
}

std::string StatusService::status_line() const {
  if (parts_.operating_mode.state() == jobs::OperatingState::not_enrolled) {
    return "not enrolled: run certconnector enroll";
  }
  std::string line(to_string(parts_.operating_mode.state()));
  if (const auto counts = parts_.store.counts(); counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    line += ": " + std::to_string(totals.unfinished) + " jobs open, " +
            std::to_string(totals.unreported) + " results to report";
  }
  const auto standing = parts_.endpoint_health.standing();
  if (!standing.reachable && !standing.last_error.empty()) line += "; the endpoint is not reached";
  return line;
}

}  // namespace certconnector::app
