#include "agent/core/reserved_names.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/name_matching.h"

namespace certconnector::core {

void ReservedNames::add(const std::string& rfc4514) {
  const auto name = crypto::parse_rfc4514(rfc4514);
  if (name.ok() && !name->empty()) names_.push_back(crypto::matching_form(*name));
}

void ReservedNames::add_subject_of(ByteView certificate) {
  const auto fields = crypto::parse_certificate_fields(certificate);
  if (!fields.ok()) return;
  const auto name = crypto::parse_name(fields->subject);
  if (name.ok() && !name->empty()) names_.push_back(crypto::matching_form(*name));
}

std::optional<Failed> ReservedNames::why_not(ByteView subject) const {
  const auto name = crypto::parse_name(subject);
  if (!name.ok() || name->empty()) return std::nullopt;
  const crypto::DistinguishedName form = crypto::matching_form(*name);
  if (std::find(names_.begin(), names_.end(), form) == names_.end()) return std::nullopt;
  return failed(failure::kSubjectNotAllowed,
                "The request's subject \"" + crypto::to_rfc4514(*name) +
                    "\" is the name of the CA, of one of its issuers or of an RA of the agent, for "
                    "which a certificate with it could pass; use another subject.");
}

}  // namespace certconnector::core
