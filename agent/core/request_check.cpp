#include "agent/core/request_check.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/requested_extensions.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/errors.h"
#include "common/crypto/name.h"
#include "common/crypto/name_matching.h"
#include "common/crypto/purposes.h"
#include "common/text/clip.h"

namespace certconnector::core {
namespace {

using crypto::GeneralName;
using crypto::GeneralNameKind;
using Names = std::vector<GeneralName>;

// Names may have tens of thousands of octets, and the log has a line for each denial.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 1024;
  if (text.size() <= kLongest) return text;
  return std::string(clip(text, kLongest)) + "...";
}

// `field` with its verb: "subject is".
Failed mismatch(const FailureCode& code, std::string_view field, const std::string& expected,
                const std::string& found) {
  return failed(code, "The request's " + std::string(field) + " not as expected: \"" +
                          shortened(expected) + "\" was expected, \"" + shortened(found) +
                          "\" was found.");
}

template <typename Items, typename Print>
std::string join(const Items& items, Print print) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ", ";
    text += print(item);
  }
  return text.empty() ? "none" : text;
}

std::string print(const Names& names) {
  return join(names, [](const GeneralName& name) { return crypto::to_text(name); });
}

std::string print_key_usage(std::uint16_t mask) {
  return join(crypto::key_usage_names(mask),
              [](std::string_view name) { return std::string(name); });
}

Names spelled_set(const Names& names) {
  Names set;
  set.reserve(names.size());
  for (const GeneralName& name : names) set.push_back(crypto::matching_form(name));
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

std::optional<Failed> compare_subject(const std::string& expected, const crypto::Pkcs10& request) {
  const auto found = crypto::parse_name(request.subject());
  if (!found.ok()) return unreadable_request(found.error());
  const auto wanted = crypto::parse_rfc4514(expected);
  if (!wanted.ok()) {
    return failed(failure::kBadJob,
                  "The job's expected subject \"" + expected +
                      "\" is not a name of RFC 4514: " + wanted.error().message());
  }
  if (crypto::same_name(*wanted, *found)) return std::nullopt;
  return mismatch(failure::kSubjectMismatch, "subject is", expected, crypto::to_rfc4514(*found));
}

bool is_sid(const GeneralName& name) { return sid_of_name(name).has_value(); }

// The SID has been checked against the job's own; it need not be listed, nor need a listed one be
// in the request.
Names without_sids(Names names) {
  names.erase(std::remove_if(names.begin(), names.end(), is_sid), names.end());
  return names;
}

std::optional<Failed> compare_names(const ExpectedContent& expected, const Names& found) {
  const Names wanted = without_sids(*expected.subject_alt_names);
  const Names present = without_sids(found);
  const Names allowed = spelled_set(wanted);
  const Names asked = spelled_set(present);
  const bool good = expected.fewer_names
                        ? std::includes(allowed.begin(), allowed.end(), asked.begin(), asked.end())
                        : allowed == asked;
  if (good) return std::nullopt;
  return mismatch(failure::kSubjectAltNameMismatch, "subject alternative names are", print(wanted),
                  print(present));
}

std::optional<Failed> compare_extended_key_usage(std::vector<std::string> expected,
                                                 const crypto::Pkcs10& request) {
  auto found = request.extended_key_usage();
  if (!found.ok()) return unreadable_request(found.error());
  std::sort(expected.begin(), expected.end());
  std::sort(found->begin(), found->end());
  if (expected == *found) return std::nullopt;
  return mismatch(failure::kExtendedKeyUsageMismatch, "extended key usage is",
                  crypto::purpose_list_text(expected), crypto::purpose_list_text(*found));
}

std::optional<Failed> compare_key_usage(std::uint16_t expected, const crypto::Pkcs10& request) {
  const auto found = request.key_usage();
  if (!found.ok()) return unreadable_request(found.error());
  if (expected == *found) return std::nullopt;
  return mismatch(failure::kKeyUsageMismatch, "key usage is", print_key_usage(expected),
                  print_key_usage(*found));
}

Failed beyond(const FailureCode& code, std::string_view field, const std::string& asked,
              const std::string& allowed) {
  return failed(code, "The request asks for the " + std::string(field) + " " + asked +
                          ", and it may have at most: " + allowed +
                          ". Make it without, or enroll anew with a challenge.");
}

// An EC key cannot encipher. A CA of ours leaves these usages out for one, so a device may go on
// asking for them.
std::uint16_t usages_of_key(std::uint16_t asked, const crypto::Pkcs10& request) {
  constexpr unsigned kEnciphers = crypto::kKeyEncipherment | crypto::kDataEncipherment;
  if (request.key_kind() == crypto::KeyKind::rsa) return asked;
  return static_cast<std::uint16_t>(asked & ~kEnciphers);
}

}  // namespace

