#include "agent/control/wire.h"

#include <algorithm>
#include <iterator>

namespace certconnector::control {

namespace wire = control_proto;

namespace {

wire::Endpoint endpoint_to_wire(const EndpointView& endpoint) {
  return {endpoint.url, endpoint.reachable, endpoint.last_success, endpoint.last_error};
}

std::string name_of(const core::CaFingerprint& ca, const CaNames& names) {
  const auto found = names.find(ca);
  return found == names.end() ? std::string() : found->second;
}

}  // namespace

CaNames ca_names(const std::vector<CaView>& cas) {
  CaNames names;
  for (const auto& ca : cas) {
    if (ca.description.fingerprint.empty()) continue;  // not served
    names.emplace(ca.description.fingerprint, ca.description.name);
  }
  return names;
}

std::string level_name(core::HealthLevel level) {
  switch (level) {
    case core::HealthLevel::ok:
      return "ok";
    case core::HealthLevel::degraded:
      return "degraded";
    case core::HealthLevel::down:
      return "down";
  }
  return "down";
}

std::vector<wire::Finding> to_wire(const std::vector<core::HealthFinding>& findings) {
  std::vector<wire::Finding> all;
  std::transform(findings.begin(), findings.end(), std::back_inserter(all), [](const auto& f) {
    return wire::Finding{std::string(f.code->name), f.component, level_name(f.level()), f.message,
                         f.remedy};
  });
  return all;
}

wire::Identity to_wire(const IdentityView& identity) {
  return {identity.agent_id,  identity.subject,  identity.issuer,
          identity.serial,    identity.sha256,   identity.not_before,
          identity.not_after, identity.renew_at, identity.source};
}

std::optional<wire::Crl> crl_to_wire(const CaView& ca) {
  if (!ca.crl) return std::nullopt;
  wire::Crl out{ca.crl->number, ca.crl->this_update, ca.crl->next_update, ca.crl->entries, {}};
  if (ca.crl_partitions != 0) out.partitions = ca.crl_partitions;
  return out;
}

wire::Ca to_wire(const CaView& ca) {
  const auto& description = ca.description;
  wire::Ca out;
  out.name = description.name;
  out.backend = description.backend;
  out.sha256 = description.fingerprint;
  out.subject = description.subject;
  out.not_after = description.not_after;
  for (const auto& t : description.templates) out.templates.push_back({t.name, t.needs_approval});
  out.set_up = ca.set_up;
  out.healthy = ca.healthy;
  out.message = ca.message;
  out.breaker = ca.breaker;
  out.running = ca.running;
  out.certificates = ca.certificates;
  out.crl = crl_to_wire(ca);
  return out;
}

std::vector<wire::Count> counts_to_wire(const std::vector<core::JobCount>& counts,
                                        const CaNames& names) {
  std::vector<wire::Count> out;
  out.reserve(counts.size());
  for (const auto& c : counts) {
    out.push_back({c.ca, name_of(c.ca, names), std::string(core::to_string(c.type)),
                   std::string(core::to_string(c.state)), c.count});
  }
  return out;
}

wire::StatusResult to_wire(const StatusView& status, Timestamp now) {
  const CaNames names = ca_names(status.cas);
  wire::StatusResult out;
  out.version = status.build.version;
  out.state = std::string(jobs::to_string(status.state));
  out.started = status.started;
  out.now = now;
  if (status.identity) out.identity = to_wire(*status.identity);
  out.endpoint = endpoint_to_wire(status.endpoint);
  for (const auto& ca : status.cas) out.cas.push_back(to_wire(ca));
  out.counts = counts_to_wire(status.counts, names);
  out.outcomes = counts_to_wire(status.outcomes.counts, names);
  out.outcomes_since = status.outcomes_since;
  out.outcomes_complete = status.outcomes.complete;
  out.queue_depth = status.queue_depth;
  out.unreported = status.unreported;
  out.issued_since_start = status.issued_since_start;
  out.revoked_since_start = status.revoked_since_start;
  out.failed_since_start = status.failed_since_start;
  if (status.database) {
    out.database_octets = status.database->octets;
    out.database_free_octets = status.database->free_octets;
  }
  out.health = level_name(core::worst(status.health));
  out.findings = to_wire(status.health);
  return out;
}

}  // namespace certconnector::control
