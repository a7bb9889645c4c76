#include "agent/control/scep_findings.h"

#include "common/time/rfc3339.h"

namespace certconnector::control {
namespace {

using core::HealthFinding;
namespace finding = core::finding;

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

std::string repair(const ScepServiceView& service) {
  if (service.problem.empty() && !service.ra) {
    return "the agent gets it by itself within seconds; if not, test the CA: certconnector ca "
           "test " +
           service.ca;
  }
  if (!service.problem.empty()) {
    return "do as the message says; then the agent gets the certificate by itself";
  }
  return "repair the CA " + service.ca + " (certconnector ca test " + service.ca +
         "); then the agent gets the certificate by itself";
}

// A service without a path has no RA certificate: its devices ask their NDES.
HealthFinding finding_without_challenges(const ScepServiceView& service, Timestamp wall) {
  const std::string component = "scep." + service.name;
  if (service.registration) {
    return core::all_is_well(component, "the NDES service can check challenges");
  }
  if (!service.can_enroll || !service.ra || service.ra->not_after <= wall) {
    return core::found(finding::kScepCannotEnroll, component,
                       "no device can enroll: " + why_none_can_enroll(service, wall),
                       repair(service));
  }
  if (wall >= service.ra->renew_at && service.ra->not_after - wall < kRaEndsSoon) {
    return core::found(finding::kRaNotRenewed, component,
                       "its RA certificate expires on " + to_rfc3339(service.ra->not_after) +
                           "; its renewal was due on " + to_rfc3339(service.ra->renew_at) +
                           (service.problem.empty() ? "" : ": " + service.problem),
                       repair(service));
  }
  if (!service.problem.empty()) {
    return core::found(finding::kScepTrouble, component, service.problem, repair(service));
  }
  return core::all_is_well(component, "the service can enroll; its RA certificate expires on " +
                                          to_rfc3339(service.ra->not_after));
}

HealthFinding finding_of(const ScepServiceView& service, Timestamp wall) {
  HealthFinding found = finding_without_challenges(service, wall);
  if (found.level() != core::HealthLevel::ok) return found;
  if (!service.challenge_problem.empty()) {
    return core::found(
        finding::kChallengesWait, found.component,
        "the service asks devices with a challenge to come again: " + service.challenge_problem,
        "make the management endpoint answer (certconnector status); devices repeat their requests "
        "by themselves");
  }
  if (!service.next_ca_problem.empty()) {
    return core::found(
        finding::kNextCaUnusable, found.component, service.next_ca_problem,
        "enrollments go on; after the repair run: certconnector ca test " + service.ca);
  }
  return found;
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
