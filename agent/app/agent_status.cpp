// What a person sees of the agent: status, health and the service manager's line.
#include <utility>

#include "agent/app/agent.h"
#include "agent/app/version.h"
#include "agent/jobs/queue_totals.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

// Of these the status counts how jobs ended.
constexpr std::chrono::hours kLately{24};
constexpr std::size_t kMostEnded = 10000;

using core::HealthFinding;
using core::HealthLevel;

control::RunState run_state(jobs::OperatingState state) {
  switch (state) {
    case jobs::OperatingState::working:
      return control::RunState::working;
    case jobs::OperatingState::paused:
      return control::RunState::paused;
    case jobs::OperatingState::draining:
      return control::RunState::draining;
    case jobs::OperatingState::storage_full:
      return control::RunState::storage_full;
    case jobs::OperatingState::not_enrolled:
      return control::RunState::not_enrolled;
  }
  return control::RunState::working;
}

// A CRL that nobody renews any more, and a CA certificate that nears its end.
HealthFinding crl_finding(const std::string& name, const control::CaView& ca, Timestamp wall) {
  const auto& crl = ca.crl;
  HealthFinding finding{"crl." + name, HealthLevel::ok, "", ""};
  if (crl && crl->number != 0 && crl->next_update <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "the CRL ended on " + to_rfc3339(crl->next_update) +
                      "; who checks revocation refuses this CA's certificates";
    finding.remedy = "run: certconnector ca publish-crl " + name;
  } else if (ca.crl_failure) {
    finding.level = HealthLevel::degraded;
    finding.message =
        "the CRL cannot be published, so new revocations do not show: " + *ca.crl_failure;
    finding.remedy =
        "it is tried again by itself; at once with: certconnector ca publish-crl " + name;
  } else if (!crl || crl->number == 0) {
    finding.message = "no CRL was published yet";
  } else {
    finding.message =
        "CRL " + std::to_string(crl->number) + " is valid until " + to_rfc3339(crl->next_update);
  }
  return finding;
}

HealthFinding ca_expiry(const std::string& name, Timestamp not_after, Timestamp wall) {
  constexpr std::chrono::hours kWarnBefore{24 * 90};
  HealthFinding finding{"ca." + name, HealthLevel::ok, "", ""};
  if (not_after <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "the CA certificate ended on " + to_rfc3339(not_after);
  } else if (not_after - wall < kWarnBefore) {
    finding.level = HealthLevel::degraded;
    finding.message = "the CA certificate ends on " + to_rfc3339(not_after) +
                      ", and with it every certificate that it issues";
  }
  if (finding.level != HealthLevel::ok) {
    finding.remedy = "set up the CA that follows it, in a [ca.NAME] section of its own";
  }
  return finding;
}

HealthFinding not_served_finding(const std::string& name, const std::string& problem, bool set_up) {
  if (!set_up) {
    return {"ca." + name, HealthLevel::degraded, problem,
            "until then no jobs are taken for this CA"};
  }
  return {"ca." + name, HealthLevel::down, problem,
          "put it right, then: certconnector ca test " + name +
              " (or systemctl reload certconnectord)"};
}

}  // namespace

std::optional<control::IdentityView> Agent::identity_view() const {
  const auto identity = parts_.identity.active();
  const auto origin = parts_.identity.origin();
  if (!identity || !origin) return std::nullopt;
  const crypto::Certificate& certificate = identity->chain.front();
  control::IdentityView view;
  view.agent_id = origin->agent_id;
  view.subject = certificate.subject_text();
  view.issuer = certificate.issuer_text();
  view.serial = text::to_hex(certificate.serial());
  view.sha256 = text::to_hex(crypto::view(certificate.sha256()));
  view.not_before = certificate.not_before();
  view.not_after = certificate.not_after();
  view.renew_at = parts_.engine.identity.renewal_due().value_or(certificate.not_after());
  view.source = origin->enrolled ? "enrolled" : "configured";
  return view;
}

control::CaView Agent::view(const ConfiguredCa& slot, Engine& engine) {
  control::CaView view;
  view.description.name = slot.settings.name;
  view.description.backend = slot.settings.backend;
  view.breaker = "closed";
  const jobs::CaRef issuer = engine.authorities().find(slot.fingerprint);
  if (!issuer) {
    view.healthy = false;
    view.set_up = slot.set_up;
    view.message = slot.problem;
    return view;
  }
  view.description = issuer->description;
  const jobs::CaHealth health = engine.authorities().health(slot.fingerprint, parts_.clock.now());
  view.healthy = health.healthy;
  view.message = health.message;
  const jobs::LaneView lane = engine.lane(slot.fingerprint);
  view.breaker = to_string(lane.breaker);
  view.running = lane.running;
  // A CA that cannot look up certificates keeps them elsewhere.
  if (issuer->authority.certificates != nullptr) {
    const auto count = parts_.engine.certificate_store.count(slot.fingerprint);
    if (count.ok()) view.certificates = *count;
  }
  if (issuer->authority.crl_publisher != nullptr) {
    view.crl = issuer->authority.crl_publisher->last_published();
    view.crl_failure = issuer->authority.crl_publisher->last_failure();
  }
  return view;
}

