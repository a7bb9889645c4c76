// A certificate's validity, and the part of the request that the CA did not grant.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "agent/ca/local/local_ca_settings.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_authority.h"
#include "common/crypto/certificate.h"
#include "common/time/clock.h"

namespace certconnector::ca {

struct Validity {
  Timestamp not_before;  // whole seconds
  Timestamp not_after;   // whole seconds
  std::string note;      // for a person; empty when the CA granted the whole request
};

// Of the job; else of the request's enrollment name-value pairs, which a CA cannot always read: it
// passes over those that are no period.
[[nodiscard]] std::optional<std::chrono::seconds> requested_validity(
    const core::Submission& submission);

// A requested validity only shortens, and only where the template lets requesters choose; nothing
// outlives the CA.
[[nodiscard]] std::variant<Validity, core::Failed> decide_validity(
    const TemplateSettings& settings, const std::optional<std::chrono::seconds>& requested,
    Timestamp ca_not_before, Timestamp ca_not_after, Timestamp now);

}  // namespace certconnector::ca
