// Whether a lineage gets one more certificate. A lineage is the certificates of which each renewed
// one before it, without a challenge. Without a limit, whoever copied one key could go on for ever,
// and beside the device. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::enrollment {

// The lineage of a certificate, as a store knows it in the transaction of begin().
struct LineageFacts {
  core::LineageId id;
  std::int64_t renewed = 0;   // the store's number of the certificate that is renewed
  std::string device;         // that it is for; may be empty
  bool compromised = false;   // a member was revoked for keyCompromise
  std::size_t in_force = 0;   // neither ended nor revoked, the renewed one included
  std::size_t under_way = 0;  // renewals whose jobs are not over
  std::size_t lately = 0;     // certificates of the last day
  std::size_t allowed = 0;    // renewals that a person has allowed beyond the limits
};

struct LineageStep {
  std::optional<core::LineageConflict> conflict;  // nothing: it begins
  bool uses_allowance = false;
};

//   the lineage                              a person allowed one    nobody did
//   --------------------------------------   ---------------------   -----------
//   has a compromised key                    compromised             compromised
//   has all that may be in force             begins, uses it         full
//   has all that may be issued in a day      begins, uses it         too_often
//   else                                     begins                  begins
//
// A renewal that is under way counts as a certificate. The first one of a lineage is no renewal: it
// does not count as issued lately.
[[nodiscard]] LineageStep lineage_step(const LineageFacts& lineage,
                                       const core::LineageLimits& limits);

}  // namespace certconnector::enrollment