control::StatusView Agent::status() {
  const EngineRef running = engine();
  control::StatusView view;
  view.version = kVersion;
  view.state = run_state(parts_.engine.operating_mode.state());
  view.started = started_;
  view.identity = identity_view();
  if (const auto origin = parts_.identity.origin()) view.endpoint.url = origin->url;
  const upstream::EndpointStanding standing = parts_.engine.clouds.front().health.standing();
  view.endpoint.reachable = standing.reachable;
  view.endpoint.last_success = standing.last_success;
  view.endpoint.last_error = standing.last_error;
  for (const ConfiguredCa& slot : slots()) view.authorities.push_back(this->view(slot, *running));
  if (auto counts = parts_.engine.store.counts(); counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    view.queue_depth = totals.unfinished;
    view.unreported = totals.unreported;
    view.counts = std::move(*counts);
  }
  const Timestamp now = parts_.clock.now();
  if (auto outcomes = parts_.engine.store.outcomes(now - kLately, now, kMostEnded); outcomes.ok()) {
    view.outcomes = std::move(*outcomes);
    view.outcomes_since = now - kLately;
  }
  const jobs::ActivityCounts activity = parts_.engine.activity.counts();
  view.issued_since_start = activity.issued;
  view.revoked_since_start = activity.revoked;
  view.failed_since_start = activity.failed;
  view.health = findings(*running);
  return view;
}

std::vector<HealthFinding> Agent::health() {
  const EngineRef running = engine();
  running->check_all(stop_.token());
  return findings(*running);
}

std::vector<HealthFinding> Agent::findings(Engine& engine) {
  std::vector<HealthFinding> all;
  if (const auto identity = parts_.engine.identity.finding()) {
    all.push_back(*identity);
    all.push_back(parts_.engine.clouds.front().health.finding());
  } else {
    all.push_back({"identity", HealthLevel::degraded, "the agent is not enrolled",
                   "get a token from the endpoint's administrator and run: certconnector enroll"});
  }
  if (const auto storage = parts_.engine.operating_mode.storage_finding()) {
    all.push_back(*storage);
  } else if (const auto counts = parts_.engine.store.counts(); !counts.ok()) {
    all.push_back({"queue", HealthLevel::down, counts.error().message(), "see the log"});
  } else {
    all.push_back({"queue", HealthLevel::ok, "the queue can be read and written", ""});
  }
  const jobs::OperatingState state = parts_.engine.operating_mode.state();
  if (state == jobs::OperatingState::paused || state == jobs::OperatingState::draining) {
    all.push_back({"agent", HealthLevel::degraded,
                   "a person has set the agent to " + std::string(to_string(state)) +
                       ": it takes no new jobs",
                   "to go on, run: certconnector resume"});
  }
  add_ca_findings(all, engine);
  return all;
}

void Agent::add_ca_findings(std::vector<HealthFinding>& all, Engine& engine) {
  const Timestamp wall = parts_.clock.wall();
  for (const ConfiguredCa& slot : slots()) {
    const std::string& name = slot.settings.name;
    const control::CaView ca = view(slot, engine);
    if (slot.fingerprint.empty()) {
      all.push_back(not_served_finding(name, slot.problem, slot.set_up));
      continue;
    }
    HealthFinding finding = ca_expiry(name, ca.description.not_after, wall);
    if (!ca.healthy) {
      finding = {"ca." + name, HealthLevel::down, ca.message,
                 "run certconnector ca test " + name + " after putting it right"};
    } else if (ca.breaker != "closed") {
      finding = {"ca." + name, HealthLevel::degraded, "the CA fails and is left alone for a while",
                 "see the log for its answers; it is tried again by itself"};
    } else if (finding.level == HealthLevel::ok) {
      finding.message = "the CA can issue";
    }
    all.push_back(std::move(finding));
    if (ca.crl || ca.crl_failure) all.push_back(crl_finding(name, ca, wall));
  }
}

std::string Agent::status_line() {
  static_cast<void>(take_back_left_engines());
  if (parts_.engine.operating_mode.state() == jobs::OperatingState::not_enrolled) {
    return "not enrolled: run certconnector enroll";
  }
  std::string line(to_string(parts_.engine.operating_mode.state()));
  if (const auto counts = parts_.engine.store.counts(); counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    line += ": " + std::to_string(totals.unfinished) + " jobs open, " +
            std::to_string(totals.unreported) + " results to report";
  }
  const auto standing = parts_.engine.clouds.front().health.standing();
  if (!standing.reachable && !standing.last_error.empty()) line += "; the endpoint is not reached";
  return line;
}

}  // namespace certconnector::app
