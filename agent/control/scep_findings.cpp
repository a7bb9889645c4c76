#include "agent/control/scep_findings.h"

#include "common/time/rfc3339.h"

namespace certconnector::control {
namespace {

using core::HealthFinding;
using core::HealthLevel;

// Renewal is due long before, and failing until now.
constexpr std::chrono::hours kRaEndsSoon{24 * 7};

std::string why_none_can_enroll(const ScepServiceView& service, Timestamp wall) {
  if (!service.problem.empty()) return service.problem;
  if (!service.ra) return "its RA certificate is not there yet";
  if (service.ra->not_after <= wall) {
    return "its RA certificate ended on " + to_rfc3339(service.ra->not_after);
  }
  return "its CA is not served, or is not the one that its RA certificate is of";
}

// A service without a path has no RA: its devices ask their NDES.
HealthFinding finding_without_challenges(const ScepServiceView& service, Timestamp wall) {
  HealthFinding finding{"scep." + service.name, HealthLevel::ok,
                        "the registration point can check challenges", ""};
  if (service.registration) return finding;
  if (!service.can_enroll || !service.ra || service.ra->not_after <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "no device can enrol: " + why_none_can_enroll(service, wall);
  } else if (wall >= service.ra->renew_at && service.ra->not_after - wall < kRaEndsSoon) {
    finding.level = HealthLevel::degraded;
    finding.message = "its RA certificate ends on " + to_rfc3339(service.ra->not_after) +
                      " and should have been renewed on " + to_rfc3339(service.ra->renew_at);
    if (!service.problem.empty()) finding.message += ": " + service.problem;
  } else if (!service.problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message = service.problem;
  } else {
    finding.message =
        "the service can enrol; its RA certificate ends on " + to_rfc3339(service.ra->not_after);
  }
  if (finding.level != HealthLevel::ok) {
    finding.remedy = "put the CA " + service.ca + " right (certconnector ca test " + service.ca +
                     "); the agent gets the certificate by itself then";
  }
  return finding;
}

HealthFinding finding_of(const ScepServiceView& service, Timestamp wall) {
  HealthFinding finding = finding_without_challenges(service, wall);
  if (finding.level == HealthLevel::ok && !service.challenge_problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message =
        "devices with a challenge are told to come again: " + service.challenge_problem;
    finding.remedy =
        "see that the management endpoint answers (certconnector status); devices repeat their "
        "requests by themselves";
  } else if (finding.level == HealthLevel::ok && !service.next_ca_problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message = service.next_ca_problem;
    finding.remedy =
        "enrolments go on; when it is mended, run: certconnector ca test " + service.ca;
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
