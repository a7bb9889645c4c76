#include "agent/core/requested_extensions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "common/crypto/der.h"

namespace certconnector::core {
namespace {

using crypto::GeneralName;

constexpr std::array<std::string_view, 4> kAllowedExtensions{
    crypto::oid::kSubjectAltName, crypto::oid::kKeyUsage, crypto::oid::kExtendedKeyUsage,
    crypto::oid::kSecurityIdentifier};

// Extensions that people ask for: the denial names them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kKnownExtensions{{
    {"2.5.29.9", "subjectDirectoryAttributes"},
    {"2.5.29.14", "subjectKeyIdentifier"},
    {"2.5.29.18", "issuerAltName"},
    {"2.5.29.19", "basicConstraints"},
    {"2.5.29.30", "nameConstraints"},
    {"2.5.29.31", "cRLDistributionPoints"},
    {"2.5.29.32", "certificatePolicies"},
    {"2.5.29.33", "policyMappings"},
    {"2.5.29.35", "authorityKeyIdentifier"},
    {"2.5.29.36", "policyConstraints"},
    {"2.5.29.46", "freshestCRL"},
    {"2.5.29.54", "inhibitAnyPolicy"},
    {"1.2.840.113549.1.9.15", "smimeCapabilities"},
    {"1.3.6.1.4.1.311.20.2", "certificate template name"},
    {"1.3.6.1.4.1.311.21.7", "certificate template information"},
    {"1.3.6.1.4.1.311.21.10", "application policies"},
    {"1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    {"1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
    {"1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"},
}};

// Extensions that authorize nothing, so that it does not matter whether a request marks them
// critical.
constexpr std::array<std::string_view, 8> kHarmless{"2.5.29.14",
                                                    "2.5.29.31",
                                                    "2.5.29.32",
                                                    "2.5.29.35",
                                                    "1.2.840.113549.1.9.15",
                                                    "1.3.6.1.4.1.311.20.2",
                                                    "1.3.6.1.4.1.311.21.7",
                                                    "1.3.6.1.4.1.311.21.10"};
constexpr std::string_view kNetscape = "2.16.840.1.113730.1.";  // its certificate extensions
constexpr std::string_view kBasicConstraints = "2.5.29.19";

bool is_harmless(const std::string& oid) {
  return oid.compare(0, kNetscape.size(), kNetscape) == 0 ||
         std::find(kHarmless.begin(), kHarmless.end(), oid) != kHarmless.end();
}

bool is_on_allow_list(const std::string& oid) {
  return std::find(kAllowedExtensions.begin(), kAllowedExtensions.end(), oid) !=
         kAllowedExtensions.end();
}

std::string extension_name(const std::string& oid) {
  for (const auto& [known, name] : kKnownExtensions) {
    if (known == oid) return std::string(name) + " (" + oid + ")";
  }
  return oid;
}

bool is_of_no_ca(const crypto::RequestedExtension& basic_constraints) {
  const auto constraints = crypto::der::read_only(basic_constraints.value, crypto::der::kSequence);
  if (!constraints) return false;
  crypto::der::Reader reader(*constraints);
  return reader.at_end() || (reader.read_boolean() == false && reader.at_end());
}

// Extensions that some clients always send and that change nothing: a basicConstraints without CA,
// and the key identifier, which the CA makes itself.
bool asks_for_nothing(const crypto::RequestedExtension& extension) {
  if (extension.oid == kBasicConstraints) return is_of_no_ca(extension);
  constexpr std::size_t kLongest = 64;
  if (extension.oid != "2.5.29.14") return false;
  const auto id = crypto::der::read_only(extension.value, crypto::der::kOctetString);
  return id && id->size() <= kLongest;
}

Failed foreign_sid(std::string_view where, std::string_view found,
                   const std::optional<std::string>& carried) {
  return failed(failure::kSidNotAllowed,
                "The request asks for the security identifier \"" + std::string(found) + "\" in " +
                    std::string(where) + ", but the job carries " +
                    (carried ? "\"" + *carried + "\"." : std::string("none.")));
}

}  // namespace

std::optional<Failed> check_extensions(const crypto::Pkcs10& request) {
  for (const auto& extension : request.extensions()) {
    if (extension.oid == kBasicConstraints) {
      if (is_of_no_ca(extension)) continue;
      return failed(failure::kExtensionNotAllowed,
                    "The request asks for a basicConstraints (2.5.29.19) that is not the one of an "
                    "end entity, and no template issues CA certificates; make it without this "
                    "extension.");
    }
    if (!extension.critical || is_on_allow_list(extension.oid) || is_harmless(extension.oid)) {
      continue;
    }
    return failed(failure::kExtensionNotAllowed,
                  "The request asks for the critical extension " + extension_name(extension.oid) +
                      ", which the CA does not issue; make it without this extension.");
  }
  return std::nullopt;
}

std::optional<Failed> check_allow_list(const crypto::Pkcs10& request) {
  for (const auto& extension : request.extensions()) {
    if (is_on_allow_list(extension.oid) || asks_for_nothing(extension)) continue;
    return failed(failure::kExtensionNotAllowed,
                  "The request asks for the extension " + extension_name(extension.oid) +
                      ". A request may ask for subjectAltName, keyUsage, extKeyUsage and the "
                      "security identifier only; make it without this extension.");
  }
  return std::nullopt;
}

std::vector<std::string> extensions_left_out(const crypto::Pkcs10& request) {
  std::vector<std::string> names;
  for (const auto& extension : request.extensions()) {
    // A certificate without basicConstraints says the same as one of no CA.
    if (is_on_allow_list(extension.oid) || extension.oid == kBasicConstraints) continue;
    names.push_back(extension_name(extension.oid));
  }
  return names;
}

std::optional<Failed> check_sid(const std::optional<std::string>& sid,
                                const crypto::Pkcs10& request,
                                const std::vector<GeneralName>& names) {
  if (const auto* extension = request.find_extension(crypto::oid::kSecurityIdentifier)) {
    const auto asked = parse_security_identifier(extension->value);
    if (!asked) {
      return failed(failure::kMalformedRequest,
                    "The request's security identifier extension is malformed.");
    }
    if (asked != sid) return foreign_sid("its extension", *asked, sid);
  }
  for (const GeneralName& name : names) {
    const auto asked = sid_of_name(name);
    if (asked && asked != sid) return foreign_sid("a name", *asked, sid);
  }
  return std::nullopt;
}

}  // namespace certconnector::core
