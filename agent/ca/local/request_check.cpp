#include "agent/ca/local/request_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "agent/core/requested_extensions.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/issuable_name.h"
#include "common/crypto/purposes.h"

namespace certconnector::ca {
namespace {

using core::Failed;
namespace failure = core::failure;
using Denial = std::optional<Failed>;

std::string in_template(const CertificateTemplate& issuing) {
  return "template " + issuing.settings().name;
}

std::string section_of(const CertificateTemplate& issuing) {
  return "[template." + issuing.settings().name + "]";
}

// Of usages that are an order: by the template's own rule, or by the job that names them.
std::string usage_remedy(const CertificateTemplate& issuing, const std::string& key) {
  return "; name it in " + key + " of " + section_of(issuing) + ", or ask for less" +
         (issuing.settings().exact_usages
              ? " (usages = exact of the template refuses what usages = cut would leave out)"
              : " (the job names the usages)");
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
                          std::string(crypto::to_string(name.kind)) + "; name it in san_kinds of " +
                          section_of(issuing) + ", or make the request without");
}

Denial take_subject(const core::Submission& submission, AllowedContent& content) {
  constexpr std::size_t kEmptySequence = 2;
  const ByteView asked = submission.renewed_subject.empty() ? submission.request->subject()
                                                            : submission.renewed_subject;
  content.empty_subject = asked.size() <= kEmptySequence;
  auto subject = crypto::issuable_name(asked);
  if (!subject.ok()) {
    return core::failed(failure::kSubjectNotAllowed,
                        "the request's subject cannot be issued: " + subject.error().message() +
                            "; correct it in the request");
  }
  content.subject = std::move(subject).value();
  return std::nullopt;
}

Denial take_alternative_names(const core::Submission& submission,
                              const crypto::RequestedExtension& extension,
                              AllowedContent& content) {
  static const std::vector<crypto::GeneralName> kNone;
  const bool names_them = submission.expected != nullptr && submission.expected->subject_alt_names;
  const auto& named = names_them ? *submission.expected->subject_alt_names : kNone;
  auto issuable = crypto::issuable_alternative_names(extension.value, named);
  if (!issuable.ok()) {
    return core::failed(failure::kSubjectAltNameNotAllowed,
                        "a subject alternative name of the request cannot be issued: " +
                            issuable.error().message() + "; correct it in the request");
  }
  content.subject_alt_name = std::move(issuable->der);
  for (const std::string& uri : issuable->as_they_are) {
    content.note += (content.note.empty() ? "" : "; ") + ("the URI \"" + uri) +
                    "\" is not one of RFC 3986, and was issued as the job names it";
  }
  return std::nullopt;
}

// An address that the template or the job does not allow stays in the subject alone.
void add_subject_addresses(const CertificateTemplate& issuing, const core::Submission& submission,
                           AllowedContent& content) {
  const auto* expected = submission.expected;
  auto names = crypto::with_subject_addresses(
      content.subject, content.subject_alt_name, [&](const crypto::GeneralName& address) {
        if (!issuing.allows(address.kind)) return false;
        if (expected == nullptr || !expected->subject_alt_names) return true;
        const auto& named = *expected->subject_alt_names;
        return std::find(named.begin(), named.end(), address) != named.end();
      });
  if (names.ok()) content.subject_alt_name = std::move(names).value();
}

Denial check_subject_and_names(const CertificateTemplate& issuing,
                               const core::Submission& submission, AllowedContent& content) {
  if (auto refused = take_subject(submission, content)) return refused;
  const auto names = submission.request->subject_alt_names();
  if (!names.ok()) return core::failed(failure::kMalformedRequest, names.error().message());
  const auto* extension = submission.request->find_extension(crypto::oid::kSubjectAltName);
  if (extension == nullptr && content.empty_subject) {
    return core::failed(
        failure::kSubjectNotAllowed,
        "the request has neither a subject nor a subject alternative name; give it one");
  }
  for (const auto& name : names.value()) {
    if (auto refused = check_name(issuing, name)) return refused;
  }
  if (extension != nullptr) {
    if (auto refused = take_alternative_names(submission, *extension, content)) return refused;
  }
  add_subject_addresses(issuing, submission, content);
  return core::check_sid(submission.sid, *submission.request, names.value());
}

template <typename Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

std::string joined_names(std::uint16_t mask) { return joined(crypto::key_usage_names(mask)); }

void leave_out(AllowedContent& content, const std::string& what) {
  content.left_out += content.left_out.empty() ? what : ", " + what;
}

Denial check_extensions(const CertificateTemplate& issuing, const crypto::Pkcs10& request,
                        AllowedContent& content) {
  if (issuing.settings().refuse_unknown_extensions) {
    auto refused = core::check_allow_list(request);
    if (refused) {
      refused->message += " " + section_of(issuing) +
                          " has unknown_extensions = refuse; with leave-out the CA would issue "
                          "without it.";
    }
    return refused;
  }
  if (auto refused = core::check_extensions(request)) return refused;
  for (const std::string& name : core::extensions_left_out(request)) leave_out(content, name);
  return std::nullopt;
}

// Usages that the job names are an order, not a wish.
bool names_key_usage(const core::Submission& submission) {
  return submission.expected != nullptr && submission.expected->key_usage.value_or(0) != 0;
}

bool names_purposes(const core::Submission& submission) {
  return submission.expected != nullptr && submission.expected->extended_key_usage &&
         !submission.expected->extended_key_usage->empty();
}

Denial check_exact_bound(const CertificateTemplate& issuing, const core::Submission& submission) {
  if (!issuing.settings().exact_usages) return std::nullopt;
  return core::check_bound(submission.at_most, *submission.request);
}

Denial no_key_usage(const CertificateTemplate& issuing,
                    const std::optional<std::uint16_t>& at_most) {
  return core::failed(
      failure::kKeyUsageNotAllowed,
      "no key usage is left for this key: " + in_template(issuing) + " allows " +
          joined_names(issuing.settings().key_usage) +
          (at_most ? ", it may have at most " + joined_names(*at_most) : "") +
          ", and EC keys cannot encipher; add digitalSignature to the template or the "
          "request");
}

// A request narrows the template's usages. Where it would leave none, the template's stay.
Denial check_key_usage(const CertificateTemplate& issuing, const core::Submission& submission,
                       AllowedContent& content) {
  const crypto::Pkcs10& request = *submission.request;
  const auto& at_most = submission.at_most.key_usage;
  const bool exact = issuing.settings().exact_usages || names_key_usage(submission);
  const auto most =
      static_cast<std::uint16_t>(issuing.key_usage(request.key_kind()) & at_most.value_or(0xFFFF));
  content.key_usage = most;
  if (request.find_extension(crypto::oid::kKeyUsage) != nullptr) {
    const auto asked = request.key_usage();
    if (!asked.ok()) return core::failed(failure::kMalformedRequest, asked.error().message());
    const auto beyond = static_cast<std::uint16_t>(*asked & ~issuing.settings().key_usage);
    if (exact && beyond != 0) {
      return core::failed(failure::kKeyUsageNotAllowed,
                          "the request asks for key usage " + joined_names(beyond) + ", which " +
                              in_template(issuing) + " does not allow" +
                              usage_remedy(issuing, "key_usage"));
    }
    const auto both = static_cast<std::uint16_t>(most & *asked);
    if (exact || both != 0) content.key_usage = both;
    const auto cut = static_cast<std::uint16_t>(*asked & ~content.key_usage);
    if (cut != 0) leave_out(content, "key usage " + joined_names(cut));
  }
  return content.key_usage != 0 ? std::nullopt : no_key_usage(issuing, at_most);
}

using Purposes = std::vector<std::string>;

// Those of `wanted` that `allowed` has, in their order, each once.
Purposes among(const Purposes& wanted, const Purposes& allowed) {
  Purposes kept;
  for (const std::string& purpose : wanted) {
    const bool may = std::find(allowed.begin(), allowed.end(), purpose) != allowed.end();
    const bool again = std::find(kept.begin(), kept.end(), purpose) != kept.end();
    if (may && !again) kept.push_back(purpose);
  }
  return kept;
}

Purposes beyond(const Purposes& wanted, const Purposes& allowed) {
  Purposes more;
  for (const std::string& purpose : wanted) {
    if (std::find(allowed.begin(), allowed.end(), purpose) == allowed.end()) {
      more.push_back(purpose);
    }
  }
  return more;
}

// What a request that asks for nothing gets. A template without purposes takes those of the bound.
Purposes most_purposes(const CertificateTemplate& issuing, const core::UsageBound& at_most) {
  const Purposes& own = issuing.settings().extended_key_usage;
  if (!at_most.extended_key_usage) return own;
  return own.empty() ? *at_most.extended_key_usage : among(*at_most.extended_key_usage, own);
}

// A request narrows the template's purposes. Where it would leave none, the template's stay. None
// left of the bound's is an error: a certificate without the extension would be good for all.
Denial check_extended_key_usage(const CertificateTemplate& issuing,
                                const core::Submission& submission, AllowedContent& content) {
  const crypto::Pkcs10& request = *submission.request;
  const Purposes& own = issuing.settings().extended_key_usage;
  const bool exact = issuing.settings().exact_usages || names_purposes(submission);
  content.extended_key_usage = most_purposes(issuing, submission.at_most);
  if (submission.at_most.extended_key_usage && content.extended_key_usage.empty()) {
    return core::failed(failure::kKeyUsageNotAllowed,
                        "no extended key usage is left: " + in_template(issuing) +
                            " allows none of those that the certificate may have at most; let the "
                            "device enroll anew with a challenge");
  }
  if (request.find_extension(crypto::oid::kExtendedKeyUsage) != nullptr) {
    const auto asked = request.extended_key_usage();
    if (!asked.ok()) return core::failed(failure::kMalformedRequest, asked.error().message());
    const Purposes more = beyond(*asked, own);
    if (exact && !more.empty()) {
      return core::failed(failure::kKeyUsageNotAllowed,
                          "the request asks for extended key usage " +
                              crypto::purpose_list_text(more) + ", which " + in_template(issuing) +
                              " does not allow" + usage_remedy(issuing, "extended_key_usage"));
    }
    Purposes both = among(*asked, content.extended_key_usage);
    if (!both.empty()) content.extended_key_usage = std::move(both);
    const Purposes cut = beyond(*asked, content.extended_key_usage);
    if (!cut.empty()) leave_out(content, "extended key usage " + crypto::purpose_list_text(cut));
  }
  content.whole_extended_key_usage = content.extended_key_usage == own;
  return std::nullopt;
}

}  // namespace

std::variant<AllowedContent, Failed> check_request(const CertificateTemplate& issuing,
                                                   const core::Submission& submission) {
  const crypto::Pkcs10& request = *submission.request;
  AllowedContent content;
  Denial refused = check_key(issuing, request);
  if (!refused) refused = check_extensions(issuing, request, content);
  if (!refused) refused = check_own_sid(submission);
  if (!refused) refused = check_subject_and_names(issuing, submission, content);
  if (!refused) refused = check_exact_bound(issuing, submission);
  if (!refused) refused = check_key_usage(issuing, submission, content);
  if (!refused) refused = check_extended_key_usage(issuing, submission, content);
  if (refused) return std::move(*refused);
  return content;
}

}  // namespace certconnector::ca
