// A device's enrollment in sentences for a person: which device asked, its authorization, the
// outcome, the answer to the device, and what to do next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/jobs/operating_mode.h"

namespace certconnector::enrollment {

// The known facts of one enrollment. Owns nothing.
struct EnrollmentFacts {
  const core::EnrollmentRecord& enrollment;
  const core::JobRecord* job = nullptr;  // null: removed after its retention
  const std::vector<core::JobEvent>& history;
  bool shared_password = false;  // the service has one challenge for all devices
  bool withheld = false;         // the endpoint denied the certificate
  std::string fail_info{};       // the device's word for a failure: "badRequest"; may be empty
  std::optional<core::RevocationRecord> revocation = std::nullopt;
  bool ca_served = true;      // by this agent: it can revoke there
  bool hresult_sent = false;  // failures of the service carry it
  // Set without a job: the certificate that the removed job brought.
  const core::IssuedCertificate* certificate = nullptr;
  jobs::OperatingState state = jobs::OperatingState::working;  // the agent's
};

struct EnrollmentExplanation {
  std::vector<std::string> happened;  // oldest first, each begins with its time (RFC 3339)
  std::string why;                    // why it stands so
  std::string next;                   // the next step, of the agent or of a person
};

// `now` is Clock::now().
[[nodiscard]] EnrollmentExplanation explain(const EnrollmentFacts& facts, Timestamp now);

// The state in a word: "issued", "revoked", "withheld", "refused", "forgotten" (the agent removed
// its job, and has no certificate of it), or the state of its job.
[[nodiscard]] std::string standing_of(const EnrollmentFacts& facts);

// 0x80070056, as Windows and NDES print it.
[[nodiscard]] std::string hresult_text(std::int32_t hresult);

}  // namespace certconnector::enrollment
