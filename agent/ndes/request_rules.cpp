#include "agent/ndes/request_rules.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/name_value_pairs.h"
#include "common/crypto/purposes.h"

namespace certconnector::ndes {
namespace {

using Objection = std::optional<core::Failed>;

constexpr std::string_view kBasicConstraints = "2.5.29.19";
constexpr std::string_view kApplicationPolicies = "1.3.6.1.4.1.311.21.10";
constexpr std::string_view kRequestAgent = "1.3.6.1.4.1.311.20.2.1";

// Read and judged, whatever the configuration lists.
constexpr std::array<std::string_view, 4> kReadExtensions{
    crypto::oid::kSubjectAltName, crypto::oid::kKeyUsage, crypto::oid::kExtendedKeyUsage,
    crypto::oid::kSecurityIdentifier};
constexpr std::array<std::string_view, 4> kReadAttributes{
    crypto::oid::kChallengePassword, crypto::oid::kExtensionRequest,
    crypto::oid::kMicrosoftExtensionRequest, crypto::oid::kNameValuePair};

template <typename List>
bool has_oid(const List& list, const std::string& oid) {
  return std::find(list.begin(), list.end(), oid) != list.end();
}

core::Failed not_listed(const core::FailureCode& code, const std::string& what,
                        const std::string& oid, const std::string& key) {
  return core::failed(code, "The request has the " + what + " " + oid +
                                ", which is not on the list of the NDES service, and NDES hands "
                                "the request to its CA as it is. Make it without this " +
                                what + ", or add the identifier to " + key + " in [registration].");
}

Objection check_listed(const RequestRules& rules, const crypto::Pkcs10& request) {
  for (const crypto::RequestAttribute& one : request.attributes()) {
    if (has_oid(kReadAttributes, one.oid) || has_oid(rules.attributes, one.oid)) continue;
    return not_listed(core::failure::kAttributeNotAllowed, "attribute", one.oid,
                      "allowed_attributes");
  }
  for (const crypto::RequestedExtension& one : request.extensions()) {
    if (has_oid(kReadExtensions, one.oid) || has_oid(rules.extensions, one.oid)) continue;
    return not_listed(core::failure::kExtensionNotAllowed, "extension", one.oid,
                      "allowed_extensions");
  }
  return std::nullopt;
}

Objection check_basic_constraints(const crypto::Pkcs10& request) {
  namespace der = crypto::der;
  const auto* extension = request.find_extension(kBasicConstraints);
  if (extension == nullptr) return std::nullopt;
  const auto constraints = der::read_only(extension->value, der::kSequence);
  der::Reader reader(constraints.value_or(ByteView()));
  const bool empty = constraints && reader.at_end();
  if (empty || (reader.read_boolean() == false && reader.at_end())) return std::nullopt;
  return core::failed(
      core::failure::kExtensionNotAllowed,
      "The request asks for the basicConstraints (2.5.29.19) of a CA, and no device "
      "is one. Make it without this extension.");
}

std::string usage_names(unsigned mask) {
  std::string names;
  for (const std::string_view name : crypto::key_usage_names(static_cast<std::uint16_t>(mask))) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

Objection check_key_usage(const crypto::Pkcs10& request,
                          const enrollment::Authorization& authorization) {
  constexpr unsigned kForCas = crypto::kKeyCertSign | crypto::kCrlSign;
  const auto usage = request.key_usage();
  if (!usage.ok()) return core::unreadable_request(usage.error());
  const unsigned asked = *usage;
  if ((asked & kForCas) != 0) {
    return core::failed(core::failure::kKeyUsageNotAllowed,
                        "The request asks for the key usage (2.5.29.15) " +
                            usage_names(asked & kForCas) + ", which is for CAs. Make it without.");
  }
  const unsigned more = asked & ~unsigned{authorization.at_most.key_usage.value_or(0xFFFF)};
  if (more == 0) return std::nullopt;
  return core::failed(core::failure::kKeyUsageMismatch,
                      "The request asks for the key usage (2.5.29.15) " + usage_names(more) +
                          ", which the certificate that it renews does not have. Make it without.");
}

// CertificatePolicies, RFC 5280 section 4.2.1.4.
std::optional<std::vector<std::string>> read_policies(ByteView value) {
  namespace der = crypto::der;
  constexpr std::size_t kMost = 100;
  const auto contents = der::read_only(value, der::kSequence);
  if (!contents) return std::nullopt;
  std::vector<std::string> oids;
  der::Reader list(*contents);
  while (!list.at_end()) {
    auto policy = list.enter(der::kSequence);
    const auto type = policy ? policy->read_oid() : std::nullopt;
    auto oid = type ? der::oid_to_text(*type) : std::nullopt;
    if (!oid || oids.size() == kMost) return std::nullopt;
    oids.push_back(std::move(*oid));
  }
  return oids;
}

Objection check_purpose(const std::string& purpose, std::string_view where,
                        const enrollment::Authorization& authorization) {
  const auto& named = authorization.content.extended_key_usage;
  const std::string asked = "The request asks for the extended key usage " +
                            crypto::purpose_text(purpose) + " in " + std::string(where) + ", ";
  if (purpose == kRequestAgent) {
    return core::failed(core::failure::kExtendedKeyUsageNotAllowed,
                        asked +
                            "a certificate request agent, which enrolls for every account. Make "
                            "it without.");
  }
  if (crypto::oid::is_any_purpose(purpose) && (!named || !has_oid(*named, purpose))) {
    return core::failed(core::failure::kExtendedKeyUsageNotAllowed,
                        asked +
                            "which stands for every purpose, and no challenge names it. Make it "
                            "without, or let the management endpoint's challenge name it.");
  }
  const auto& most = authorization.at_most.extended_key_usage;
  if ((named && !has_oid(*named, purpose)) || (most && !has_oid(*most, purpose))) {
    return core::failed(core::failure::kExtendedKeyUsageMismatch,
                        asked +
                            "which its challenge or the certificate that it renews does not "
                            "name. Make it without.");
  }
  return std::nullopt;
}

Objection check_purposes(const crypto::Pkcs10& request,
                         const enrollment::Authorization& authorization) {
  const auto purposes = request.extended_key_usage();
  if (!purposes.ok()) return core::unreadable_request(purposes.error());
  for (const std::string& purpose : *purposes) {
    if (auto wrong = check_purpose(purpose, "extKeyUsage (2.5.29.37)", authorization)) return wrong;
  }
  const auto* extension = request.find_extension(kApplicationPolicies);
  if (extension == nullptr) return std::nullopt;
  const auto policies = read_policies(extension->value);
  if (!policies) {
    return core::failed(core::failure::kMalformedRequest,
                        "The request's application policies (1.3.6.1.4.1.311.21.10) cannot be "
                        "read. Make it without this extension.");
  }
  for (const std::string& policy : *policies) {
    if (auto wrong =
            check_purpose(policy, "application policies (1.3.6.1.4.1.311.21.10)", authorization)) {
      return wrong;
    }
  }
  return std::nullopt;
}

core::Failed refused_pair(const std::string& why) {
  return core::failed(core::failure::kExtensionNotAllowed,
                      "The request carries a Microsoft enrollment name-value pair "
                      "(1.3.6.1.4.1.311.13.2.1) " +
                          why);
}

std::string hours_text(std::chrono::seconds length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::hours>(length).count()) + " hours";
}

Objection check_validity(const RequestRules& rules, const crypto::RequestedPeriod& asked,
                         const std::string& template_name) {
  const auto longest =
      rules.longest_validity ? rules.longest_validity(template_name) : std::nullopt;
  const std::string period = std::to_string(asked.count) + " " + asked.unit;
  if (!longest) {
    return core::failed(core::failure::kValidityNotPossible,
                        "The request asks for a validity of " + period +
                            " (ValidityPeriod), and the agent does not know how long the template "
                            "lasts. Set longest_validity in [registration], or make it without.");
  }
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(*longest);
  if (asked.length() <= most) return std::nullopt;
  return core::failed(core::failure::kValidityNotPossible,
                      "The request asks for a validity of " + period +
                          " (ValidityPeriod), and the template \"" + template_name +
                          "\" lasts at most " + hours_text(most) + ". Ask for no more.");
}

Objection check_pairs(const RequestRules& rules, const crypto::Pkcs10& request,
                      const std::string& template_name) {
  const auto pairs = crypto::name_value_pairs(request);
  if (!pairs.ok()) return refused_pair("that cannot be read. Make it without this attribute.");
  for (const crypto::NameValuePair& pair : *pairs) {
    if (crypto::names_a_period(pair)) continue;
    return refused_pair(
        "of another name than ValidityPeriod and ValidityPeriodUnits, which can "
        "make an AD CS certify other names. Make it without this attribute.");
  }
  const auto period = crypto::requested_period(*pairs);
  if (!period.ok()) {
    return core::failed(core::failure::kMalformedRequest,
                        "The request cannot be used: " + period.error().message() + ".");
  }
  return *period ? check_validity(rules, **period, template_name) : std::nullopt;
}

}  // namespace

std::optional<core::Failed> check_content(const RequestRules& rules, const crypto::Pkcs10& request,
                                          const enrollment::Authorization& authorization) {
  const std::string template_name = authorization.template_name.value_or("");
  if (auto wrong = check_pairs(rules, request, template_name)) return wrong;
  if (auto wrong = check_listed(rules, request)) return wrong;
  if (auto wrong = check_basic_constraints(request)) return wrong;
  if (auto wrong = check_key_usage(request, authorization)) return wrong;
  return check_purposes(request, authorization);
}

}  // namespace certconnector::ndes
