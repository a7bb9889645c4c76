#include "agent/registration/renewal_check.h"

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "common/time/rfc3339.h"

namespace certconnector::registration {
namespace {

core::Failed not_allowed(std::string why) {
  return core::failed(core::failure::kRenewalNotAllowed, std::move(why));
}

// Whether the CA knows the certificate, and that it stands; where the CA cannot be asked, its
// signature alone tells.
std::variant<core::InventoryEntry, NotOurs, core::Failed> look_up(
    const core::Issuer& issuer, const crypto::Certificate& certificate) {
  core::CertificateRegister* known = issuer.authority.certificates;
  if (known == nullptr) {
    const auto ca = crypto::Certificate::from_der(issuer.authority.ca->chain().front());
    if (!ca.ok() || !certificate.issued_by(*ca)) return NotOurs{};
    return core::InventoryEntry{};
  }
  auto found = known->find_certificate({certificate.serial(), {}});
  if (!found.ok()) {
    return core::failed(
        core::failure::kCaUnavailable,
        "The CA could not be asked for the old certificate: " + found.error().message());
  }
  if (!found->has_value() || (*found)->entry.certificate.certificate != certificate.der()) {
    return NotOurs{};
  }
  if ((*found)->revocation) {
    return not_allowed("The certificate that asks for its renewal was revoked on " +
                       to_rfc3339((*found)->revocation->at) + ".");
  }
  return std::move((*found)->entry);
}

RenewalPermit permit_for(const crypto::Certificate& certificate,
                         const crypto::CertificateFields& fields, std::string template_name) {
  RenewalPermit permit;
  permit.template_name = std::move(template_name);
  permit.content.subject = certificate.subject_text();
  permit.content.subject_alt_names = certificate.subject_alt_names();
  if (const auto value = crypto::find_extension(fields, crypto::oid::kSecurityIdentifier)) {
    permit.sid = core::parse_security_identifier(*value);
  }
  return permit;
}

// Of a certificate that is ours and stands.
RenewalAnswer check_window(const crypto::Certificate& certificate,
                           const crypto::CertificateFields& fields, const RenewalRules& rules,
                           std::string template_name, Timestamp now) {
  if (!rules.allowed) {
    return not_allowed("The service does not renew; set renewal = yes in its section to allow it.");
  }
  if (now < certificate.not_before()) {
    return not_allowed("The certificate that asks for its renewal is valid from " +
                       to_rfc3339(certificate.not_before()) + " on; compare the clocks.");
  }
  if (now >= certificate.not_after()) {
    return not_allowed("The certificate that asks for its renewal expired on " +
                       to_rfc3339(certificate.not_after()) +
                       "; the device has to enrol anew, with a challenge.");
  }
  if (certificate.not_after() - now > rules.window) {
    return not_allowed("The certificate can be renewed from " +
                       to_rfc3339(certificate.not_after() - rules.window) +
                       " on (renewal_window of the service).");
  }
  return permit_for(certificate, fields, std::move(template_name));
}

}  // namespace

RenewalAnswer check_renewal(const core::Issuer& issuer, ByteView signer,
                            const crypto::CertificateFields& fields, const RenewalRules& rules,
                            Timestamp now) {
  if (fields.issuer == fields.subject) return NotOurs{};  // a first enrolment's
  const auto certificate = crypto::Certificate::from_der(signer);
  if (!certificate.ok()) return NotOurs{};
  auto found = look_up(issuer, *certificate);
  if (std::holds_alternative<NotOurs>(found)) return NotOurs{};
  if (auto* refused = std::get_if<core::Failed>(&found)) return std::move(*refused);
  return check_window(*certificate, fields, rules,
                      std::move(std::get<core::InventoryEntry>(found).template_name), now);
}

RenewalAnswer check_renewal(const crypto::Certificate& ca, ByteView signer,
                            const crypto::CertificateFields& fields, const RenewalRules& rules,
                            Timestamp now) {
  if (fields.issuer == fields.subject) return NotOurs{};
  const auto certificate = crypto::Certificate::from_der(signer);
  if (!certificate.ok() || !certificate->issued_by(ca)) return NotOurs{};
  return check_window(*certificate, fields, rules, {}, now);
}

}  // namespace certconnector::registration
