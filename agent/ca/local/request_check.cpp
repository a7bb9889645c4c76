#include "agent/ca/local/request_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"

namespace certconnector::ca {
namespace {

using core::Failed;
namespace failure = core::failure;
using Refusal = std::optional<Failed>;

// Extensions that requests are known to ask for, so that the refusal names them.
struct KnownExtension {
  std::string_view oid;
  std::string_view name;
};
constexpr std::array kKnownExtensions{
    KnownExtension{"2.5.29.9", "subjectDirectoryAttributes"},
    KnownExtension{"2.5.29.14", "subjectKeyIdentifier"},
    KnownExtension{"2.5.29.18", "issuerAltName"},
    KnownExtension{"2.5.29.19", "basicConstraints"},
    KnownExtension{"2.5.29.30", "nameConstraints"},
    KnownExtension{"2.5.29.31", "cRLDistributionPoints"},
    KnownExtension{"2.5.29.32", "certificatePolicies"},
    KnownExtension{"2.5.29.33", "policyMappings"},
    KnownExtension{"2.5.29.35", "authorityKeyIdentifier"},
    KnownExtension{"2.5.29.36", "policyConstraints"},
    KnownExtension{"2.5.29.46", "freshestCRL"},
    KnownExtension{"2.5.29.54", "inhibitAnyPolicy"},
    KnownExtension{"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    KnownExtension{"1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    KnownExtension{"1.3.6.1.5.5.7.1.24", "tlsFeature"},
    KnownExtension{"1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"},
    KnownExtension{"1.2.840.113549.1.9.15", "smimeCapabilities"},
    KnownExtension{"1.3.6.1.4.1.311.20.2", "enrollCertType"},
    KnownExtension{"1.3.6.1.4.1.311.21.7", "certificateTemplate"},
    KnownExtension{"1.3.6.1.4.1.311.21.10", "applicationCertPolicies"}};

// "S-1-5-21-...": S-1 and 2 to 15 decimal numbers, at most 184 characters; [MS-DTYP]
// section 2.4.2.1.
bool is_security_identifier(std::string_view text) {
  constexpr std::string_view kRevision = "S-1-";
  constexpr std::size_t kMaxLength = 184;
  constexpr std::size_t kMaxNumbers = 15;
  if (text.size() > kMaxLength || text.substr(0, kRevision.size()) != kRevision) return false;
  std::size_t numbers = 1;
  bool digit_before = false;
  for (const char c : text.substr(kRevision.size())) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c != '-' || !digit_before)) return false;
    if (!digit) ++numbers;
    digit_before = digit;
  }
  return digit_before && numbers >= 2 && numbers <= kMaxNumbers;
}

std::string name_of(const std::string& oid) {
  const auto* known = std::find_if(kKnownExtensions.begin(), kKnownExtensions.end(),
                                   [&](const auto& extension) { return extension.oid == oid; });
  return known == kKnownExtensions.end() ? oid : std::string(known->name) + " (" + oid + ")";
}

std::string in_template(const CertificateTemplate& issuing) {
  return "template " + issuing.settings().name;
}

Refusal check_key(const CertificateTemplate& issuing, const crypto::Pkcs10& request) {
  const bool rsa = request.key_kind() == crypto::KeyKind::rsa;
  const int least = rsa ? issuing.settings().min_rsa : issuing.settings().min_ec;
  if (request.key_bits() >= least) return std::nullopt;
  return core::failed(failure::kWeakKey, "the " + std::string(rsa ? "RSA" : "EC") + " key has " +
                                             std::to_string(request.key_bits()) + " bits, " +
                                             in_template(issuing) + " asks for at least " +
                                             std::to_string(least) + "; make a stronger key");
}

Refusal check_extension_list(const crypto::Pkcs10& request) {
  for (const auto& extension : request.extensions()) {
    const bool allowed = extension.oid == crypto::oid::kSubjectAltName ||
                         extension.oid == crypto::oid::kKeyUsage ||
                         extension.oid == crypto::oid::kExtendedKeyUsage ||
                         extension.oid == crypto::oid::kSecurityIdentifier;
    if (allowed) continue;
    return core::failed(failure::kExtensionNotAllowed,
                        "the request asks for the extension " + name_of(extension.oid) +
                            ", which only the CA may set; make the request without it");
  }
  return std::nullopt;
}

Refusal check_security_identifier(const core::Submission& submission) {
  const auto* extension = submission.request->find_extension(crypto::oid::kSecurityIdentifier);
  if (submission.sid && !is_security_identifier(*submission.sid)) {
    return core::failed(failure::kBadJob, "the job's sid is not of the form S-1-5-...; correct it");
  }
  if (extension == nullptr) return std::nullopt;
  if (submission.sid &&
      ByteView(core::encode_security_identifier(*submission.sid)) == extension->value) {
    return std::nullopt;
  }
  return core::failed(
      failure::kSidNotAllowed,
      "the request carries a security identifier (1.3.6.1.4.1.311.25.2) that is not the "
      "job's sid; a device does not choose its own account");
}

