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

Result<std::optional<FoundCertificate>> find_certificate_of_cas(
    CertificateLookups& lookups, const CaNames& names, const std::optional<core::CaFingerprint>& ca,
    const core::CertificateId& id) {
  for (const auto& [fingerprint, name] : names) {
    if (ca && *ca != fingerprint) continue;
    CC_TRY_ASSIGN(auto answer, look_up(lookups, fingerprint, id));
    if (!answer.record) continue;
    return std::make_optional(FoundCertificate{fingerprint, std::move(*answer.record)});
  }
  return std::optional<FoundCertificate>();
}

}  // namespace certconnector::control
