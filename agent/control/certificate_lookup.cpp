#include "agent/control/certificate_lookup.h"

namespace certconnector::control {

Result<LookupAnswer> look_up(CertificateLookups& lookups, const core::CaFingerprint& ca,
                             const core::CertificateId& id) {
  const auto known = lookups.certificates_of(ca);
  if (known == nullptr) return LookupAnswer{};
  CC_TRY_ASSIGN(auto record, known->find_certificate(id));
  if (!record) return LookupAnswer{LookupResult::not_known, std::nullopt};
  return LookupAnswer{LookupResult::known, std::move(record)};
}

}  // namespace certconnector::control
