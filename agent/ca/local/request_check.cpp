#include "agent/ca/local/request_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/requested_extensions.h"
#include "agent/core/security_identifier.h"

namespace certconnector::ca {
namespace {

using core::Failed;
namespace failure = core::failure;
using Denial = std::optional<Failed>;

std::string in_template(const CertificateTemplate& issuing) {
  return "template " + issuing.settings().name;
}

Denial check_key(const CertificateTemplate& issuing, const crypto::Pkcs10& request) {
  const bool rsa = request.key_kind() == crypto::KeyKind::rsa;
  const int least = rsa ? issuing.settings().min_rsa : issuing.settings().min_ec;
  if (request.key_bits() >= least) return std::nullopt;
  return core::failed(failure::kWeakKey, "the " + std::string(rsa ? "RSA" : "EC") + " key has " +
                                             std::to_string(request.key_bits()) + " bits, " +
                                             in_template(issuing) + " asks for at least " +
                                             std::to_string(least) + "; make a stronger key");
}

Denial check_own_sid(const core::Submission& submission) {
  if (!submission.sid || core::is_security_identifier(*submission.sid)) return std::nullopt;
  return core::failed(failure::kBadJob, "the job's sid is not of the form S-1-5-...; correct it");
}

Denial check_name(const CertificateTemplate& issuing, const crypto::GeneralName& name) {
  if (issuing.allows(name.kind)) return std::nullopt;
  return core::failed(failure::kSubjectAltNameNotAllowed,
                      in_template(issuing) + " does not allow subject alternative names of kind " +
                          std::string(crypto::to_string(name.kind)));
}

Denial check_subject_and_names(const CertificateTemplate& issuing,
                               const core::Submission& submission, AllowedContent& content) {
  constexpr std::size_t kEmptySequence = 2;
  content.empty_subject = submission.request->subject().size() <= kEmptySequence;
  const auto names = submission.request->subject_alt_names();
  if (!names.ok()) return core::failed(failure::kMalformedRequest, names.error().message());
  const auto* extension = submission.request->find_extension(crypto::oid::kSubjectAltName);
  if (extension == nullptr && content.empty_subject) {
    return core::failed(
        failure::kSubjectNotAllowed,
        "the request has neither a subject nor a subject alternative name; give it one");
  }
  if (extension != nullptr && names.value().empty()) {
    return core::failed(failure::kMalformedRequest,
                        "the request's subject alternative name is an empty list");
  }
  for (const auto& name : names.value()) {
    if (auto refused = check_name(issuing, name)) return refused;
  }
  if (extension != nullptr) content.subject_alt_name = extension->value;
  return core::check_sid(submission.sid, *submission.request, names.value());
}

std::string joined_names(std::uint16_t mask) {
  std::string text;
  for (const auto name : crypto::key_usage_names(mask)) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

Denial check_key_usage(const CertificateTemplate& issuing, const core::Submission& submission,
                       AllowedContent& content) {
  const crypto::Pkcs10& request = *submission.request;
  const auto& at_most = submission.at_most.key_usage;
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
  if (at_most) content.key_usage = static_cast<std::uint16_t>(content.key_usage & *at_most);
  if (content.key_usage != 0) return std::nullopt;
  return core::failed(
      failure::kKeyUsageNotAllowed,
      "no key usage is left for this key: " + in_template(issuing) + " allows " +
          joined_names(issuing.settings().key_usage) +
          (at_most ? ", it may have at most " + joined_names(*at_most) : "") +
          ", and EC keys cannot encipher; add digitalSignature to the template or the "
          "request");
}

Denial check_extended_key_usage(const CertificateTemplate& issuing, const crypto::Pkcs10& request,
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

// The allowed ones of the purposes that the request or the template names. None left is an error: a
// certificate without the extension would be good for all.
Denial keep_to_bound(const CertificateTemplate& issuing, const core::Submission& submission,
                     AllowedContent& content) {
  const auto& at_most = submission.at_most.extended_key_usage;
  if (!at_most) return std::nullopt;
  const auto& of_template = issuing.settings().extended_key_usage;
  const auto& before = content.whole_extended_key_usage ? of_template : content.extended_key_usage;
  std::vector<std::string> kept;
  for (const std::string& purpose : *at_most) {
    const bool among = std::find(before.begin(), before.end(), purpose) != before.end();
    if (before.empty() || among) kept.push_back(purpose);
  }
  if (kept.empty()) {
    return core::failed(failure::kKeyUsageNotAllowed,
                        "no extended key usage is left: " + in_template(issuing) +
                            " allows none of those that the certificate may have at most; let the "
                            "device enroll anew with a challenge");
  }
  content.whole_extended_key_usage = false;
  content.extended_key_usage = std::move(kept);
  return std::nullopt;
}

}  // namespace

std::variant<AllowedContent, Failed> check_request(const CertificateTemplate& issuing,
                                                   const core::Submission& submission) {
  const crypto::Pkcs10& request = *submission.request;
  AllowedContent content;
  Denial refused = check_key(issuing, request);
  if (!refused) refused = core::check_extensions(request);
  if (!refused) refused = check_own_sid(submission);
  if (!refused) refused = check_subject_and_names(issuing, submission, content);
  if (!refused) refused = check_key_usage(issuing, submission, content);
  if (!refused) refused = check_extended_key_usage(issuing, request, content);
  if (!refused) refused = keep_to_bound(issuing, submission, content);
  if (refused) return std::move(*refused);
  return content;
}

}  // namespace certconnector::ca
