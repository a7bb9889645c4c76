// Reads the arguments of commands that list jobs or certificates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/control/wire.h"
#include "common/result/result.h"

namespace certconnector::control {

// A name of this agent's configuration, or any fingerprint: jobs of a CA that has gone can still be
// listed.
[[nodiscard]] Result<std::optional<core::CaFingerprint>> parse_ca(
    const std::optional<std::string>& ca, const CaNames& names);
// Decimal digits, at most 63 bits; nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_number(std::string_view text);
// The cursor of a page of jobs.
[[nodiscard]] Result<std::optional<core::JobTicket>> parse_ticket(
    const std::optional<std::string>& text);

}  // namespace certconnector::control
