#include "agent/enrollment/renewal_check.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/pkcs10.h"
#include "common/crypto/public_key.h"
#include "common/text/letter_case.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

Denied not_allowed(std::string why) {
  return {core::failed(core::failure::kRenewalNotAllowed, std::move(why))};
}

// Whether the CA knows the certificate and has not revoked it. If the agent cannot ask the CA, the
// CA's signature alone decides.
std::variant<core::CertificateEntry, NotOurs, Denied, Unavailable> look_up(
    const jobs::CaHandle& issuer, const crypto::Certificate& certificate) {
  core::CertificateLookup* known = issuer.ports.certificates;
  if (known == nullptr) {
    const auto ca = crypto::Certificate::from_der(issuer.ports.ca->chain().front());
    if (!ca.ok() || !certificate.issued_by(*ca)) return NotOurs{};
    return core::CertificateEntry{};
  }
  auto found = known->recognize(certificate);
  if (!found.ok()) {
    return Unavailable{"the CA could not be asked for the old certificate: " +
                       found.error().message()};
  }
  if (!found->has_value()) return NotOurs{};
  if ((*found)->revocation) {
    return renews_revoked((*found)->revocation->at);
  }
  return std::move((*found)->entry);
}

// From the extension, or from the names without one. Nothing: it is ambiguous.
std::optional<std::optional<std::string>> sid_of(const crypto::Certificate& certificate,
                                                 const crypto::CertificateFields& fields) {
  std::optional<std::string> sid;
  if (const auto value = crypto::find_extension(fields, crypto::oid::kSecurityIdentifier)) {
    sid = core::parse_security_identifier(*value);
    if (!sid) return std::nullopt;
  }
  for (const crypto::GeneralName& name : certificate.subject_alt_names()) {
    auto named = core::sid_of_name(name);
    if (!named) continue;
    if (sid && *sid != *named) return std::nullopt;
    sid = std::move(named);
  }
  if (sid && !core::is_security_identifier(*sid)) return std::nullopt;
  return std::make_optional(std::move(sid));
}

// A certificate without the extension has no bound.
core::UsageBound usages_of(const crypto::Certificate& certificate) {
  core::UsageBound bound;
  if (certificate.key_usage() != 0) bound.key_usage = certificate.key_usage();
  const auto& purposes = certificate.extended_key_usage();
  const bool any = std::find(purposes.begin(), purposes.end(), crypto::oid::kAnyExtendedKeyUsage) !=
                   purposes.end();
  if (!purposes.empty() && !any) bound.extended_key_usage = purposes;
  return bound;
}

// Another party's CA gets the request as it is. There "any purpose" stands for no other one.
void bound_strictly(const crypto::Certificate& certificate, RenewalAuthorization& authorization) {
  std::vector<std::string> purposes = certificate.extended_key_usage();
  purposes.erase(std::remove_if(purposes.begin(), purposes.end(), crypto::oid::is_any_purpose),
                 purposes.end());
  authorization.at_most.extended_key_usage = std::move(purposes);
}

RenewalAnswer authorization_for(const crypto::Certificate& certificate,
                                const crypto::CertificateFields& fields,
                                std::string template_name) {
  auto sid = sid_of(certificate, fields);
  if (!sid) {
    return not_allowed(
        "The certificate that asks for its renewal has an unreadable security identifier, "
        "or several; let the device enroll anew, with a challenge.");
  }
  const auto key = crypto::parse_public_key(certificate.public_key_info());
  if (!key.ok()) {
    return not_allowed("The key of the certificate that asks for its renewal cannot be used: " +
                       key.error().message() + "; let the device enroll anew, with a challenge.");
  }
  RenewalAuthorization authorization;
  authorization.template_name = std::move(template_name);
  authorization.content.subject = certificate.subject_text();
  authorization.content.subject_alt_names = certificate.subject_alt_names();
  authorization.content.fewer_names = true;
  authorization.subject = certificate.subject();
  authorization.at_most = usages_of(certificate);
  authorization.sid = std::move(*sid);
  authorization.least_key = {key->kind, key->bits};
  authorization.certificate = {certificate.der(), certificate.serial(), certificate.not_before(),
                               certificate.not_after()};
  return authorization;
}

bool is_of_a_ca(const crypto::Certificate& certificate) {
  constexpr unsigned kForCas = crypto::kKeyCertSign | crypto::kCrlSign;
  return certificate.is_ca() || (certificate.key_usage() & kForCas) != 0;
}

