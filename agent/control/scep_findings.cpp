#include "agent/control/scep_findings.h"

#include "common/time/rfc3339.h"

namespace certconnector::control {
namespace {

using core::HealthFinding;
using core::HealthLevel;

// Renewal is due long before, and failing until now.
constexpr std::chrono::hours kRaEndsSoon{24 * 7};

HealthFinding finding_of(const ScepServiceView& service, Timestamp wall) {
  HealthFinding finding{"scep." + service.name, HealthLevel::ok, "the service can enrol", ""};
  if (!service.ra || service.ra->not_after <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "no device can enrol: ";
    if (!service.problem.empty()) {
      finding.message += service.problem;
    } else if (service.ra) {
      finding.message += "its RA certificate ended on " + to_rfc3339(service.ra->not_after);
    } else {
      finding.message += "its RA certificate is not there yet";
    }
  } else if (wall >= service.ra->renew_at && service.ra->not_after - wall < kRaEndsSoon) {
    finding.level = HealthLevel::degraded;
    finding.message = "its RA certificate ends on " + to_rfc3339(service.ra->not_after) +
                      " and should have been renewed on " + to_rfc3339(service.ra->renew_at);
    if (!service.problem.empty()) finding.message += ": " + service.problem;
  } else if (!service.problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message = service.problem;
  }
  if (finding.level == HealthLevel::ok && !service.challenge_problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message =
        "devices with a challenge are told to come again: " + service.challenge_problem;
    finding.remedy =
        "see that the management endpoint answers (certconnector status); devices repeat their "
        "requests by themselves";
    return finding;
  }
  if (finding.level != HealthLevel::ok) {
    finding.remedy = "put the CA " + service.ca + " right (certconnector ca test " + service.ca +
                     "); the agent gets the certificate by itself then";
  }
  return finding;
}

}  // namespace

std::vector<HealthFinding> scep_findings(const std::vector<ScepServiceView>& services,
                                         Timestamp wall) {
  std::vector<HealthFinding> findings;
  findings.reserve(services.size());
  for (const ScepServiceView& service : services) findings.push_back(finding_of(service, wall));
  return findings;
}

}  // namespace certconnector::control
