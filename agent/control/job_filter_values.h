// Reads the arguments of commands that list jobs.
#pragma once

#include <optional>
#include <string>

#include "agent/control/wire.h"
#include "common/result/result.h"

namespace certconnector::control {

// A name of this agent's configuration, or any fingerprint: jobs of a CA that has gone can still be
// listed.
[[nodiscard]] Result<std::optional<core::CaFingerprint>> parse_ca(
    const std::optional<std::string>& ca, const CaNames& names);
// The cursor of a page.
[[nodiscard]] Result<std::optional<core::JobTicket>> parse_ticket(
    const std::optional<std::string>& text);

}  // namespace certconnector::control
