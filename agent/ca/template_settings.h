// A [template.NAME] section, in the words of agent/ca.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/crypto/general_name.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ca {

// Plain values; opening the CA validates them again.
struct TemplateSettings {
  std::string name;  // 1 to 64 of [A-Za-z0-9._-]
  std::chrono::seconds validity{std::chrono::hours(24 * 365)};
  std::chrono::seconds backdate{std::chrono::minutes(5)};  // notBefore is this long before now
  // Mask of common/crypto/pkcs10.h. Certificates for EC keys omit keyEncipherment and
  // dataEncipherment (RFC 8813). keyCertSign and cRLSign are errors: templates are for end
  // entities.
  std::uint16_t key_usage = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  std::vector<std::string> extended_key_usage{
      std::string(crypto::oid::kClientAuth)};  // dotted OIDs
  std::vector<crypto::GeneralNameKind> san_kinds{
      crypto::GeneralNameKind::dns, crypto::GeneralNameKind::email, crypto::GeneralNameKind::uri,
      crypto::GeneralNameKind::ip, crypto::GeneralNameKind::upn};
  int min_rsa = 2048;  // bits
  int min_ec = 256;    // bits
  // A request may ask for more than the template gives: the CA leaves the others out. These two
  // refuse it instead: extensions outside the allow-list of agent/core/requested_extensions.h, and
  // usages beyond the template or the request's bound.
  bool refuse_unknown_extensions = false;
  bool exact_usages = false;
  bool requester_validity = false;  // a job may ask for a shorter validity
  bool approval = false;            // a person has to approve each request
  bool agent_only = false;          // not for jobs, and not shown
  std::string crl_url;              // CRL distribution point; empty: no extension
  std::string aia_url;              // caIssuers; empty: no extension
};

}  // namespace certconnector::ca