bool is_of_another(const RenewalRules& rules, const std::string& template_name) {
  return std::any_of(
      rules.templates_of_others.begin(), rules.templates_of_others.end(),
      [&](const std::string& one) { return text::equal_ignoring_case(one, template_name); });
}

// Of a certificate that this CA issued and did not revoke.
RenewalAnswer check_rules(const crypto::Certificate& certificate,
                          const crypto::CertificateFields& fields, const RenewalRules& rules,
                          std::string template_name, Timestamp now) {
  if (!rules.allowed) {
    return not_allowed("The service does not renew; set renewal = yes in its section to allow it.");
  }
  if (is_of_a_ca(certificate)) {
    return not_allowed(
        "The certificate that asks for its renewal is a CA's, and the service renews none; renew "
        "it at the CA that issued it.");
  }
  if (is_of_another(rules, template_name)) {
    return not_allowed("The certificate that asks for its renewal is of the template \"" +
                       template_name +
                       "\", which is another's than this service's; let the device renew where it "
                       "enrolled.");
  }
  if (now < certificate.not_before()) {
    return not_allowed("The certificate that asks for its renewal is valid from " +
                       to_rfc3339(certificate.not_before()) + " on; compare the clocks.");
  }
  if (now >= certificate.not_after()) {
    return not_allowed("The certificate that asks for its renewal expired on " +
                       to_rfc3339(certificate.not_after()) +
                       "; the device has to enroll anew, with a challenge.");
  }
  if (certificate.not_after() - now > rules.window) {
    return not_allowed("The certificate can be renewed from " +
                       to_rfc3339(certificate.not_after() - rules.window) +
                       " on; wait until then, or raise renewal_window of the service.");
  }
  auto answer = authorization_for(certificate, fields, std::move(template_name));
  if (auto* allowed = std::get_if<RenewalAuthorization>(&answer)) allowed->limits = rules.limits;
  return answer;
}

}  // namespace

RenewalAnswer check_renewal(const jobs::CaHandle& issuer, ByteView signer,
                            const crypto::CertificateFields& fields, const RenewalRules& rules,
                            Timestamp now) {
  if (crypto::is_self_issued(fields)) return NotOurs{};  // a first enrollment's
  const auto certificate = crypto::Certificate::from_der(signer);
  if (!certificate.ok()) return NotOurs{};
  auto found = look_up(issuer, *certificate);
  if (std::holds_alternative<NotOurs>(found)) return NotOurs{};
  if (auto* refused = std::get_if<Denied>(&found)) return std::move(*refused);
  if (auto* unknown = std::get_if<Unavailable>(&found)) return std::move(*unknown);
  return check_rules(*certificate, fields, rules,
                     std::move(std::get<core::CertificateEntry>(found).template_name), now);
}

RenewalAnswer check_renewal(const crypto::Certificate& ca, ByteView signer,
                            const crypto::CertificateFields& fields, const RenewalRules& rules,
                            Timestamp now, bool may_wait) {
  if (crypto::is_self_issued(fields)) return NotOurs{};
  const auto certificate = crypto::Certificate::from_der(signer);
  if (!certificate.ok() || !certificate->issued_by(ca)) return NotOurs{};
  if (now >= ca.not_after()) {
    return not_allowed("The certificate of the CA, " + ca.subject_text() + ", expired on " +
                       to_rfc3339(ca.not_after()) +
                       "; name the renewed one in issuing_ca_file of [registration].");
  }
  auto answer = check_rules(*certificate, fields, rules, {}, now);
  auto* allowed = std::get_if<RenewalAuthorization>(&answer);
  if (allowed == nullptr) return answer;
  if (!rules.foreign) {
    return not_allowed(
        "The agent cannot check certificates of this CA, so none of them renews; let the device "
        "enroll anew, with a challenge.");
  }
  auto checked = check_foreign_certificate(*certificate, fields, *rules.foreign, now, may_wait);
  if (auto* denied = std::get_if<Denied>(&checked)) return std::move(*denied);
  if (std::holds_alternative<NeedsRevocationList>(checked)) return NeedsRevocationList{};
  allowed->template_name = std::move(std::get<Renewable>(checked).template_name);
  bound_strictly(*certificate, *allowed);
  return answer;
}

}  // namespace certconnector::enrollment
