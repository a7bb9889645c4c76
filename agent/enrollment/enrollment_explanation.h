// A device's enrollment in sentences for a person: who asked, on what right, what became of it,
// what the device was told, and what to do next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::enrollment {

// What is known of one enrollment; nothing is owned.
struct EnrollmentFacts {
  const core::EnrollmentRecord& enrollment;
  const core::JobRecord* job = nullptr;  // null: removed after its retention
  const std::vector<core::JobEvent>& history;
  bool shared_password = false;  // the service has one challenge for all devices
  bool withheld = false;         // the endpoint has refused what was issued
  std::string fail_info{};       // what a failure is to the device: "badRequest"; may be empty
  std::optional<core::RevocationRecord> revocation = std::nullopt;
  bool ca_served = true;      // by this agent: it can revoke there
  bool hresult_told = false;  // failures of the service carry it
};

struct EnrollmentExplanation {
  std::vector<std::string> happened;  // oldest first, each begins with its time (RFC 3339)
  std::string why;                    // of how it stands
  std::string next;                   // what comes next, or what a person can do
};

// `now` is Clock::now().
[[nodiscard]] EnrollmentExplanation explain(const EnrollmentFacts& facts, Timestamp now);

// How it stands, in a word: "issued", "revoked", "withheld", "refused", "forgotten" (its job is
// removed), or the state of its job.
[[nodiscard]] std::string standing_of(const EnrollmentFacts& facts);

// 0x80070056, as Windows and NDES print it.
[[nodiscard]] std::string hresult_text(std::int32_t hresult);

}  // namespace certconnector::enrollment
