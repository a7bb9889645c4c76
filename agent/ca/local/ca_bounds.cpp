#include "agent/ca/local/ca_bounds.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/core/failure_codes.h"
#include "common/crypto/critical_extensions.h"
#include "common/crypto/purposes.h"

namespace certconnector::ca {
namespace {

namespace failure = core::failure;

constexpr std::string_view kAnyPurpose = "2.5.29.37.0";

// serverAuth, clientAuth, codeSigning, emailProtection and timeStamping.
constexpr std::array<std::string_view, 5> kCheckedByOpenssl{
    "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.8"};

template <typename Purposes>
bool is_among(const Purposes& purposes, std::string_view purpose) {
  return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
}

std::string cannot_issue(const std::string& template_name, const std::string& why) {
  return "it cannot issue template " + template_name + ": " + why;
}

// A purpose that the request does not name comes from the template, which only the administrator
// can change.
std::string purpose_remedy(const BoundedIssue& issue, const std::string& purpose) {
  const auto asked = issue.submission.request->extended_key_usage();
  if (asked.ok() && is_among(*asked, purpose)) {
    return "ask for another usage, or have the CA certificate issued with this one";
  }
  const std::string& name = issue.submission.template_name;
  return "the request does not ask for it, it is of template " + name +
         ": name purposes of the CA in extended_key_usage of [template." + name +
         "], offer the template at another CA, or have the CA certificate issued with this one";
}

std::string name_remedy(const BoundedIssue& issue) {
  if (issue.submission.for_agent) {
    return "set ra_subject of the service, in its section [scep.NAME], to a name within them";
  }
  return "correct the request's names, or enroll at another CA";
}

}  // namespace

Result<CaBounds> CaBounds::of(const crypto::Certificate& ca,
                              const std::vector<crypto::Certificate>& issuers) {
  CaBounds bounds;
  const auto add = [&](const crypto::Certificate& one) -> Status {
    bounds.add_purposes(one);
    bounds.add_faults(one);
    CC_TRY_ASSIGN(auto names, crypto::NameConstraints::of(one));
    if (names && names->empty()) {
      bounds.faults_.push_back("the certificate of " + one.subject_text() +
                               " has empty name constraints, which RFC 5280 section 4.2.1.10 "
                               "forbids: Go and others read nothing of it");
    } else if (names) {
      bounds.names_.push_back({one.subject_text(), std::move(*names)});
    }
    return {};
  };
  CC_TRY(add(ca));
  for (const crypto::Certificate& issuer : issuers) CC_TRY(add(issuer));
  return bounds;
}

void CaBounds::add_purposes(const crypto::Certificate& one) {
  const auto& purposes = one.extended_key_usage();
  if (purposes.empty()) return;
  auto& bounds = is_among(purposes, kAnyPurpose) ? any_purpose_ : purposes_;
  bounds.push_back({one.subject_text(), purposes});
}

void CaBounds::add_faults(const crypto::Certificate& one) {
  for (const std::string& oid : crypto::unknown_critical_extensions(one)) {
    faults_.push_back("the certificate of " + one.subject_text() + " has the critical extension " +
                      oid +
                      ", which OpenSSL and others do not know: they refuse all that it issues");
  }
}

// OpenSSL's check of a purpose does not take anyExtendedKeyUsage in a CA certificate for it.
std::vector<std::string> CaBounds::refused_by_openssl(const TemplateSettings& one) const {
  std::vector<std::string> sentences;
  for (const PurposeBound& bound : any_purpose_) {
    for (const std::string& purpose : one.extended_key_usage) {
      if (!is_among(kCheckedByOpenssl, purpose) || is_among(bound.purposes, purpose)) continue;
      sentences.push_back("OpenSSL refuses certificates of template " + one.name + " for " +
                          purpose + ": among the extended key usages of " + bound.ca +
                          ", it takes anyExtendedKeyUsage for none");
    }
  }
  return sentences;
}

std::optional<CaBounds::Beyond> CaBounds::first_beyond(
    const std::vector<std::string>& purposes) const {
  for (const PurposeBound& bound : purposes_) {
    for (const std::string& purpose : purposes) {
      if (is_among(bound.purposes, purpose)) continue;
      return Beyond{purpose, "the extended key usage " + crypto::purpose_text(purpose) +
                                 " is not among those of the CA certificate " + bound.ca + " (" +
                                 crypto::purpose_list_text(bound.purposes) + ")"};
    }
  }
  return std::nullopt;
}

std::optional<std::string> CaBounds::beyond(const std::vector<std::string>& purposes) const {
  auto found = first_beyond(purposes);
  return found ? std::make_optional(std::move(found->why)) : std::nullopt;
}

std::optional<core::Failed> CaBounds::check(const BoundedIssue& issue) const {
  if (const auto found = first_beyond(issue.purposes)) {
    return core::failed(failure::kOutsideCaBounds,
                        found->why + ", so no verifier would take the certificate; " +
                            purpose_remedy(issue, found->purpose));
  }
  if (names_.empty()) return std::nullopt;
  const Bytes unsigned_one = encode_unsigned_certificate(issue.certificate);
  for (const NameBound& bound : names_) {
    const auto why = bound.names.broken_by(unsigned_one);
    if (!why) continue;
    return core::failed(failure::kOutsideCaBounds,
                        "the names are outside the name constraints of the CA certificate " +
                            bound.ca + " (" + bound.names.text() + "): " + *why +
                            "; no verifier would take the certificate; " + name_remedy(issue));
  }
  return std::nullopt;
}

TemplateSettings CaBounds::fitted(TemplateSettings settings) const {
  if (!settings.agent_only) return settings;
  auto& purposes = settings.extended_key_usage;
  purposes.erase(std::remove_if(purposes.begin(), purposes.end(),
                                [&](const std::string& one) { return beyond({one}).has_value(); }),
                 purposes.end());
  return settings;
}

std::vector<std::string> CaBounds::limits(const std::vector<TemplateSettings>& templates) const {
  std::vector<std::string> sentences;
  for (const TemplateSettings& one : templates) {
    if (one.agent_only) continue;
    const auto why = beyond(one.extended_key_usage);
    if (why) sentences.push_back(cannot_issue(one.name, *why));
    for (std::string& refused : refused_by_openssl(one)) sentences.push_back(std::move(refused));
  }
  sentences.insert(sentences.end(), faults_.begin(), faults_.end());
  for (const NameBound& bound : names_) {
    sentences.push_back("it issues only names within the name constraints of " + bound.ca + " (" +
                        bound.names.text() + ")");
  }
  return sentences;
}

Status CaBounds::check_templates(const std::vector<TemplateSettings>& templates) const {
  std::string reasons;
  for (const TemplateSettings& one : templates) {
    if (one.agent_only) continue;
    const auto why = beyond(one.extended_key_usage);
    if (!why) return {};
    reasons += (reasons.empty() ? "" : "; ") + cannot_issue(one.name, *why);
  }
  if (reasons.empty()) return {};
  return Error(CaErrc::bad_certificate, ErrorKind::permanent,
               reasons +
                   "; name purposes of the CA in extended_key_usage of the template, or have "
                   "the CA certificate issued again with more");
}

}  // namespace certconnector::ca
