#include "agent/control/scep_findings.h"

#include "common/time/rfc3339.h"

namespace certconnector::control {
namespace {

using core::HealthFinding;
using core::HealthLevel;

// The agent renews long before this, so renewal has been failing until now.
constexpr std::chrono::hours kRaEndsSoon{24 * 7};

std::string why_none_can_enroll(const ScepServiceView& service, Timestamp wall) {
  if (!service.problem.empty()) return service.problem;
  if (!service.ra) return "it has no RA certificate yet";
  if (service.ra->not_after <= wall) {
    return "its RA certificate expired on " + to_rfc3339(service.ra->not_after);
  }
  return "the agent does not serve its CA, or another CA issued its RA certificate";
}

// A service without a path has no RA certificate: its devices ask their NDES.
HealthFinding finding_without_challenges(const ScepServiceView& service, Timestamp wall) {
  HealthFinding finding{"scep." + service.name, HealthLevel::ok,
                        "the NDES service can check challenges", ""};
  if (service.registration) return finding;
  if (!service.can_enroll || !service.ra || service.ra->not_after <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "no device can enroll: " + why_none_can_enroll(service, wall);
  } else if (wall >= service.ra->renew_at && service.ra->not_after - wall < kRaEndsSoon) {
    finding.level = HealthLevel::degraded;
    finding.message = "its RA certificate expires on " + to_rfc3339(service.ra->not_after) +
                      "; its renewal was due on " + to_rfc3339(service.ra->renew_at);
    if (!service.problem.empty()) finding.message += ": " + service.problem;
  } else if (!service.problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message = service.problem;
  } else {
    finding.message = "the service can enroll; its RA certificate expires on " +
                      to_rfc3339(service.ra->not_after);
  }
  if (finding.level == HealthLevel::ok) return finding;
  if (!service.problem.empty()) {
    finding.remedy = "do as the message says; then the agent gets the certificate by itself";
  } else {
    finding.remedy = "repair the CA " + service.ca + " (certconnector ca test " + service.ca +
                     "); then the agent gets the certificate by itself";
  }
  return finding;
}

HealthFinding finding_of(const ScepServiceView& service, Timestamp wall) {
  HealthFinding finding = finding_without_challenges(service, wall);
  if (finding.level == HealthLevel::ok && !service.challenge_problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message =
        "the service asks devices with a challenge to come again: " + service.challenge_problem;
    finding.remedy =
        "make the management endpoint answer (certconnector status); devices repeat their requests "
        "by themselves";
  } else if (finding.level == HealthLevel::ok && !service.next_ca_problem.empty()) {
    finding.level = HealthLevel::degraded;
    finding.message = service.next_ca_problem;
    finding.remedy = "enrollments go on; after the repair run: certconnector ca test " + service.ca;
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