Failed unreadable_request(const Error& error) {
  static constexpr std::array<std::pair<crypto::CryptoErrc, const FailureCode*>, 4> kCodes{{
      {crypto::CryptoErrc::unsupported, &failure::kUnsupportedAlgorithm},
      {crypto::CryptoErrc::weak, &failure::kWeakKey},
      {crypto::CryptoErrc::weak_signature, &failure::kWeakSignature},
      {crypto::CryptoErrc::bad_signature, &failure::kBadSignature},
  }};
  const FailureCode* code = &failure::kMalformedRequest;
  for (const auto& [errc, failure_code] : kCodes) {
    if (error.code() == crypto::error_code(errc)) code = failure_code;
  }
  return failed(*code, "The PKCS#10 request cannot be used: " + error.message());
}

std::optional<Failed> compare_request(const IssueRequest& issue, const crypto::Pkcs10& request) {
  if (auto refused = check_extensions(request)) return refused;
  const auto names = request.subject_alt_names();
  if (!names.ok()) return unreadable_request(names.error());
  if (auto refused = check_sid(issue.sid, request, *names)) return refused;

  const ExpectedContent& expected = issue.expected;
  if (expected.subject) {
    if (auto wrong = compare_subject(*expected.subject, request)) return wrong;
  }
  if (expected.subject_alt_names) {
    if (auto wrong = compare_names(expected, *names)) return wrong;
  }
  if (expected.key_usage) {
    if (auto wrong = compare_key_usage(*expected.key_usage, request)) return wrong;
  }
  if (expected.extended_key_usage) {
    if (auto wrong = compare_extended_key_usage(*expected.extended_key_usage, request)) {
      return wrong;
    }
  }
  return std::nullopt;
}

std::optional<Failed> check_bound(const UsageBound& bound, const crypto::Pkcs10& request) {
  if (bound.key_usage) {
    const auto asked = request.key_usage();
    if (!asked.ok()) return unreadable_request(asked.error());
    const auto more =
        static_cast<std::uint16_t>(usages_of_key(*asked, request) & ~*bound.key_usage);
    if (more != 0) {
      return beyond(failure::kKeyUsageMismatch, "key usage", print_key_usage(more),
                    print_key_usage(*bound.key_usage));
    }
  }
  if (!bound.extended_key_usage) return std::nullopt;
  const auto asked = request.extended_key_usage();
  if (!asked.ok()) return unreadable_request(asked.error());
  const auto& allowed = *bound.extended_key_usage;
  for (const std::string& purpose : *asked) {
    if (std::find(allowed.begin(), allowed.end(), purpose) != allowed.end()) continue;
    return beyond(failure::kExtendedKeyUsageMismatch, "extended key usage",
                  crypto::purpose_text(purpose), crypto::purpose_list_text(allowed));
  }
  return std::nullopt;
}

std::optional<Failed> check_for_foreign_ca(const UsageBound& at_most,
                                           const crypto::Pkcs10& request) {
  if (auto refused = check_allow_list(request)) return refused;
  return check_bound(at_most, request);
}

CheckedRequest check_request(IssueRequest& issue) {
  if (issue.pkcs10.size() > crypto::kMaxPkcs10Size) {
    return failed(failure::kRequestTooLarge,
                  "The PKCS#10 request has " + std::to_string(issue.pkcs10.size()) +
                      " octets; at most " + std::to_string(crypto::kMaxPkcs10Size) + " are taken.");
  }
  const auto proof =
      issue.proof_verified ? crypto::ProofOfPossession::known : crypto::ProofOfPossession::verify;
  auto request = crypto::Pkcs10::parse(std::move(issue.pkcs10), proof);
  if (!request.ok()) return unreadable_request(request.error());
  if (auto wrong = compare_request(issue, *request)) return std::move(*wrong);
  return std::move(request).value();
}

}  // namespace certconnector::core
