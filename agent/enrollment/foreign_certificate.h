// Whether a certificate of a CA whose records this agent does not have may ask for its renewal. The
// CA's signature shows that it issued the certificate, and nothing else: the same CA signs
// certificates of servers, people and other CAs. So the certificate itself must show what it is
// for, and a CRL that it still holds (RFC 5280 section 6.3). The unknown is denied.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/enrollment/denied.h"
#include "agent/enrollment/revocation_check.h"
#include "common/crypto/certificate.h"
#include "common/crypto/certificate_fields.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

struct RenewableTemplate {
  std::string name;  // compared without regard to letter case
  std::string oid;   // dotted, of a template of version 2 or later; empty: not configured
  std::string key;   // of the configuration that takes the OID, for messages: "template_oid"
};

struct ForeignRules {
  std::string service;  // its [scep.NAME] section, for messages
  std::vector<RenewableTemplate> templates;
  std::vector<std::string> purposes;  // dotted OIDs; the certificate has at least one of them
  std::shared_ptr<RevocationCheck> revocation;  // never null
  bool allow_unknown_revocation = false;
};

// Call again on a task of RevocationCheck::post().
struct NeedsRevocationList {};
struct Renewable {
  std::string template_name;  // as the service names it
};
using ForeignAnswer = std::variant<Renewable, Denied, NeedsRevocationList>;

// `certificate` is in its validity, and its signature is verified; `fields` are its own.
[[nodiscard]] ForeignAnswer check_foreign_certificate(const crypto::Certificate& certificate,
                                                      const crypto::CertificateFields& fields,
                                                      const ForeignRules& rules, Timestamp now,
                                                      bool may_wait);

}  // namespace certconnector::enrollment
