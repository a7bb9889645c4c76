#include "agent/control/certificate_lookup.h"

namespace certconnector::control {

Result<RegisterAnswer> ask_register(const CommandContext& context, const core::CaFingerprint& ca,
                                    const core::CertificateId& id) {
  const auto known = context.agent.certificates_of(ca);
  if (known == nullptr) return RegisterAnswer{};
  CC_TRY_ASSIGN(auto record, known->find_certificate(id));
  if (!record) return RegisterAnswer{NotifiedRequest::not_known, std::nullopt};
  return RegisterAnswer{NotifiedRequest::known, std::move(record)};
}

Result<std::optional<RegisteredCertificate>> find_registered(
    const CommandContext& context, const CaNames& names,
    const std::optional<core::CaFingerprint>& ca, const core::CertificateId& id) {
  for (const auto& [fingerprint, name] : names) {
    if (ca && *ca != fingerprint) continue;
    CC_TRY_ASSIGN(auto answer, ask_register(context, fingerprint, id));
    if (!answer.record) continue;
    return std::make_optional(RegisteredCertificate{fingerprint, std::move(*answer.record)});
  }
  return std::optional<RegisteredCertificate>();
}

}  // namespace certconnector::control
