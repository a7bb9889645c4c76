#include "agent/core/reserved_names.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/directory_string.h"
#include "common/crypto/name_matching.h"

namespace certconnector::core {
namespace {

std::optional<Failed> why_not_comparable(const crypto::NameAttribute& attribute) {
  const auto broken = crypto::broken_matching_rule(attribute.value);
  if (!broken) return std::nullopt;
  return failed(failure::kSubjectNotAllowed,
                "The request's subject cannot be compared with names "
                "that are reserved: \"" +
                    crypto::shown_text(attribute.value) + "\" " + *broken +
                    "; use another subject.");
}

}  // namespace

void ReservedNames::add(const std::string& rfc4514) {
  const auto name = crypto::parse_rfc4514(rfc4514);
  if (name.ok()) add(*name);
}

void ReservedNames::add_subject_of(ByteView certificate) {
  const auto fields = crypto::parse_certificate_fields(certificate);
  if (!fields.ok()) return;
  const auto name = crypto::parse_name(fields->subject);
  if (name.ok()) add(*name);
}

void ReservedNames::add(const ReservedNames& more) {
  for (const crypto::DistinguishedName& name : more.names_) add(name);
}

void ReservedNames::add(const crypto::DistinguishedName& name) {
  if (name.empty()) return;
  crypto::DistinguishedName form = crypto::widest_form(name);
  if (std::find(names_.begin(), names_.end(), form) == names_.end()) {
    names_.push_back(std::move(form));
  }
}

std::optional<Failed> ReservedNames::why_not(ByteView subject) const {
  const auto name = crypto::parse_name(subject);
  if (!name.ok() || name->empty()) return std::nullopt;
  for (const crypto::RelativeName& relative : *name) {
    for (const crypto::NameAttribute& attribute : relative) {
      if (auto refused = why_not_comparable(attribute)) return refused;
    }
  }
  const crypto::DistinguishedName form = crypto::widest_form(*name);
  if (std::find(names_.begin(), names_.end(), form) == names_.end()) return std::nullopt;
  return failed(
      failure::kSubjectNotAllowed,
      "The request's subject \"" + crypto::to_rfc4514(*name) +
          "\" is the name of a CA of the agent, of its issuer or of an RA of the agent, for "
          "which a certificate with it could pass; use another subject.");
}

}  // namespace certconnector::core
