// Looks up certificates at the agent's CAs, as far as these have a CertificateLookup.
#pragma once

#include <optional>

#include "agent/control/certificate_lookups.h"
#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"

namespace certconnector::control {

enum class LookupResult {
  known,      // `record` is set
  not_known,  // the CA never issued it, or has forgotten it after its expiry
  silent      // the CA has no CertificateLookup, or the agent does not serve it
};
struct LookupAnswer {
  LookupResult result = LookupResult::silent;
  std::optional<core::CertificateRecord> record;
};
[[nodiscard]] Result<LookupAnswer> look_up(CertificateLookups& lookups,
                                           const core::CaFingerprint& ca,
                                           const core::CertificateId& id);

}  // namespace certconnector::control
