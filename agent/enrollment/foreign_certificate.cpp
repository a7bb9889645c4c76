#include "agent/enrollment/foreign_certificate.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"
#include "common/crypto/certificate_template.h"
#include "common/crypto/purposes.h"
#include "common/text/letter_case.h"

namespace certconnector::enrollment {
namespace {

constexpr const char* kAnew = "; let the device enroll anew, with a challenge.";
constexpr const char* kElseAnew = "; else let the device enroll anew, with a challenge.";

Denied not_renewable(std::string why) {
  return {core::failed(core::failure::kRenewalNotAllowed,
                       "The certificate that asks for its renewal " + std::move(why))};
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "none" : text;
}

// The identifiers that the service names, or the keys to name them with.
std::string oids_of_service(const ForeignRules& rules) {
  std::vector<std::string> named;
  std::vector<std::string> unset;
  for (const RenewableTemplate& one : rules.templates) {
    if (one.oid.empty()) {
      unset.push_back(one.key);
    } else {
      named.push_back(one.key + " = " + one.oid);
    }
  }
  const std::string section = " in the section [scep." + rules.service + "]";
  std::string text;
  if (!named.empty()) text += ": it has " + list_of(named) + section;
  text += "; if the template is the service's, ";
  if (unset.empty()) return text + "correct that";
  return text + "set " + list_of(unset) + (named.empty() ? section : "") + " to the identifier";
}

Denied other_oid(const std::string& oid, const ForeignRules& rules) {
  return not_renewable("is of the template with the object identifier " + oid +
                       " (1.3.6.1.4.1.311.21.7), which the service does not name" +
                       oids_of_service(rules) + kElseAnew);
}

std::variant<std::string, Denied> template_of(const crypto::CertificateFields& fields,
                                              const ForeignRules& rules) {
  const auto found = crypto::certificate_template(fields);
  if (!found.ok()) return not_renewable("is not renewable: " + found.error().message() + kAnew);
  if (found->oid.empty() && found->name.empty()) {
    return not_renewable(
        "names no template (1.3.6.1.4.1.311.20.2 or 1.3.6.1.4.1.311.21.7), so nobody knows "
        "whether it is the service's" +
        std::string(kAnew));
  }
  for (const RenewableTemplate& one : rules.templates) {
    const bool by_oid = !found->oid.empty() && found->oid == one.oid;
    const bool by_name = found->oid.empty() && text::equal_ignoring_case(found->name, one.name);
    if (by_oid || by_name) return one.name;
  }
  if (!found->oid.empty()) return other_oid(found->oid, rules);
  return not_renewable("is of the template \"" + found->name +
                       "\" (1.3.6.1.4.1.311.20.2), which the service does not name; name it in "
                       "the section [scep." +
                       rules.service + "] to allow it, or let the device enroll anew.");
}

std::optional<Denied> check_purposes(const crypto::Certificate& certificate,
                                     const ForeignRules& rules) {
  const auto& held = certificate.extended_key_usage();
  const bool fits =
      std::any_of(rules.purposes.begin(), rules.purposes.end(), [&](const std::string& purpose) {
        return std::find(held.begin(), held.end(), purpose) != held.end();
      });
  if (fits) return std::nullopt;
  return not_renewable("has the extended key usage " + crypto::purpose_list_text(held) +
                       ", and none of " + crypto::purpose_list_text(rules.purposes) +
                       ", which renewal_extended_key_usage in [registration] lists" + kAnew);
}

ForeignAnswer check_revocation(const crypto::Certificate& certificate, std::string template_name,
                               const ForeignRules& rules, Timestamp now, bool may_wait) {
  const auto answer = rules.revocation->check(certificate, now, may_wait);
  if (!answer) return NeedsRevocationList{};
  return std::visit(
      core::Overloaded{
          [&](const NotRevoked&) -> ForeignAnswer { return Renewable{std::move(template_name)}; },
          [](const RevokedOn& revoked) -> ForeignAnswer { return renews_revoked(revoked.at); },
          [&](const UnknownRevocation& unknown) -> ForeignAnswer {
            if (rules.allow_unknown_revocation) return Renewable{std::move(template_name)};
            return Denied{core::failed(
                core::failure::kRevocationUnknown,
                "Nothing shows whether the certificate that asks for its renewal is revoked: " +
                    unknown.why)};
          }},
      *answer);
}

}  // namespace

ForeignAnswer check_foreign_certificate(const crypto::Certificate& certificate,
                                        const crypto::CertificateFields& fields,
                                        const ForeignRules& rules, Timestamp now, bool may_wait) {
  auto named = template_of(fields, rules);
  if (auto* other = std::get_if<Denied>(&named)) return std::move(*other);
  if (auto wrong = check_purposes(certificate, rules)) return std::move(*wrong);
  return check_revocation(certificate, std::get<std::string>(std::move(named)), rules, now,
                          may_wait);
}

}  // namespace certconnector::enrollment
