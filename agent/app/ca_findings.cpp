#include "agent/app/ca_findings.h"

#include <string>
#include <utility>

#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

using core::HealthFinding;
using core::HealthLevel;

// Levels: down after nextUpdate, degraded after a failure to publish.
HealthFinding crl_finding(const std::string& name, const control::CaView& ca, Timestamp wall) {
  const auto& crl = ca.crl;
  HealthFinding finding{"crl." + name, HealthLevel::ok, "", ""};
  if (crl && crl->number != 0 && crl->next_update <= wall) {
    finding.level = HealthLevel::down;
    finding.message = "the CRL ended on " + to_rfc3339(crl->next_update) +
                      "; relying parties that check revocation reject this CA's certificates";
    finding.remedy = "run: certconnector ca publish-crl " + name;
  } else if (ca.crl_failure) {
    finding.level = HealthLevel::degraded;
    finding.message =
        "the agent cannot publish the CRL, so new revocations do not show: " + *ca.crl_failure;
    finding.remedy =
        "the agent tries again by itself; at once with: certconnector ca publish-crl " + name;
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
    finding.remedy = "set up the successor CA in another [ca.NAME] section";
  }
  return finding;
}

HealthFinding not_served_finding(const std::string& name, const std::string& problem, bool set_up) {
  if (!set_up) {
    return {"ca." + name, HealthLevel::degraded, problem,
            "until then the agent takes no jobs for this CA"};
  }
  return {"ca." + name, HealthLevel::down, problem,
          "repair it, then run: certconnector ca test " + name +
              " (or systemctl reload certconnectord)"};
}

}  // namespace

std::vector<HealthFinding> ca_findings(const ConfiguredCa& configured, const control::CaView& ca,
                                       Timestamp wall) {
  const std::string& name = configured.settings.name;
  if (configured.fingerprint.empty()) {
    return {not_served_finding(name, configured.problem, configured.set_up)};
  }
  HealthFinding finding = ca_expiry(name, ca.description.not_after, wall);
  if (!ca.healthy) {
    finding = {"ca." + name, HealthLevel::down, ca.message,
               "run certconnector ca test " + name + " after the repair"};
  } else if (ca.breaker != "closed") {
    finding = {
        "ca." + name, HealthLevel::degraded,
        "the circuit breaker is open: the CA failed, and the agent stopped calling it for a while",
        "see the log for its answers; the agent tries again by itself"};
  } else if (finding.level == HealthLevel::ok) {
    finding.message = "the CA can issue";
  }
  std::vector<HealthFinding> findings{std::move(finding)};
  if (ca.crl || ca.crl_failure) findings.push_back(crl_finding(name, ca, wall));
  return findings;
}

}  // namespace certconnector::app
