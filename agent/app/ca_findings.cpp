#include "agent/app/ca_findings.h"

#include <string>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

using core::HealthFinding;
namespace finding = core::finding;

// Down after nextUpdate, degraded after a failure to publish.
HealthFinding crl_finding(const std::string& name, const control::CaView& ca, Timestamp wall) {
  const auto& crl = ca.crl;
  const std::string component = "crl." + name;
  if (crl && crl->number != 0 && crl->next_update <= wall) {
    return core::found(finding::kCrlExpired, component,
                       "the CRL expired on " + to_rfc3339(crl->next_update) +
                           "; relying parties that check revocation reject this CA's certificates",
                       "run: certconnector ca publish-crl " + name);
  }
  if (ca.crl_failure) {
    return core::found(
        finding::kCrlNotPublished, component,
        "the agent cannot publish the CRL, so new revocations do not show: " + *ca.crl_failure,
        "the agent tries again by itself; at once with: certconnector ca publish-crl " + name);
  }
  if (!crl || crl->number == 0) return core::all_is_well(component, "no CRL was published yet");
  return core::all_is_well(component, "CRL " + std::to_string(crl->number) + " is valid until " +
                                          to_rfc3339(crl->next_update));
}

std::optional<HealthFinding> ca_expiry(const std::string& name, Timestamp not_after,
                                       Timestamp wall) {
  constexpr std::chrono::hours kWarnBefore{24 * 90};
  constexpr const char* kSuccessor =
      "set up its successor in another [ca.NAME] section, name that in ca of the SCEP "
      "services, "
      "and the old one in previous_ca";
  if (not_after <= wall) {
    return core::found(finding::kCaExpired, "ca." + name,
                       "the CA certificate expired on " + to_rfc3339(not_after),
                       std::string(error_code(ca::CaErrc::expired).remedy));
  }
  if (not_after - wall >= kWarnBefore) return std::nullopt;
  return core::found(finding::kCaExpiresSoon, "ca." + name,
                     "the CA certificate expires on " + to_rfc3339(not_after) +
                         ", and with it every certificate that it issues",
                     kSuccessor);
}

HealthFinding not_served_finding(const std::string& name, const std::string& problem, bool set_up) {
  if (!set_up) {
    return core::found(finding::kCaNotSetUp, "ca." + name, problem,
                       "until then the agent takes no jobs for this CA");
  }
  return core::found(finding::kCaUnusable, "ca." + name, problem,
                     "repair it, then run: certconnector ca test " + name);
}

HealthFinding ca_finding(const std::string& name, const control::CaView& ca, Timestamp wall) {
  auto expiry = ca_expiry(name, ca.description.not_after, wall);
  if (expiry && expiry->code == &finding::kCaExpired) return *expiry;
  if (!ca.healthy) {
    return core::found(finding::kCaFails, "ca." + name, ca.message,
                       "repair it, then run: certconnector ca test " + name);
  }
  if (ca.breaker != "closed") {
    return core::found(
        finding::kCaLeftAlone, "ca." + name,
        "the CA failed several times in a row, so the agent leaves it alone for a "
        "while; its last answer: " +
            ca.message,
        "the agent tries again by itself; at once with: certconnector ca test " + name);
  }
  if (!ca.message.empty()) {
    return core::found(
        finding::kCaFailing, "ca." + name, "the CA did not do its last jobs: " + ca.message,
        "the agent tries again by itself; test the CA with: certconnector ca test " + name);
  }
  return expiry ? *expiry : core::all_is_well("ca." + name, "the CA can issue");
}

}  // namespace

std::vector<HealthFinding> ca_findings(const ConfiguredCa& configured, const control::CaView& ca,
                                       Timestamp wall) {
  const std::string& name = configured.settings.name;
  if (configured.fingerprint.empty()) {
    return {not_served_finding(name, configured.problem, configured.set_up)};
  }
  std::vector<HealthFinding> findings{ca_finding(name, ca, wall)};
  if (ca.crl || ca.crl_failure) findings.push_back(crl_finding(name, ca, wall));
  return findings;
}

}  // namespace certconnector::app