Refusal check_name(const CertificateTemplate& issuing, const core::Submission& submission,
                   const crypto::GeneralName& name) {
  if (!issuing.allows(name.kind)) {
    return core::failed(failure::kSubjectAltNameNotAllowed,
                        in_template(issuing) +
                            " does not allow subject alternative names of kind " +
                            std::string(crypto::to_string(name.kind)));
  }
  if (name.kind != crypto::GeneralNameKind::uri) return std::nullopt;
  const auto sid = core::sid_of_uri(name.value);
  if (!sid || (submission.sid && *sid == *submission.sid)) return std::nullopt;
  return core::failed(failure::kSidNotAllowed,
                      "the subject alternative name " + name.value +
                          " is not the job's sid; a device does not choose its own account");
}

Refusal check_names(const CertificateTemplate& issuing, const core::Submission& submission,
                    AllowedContent& content) {
  constexpr std::size_t kEmptySequence = 2;
  content.empty_subject = submission.request->subject().size() <= kEmptySequence;
  const auto* extension = submission.request->find_extension(crypto::oid::kSubjectAltName);
  if (extension == nullptr) {
    if (!content.empty_subject) return std::nullopt;
    return core::failed(
        failure::kSubjectNotAllowed,
        "the request has neither a subject nor a subject alternative name; give it one");
  }
  const auto names = submission.request->subject_alt_names();
  if (!names.ok()) return core::failed(failure::kMalformedRequest, names.error().message());
  if (names.value().empty()) {
    return core::failed(failure::kMalformedRequest,
                        "the request's subject alternative name is an empty list");
  }
  for (const auto& name : names.value()) {
    if (auto refused = check_name(issuing, submission, name)) return refused;
  }
  content.subject_alt_name = extension->value;
  return std::nullopt;
}

std::string joined_names(std::uint16_t mask) {
  std::string text;
  for (const auto name : crypto::key_usage_names(mask)) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

Refusal check_key_usage(const CertificateTemplate& issuing, const crypto::Pkcs10& request,
                        AllowedContent& content) {
  content.key_usage = issuing.key_usage(request.key_kind());
  if (request.find_extension(crypto::oid::kKeyUsage) != nullptr) {
    const auto asked = request.key_usage();
    if (!asked.ok()) return core::failed(failure::kMalformedRequest, asked.error().message());
    const auto beyond = static_cast<std::uint16_t>(asked.value() & ~issuing.settings().key_usage);
    if (beyond != 0) {
      return core::failed(failure::kKeyUsageNotAllowed,
                          "the request asks for key usage " + joined_names(beyond) + ", which " +
                              in_template(issuing) + " does not allow");
    }
    content.key_usage = static_cast<std::uint16_t>(content.key_usage & asked.value());
  }
  if (content.key_usage != 0) return std::nullopt;
  return core::failed(
      failure::kKeyUsageNotAllowed,
      "no key usage is left for this key: " + in_template(issuing) + " allows " +
          joined_names(issuing.settings().key_usage) +
          ", and EC keys cannot encipher; add digitalSignature to the template or the "
          "request");
}

Refusal check_extended_key_usage(const CertificateTemplate& issuing, const crypto::Pkcs10& request,
                                 AllowedContent& content) {
  if (request.find_extension(crypto::oid::kExtendedKeyUsage) == nullptr) return std::nullopt;
  auto asked = request.extended_key_usage();
  if (!asked.ok()) return core::failed(failure::kMalformedRequest, asked.error().message());
  const auto& allowed = issuing.settings().extended_key_usage;
  for (const auto& purpose : asked.value()) {
    if (std::find(allowed.begin(), allowed.end(), purpose) != allowed.end()) continue;
    return core::failed(failure::kKeyUsageNotAllowed, "the request asks for extended key usage " +
                                                          purpose + ", which " +
                                                          in_template(issuing) + " does not allow");
  }
  if (asked.value() == allowed) return std::nullopt;
  content.whole_extended_key_usage = asked.value().empty();
  content.extended_key_usage = std::move(asked).value();
  return std::nullopt;
}

}  // namespace

std::variant<AllowedContent, Failed> check_request(const CertificateTemplate& issuing,
                                                   const core::Submission& submission) {
  const crypto::Pkcs10& request = *submission.request;
  AllowedContent content;
  Refusal refused = check_key(issuing, request);
  if (!refused) refused = check_extension_list(request);
  if (!refused) refused = check_security_identifier(submission);
  if (!refused) refused = check_names(issuing, submission, content);
  if (!refused) refused = check_key_usage(issuing, request, content);
  if (!refused) refused = check_extended_key_usage(issuing, request, content);
  if (refused) return std::move(*refused);
  return content;
}

}  // namespace certconnector::ca
