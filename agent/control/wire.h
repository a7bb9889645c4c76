// Core's and the agent's own types as messages of proto/control.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/control/status_operations.h"
#include "agent/core/ports/job_store.h"
#include "proto/control/messages.h"

namespace certconnector::control {

// The names of this agent's CAs by their SHA-256.
using CaNames = std::map<core::CaFingerprint, std::string>;
[[nodiscard]] CaNames ca_names(const std::vector<CaView>& cas);

[[nodiscard]] std::string level_name(core::HealthLevel level);

[[nodiscard]] std::vector<control_proto::Finding> to_wire(
    const std::vector<core::HealthFinding>& findings);
[[nodiscard]] control_proto::Identity to_wire(const IdentityView& identity);
[[nodiscard]] std::optional<control_proto::Crl> crl_to_wire(const CaView& ca);
[[nodiscard]] control_proto::Ca to_wire(const CaView& ca);
[[nodiscard]] control_proto::StatusResult to_wire(const StatusView& status, Timestamp now);

enum class WithCertificate { no, yes };
[[nodiscard]] control_proto::Job to_wire(const core::JobRecord& record, const CaNames& names,
                                         WithCertificate with_certificate);
[[nodiscard]] std::vector<control_proto::Event> to_wire(const std::vector<core::JobEvent>& events);

}  // namespace certconnector::control
