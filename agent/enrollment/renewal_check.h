// Whether the certificate that signs a request authorizes a renewal: RFC 8894 section 2.3. The
// certificate must be of this CA and no CA itself, of no template of another service, valid and
// near its end. The request must have the same content, or fewer names. The new certificate gets no
// usage that the old one lacks. foreign_certificate.h has the rules for a CA that the agent cannot
// ask.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/job.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/foreign_certificate.h"
#include "agent/jobs/ca_registry.h"
#include "common/crypto/certificate.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/key.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

struct RenewalRules {
  bool allowed = true;
  Duration window{std::chrono::hours(24 * 90)};  // before the end of the old certificate
  // Templates of other services and of RAs of the same CA, but not of this service. This service
  // does not renew their certificates.
  std::vector<std::string> templates_of_others;
  core::LineageLimits limits = {};
  // For certificates of a CA of which only the certificate is known; null: none of them renews.
  std::shared_ptr<const ForeignRules> foreign = nullptr;
};

struct RenewalAuthorization {
  std::string template_name;      // of the old one; empty: not known
  core::ExpectedContent content;  // that the request must have
  core::UsageBound at_most;       // that it may ask for, and get
  Bytes subject;                  // of the old one, DER
  std::optional<std::string> sid;
  crypto::KeySpec least_key;            // a new key of the same kind has as many bits
  core::IssuedCertificate certificate;  // the old one
  core::CaFingerprint previous_ca{};    // its CA, where that is not the issuing one
  core::LineageLimits limits;
};

// Not of this CA: the request is no renewal.
struct NotOurs {};
// Unavailable: the CA does not answer now.
using RenewalAnswer =
    std::variant<RenewalAuthorization, NotOurs, Denied, Unavailable, NeedsRevocationList>;

// `signer` is DER, `fields` are its own. It made the message's signature. `now` is the wall
// clock's.
[[nodiscard]] RenewalAnswer check_renewal(const jobs::CaHandle& issuer, ByteView signer,
                                          const crypto::CertificateFields& fields,
                                          const RenewalRules& rules, Timestamp now);

// The same when only the CA's certificate is known: its signature shows whether the CA issued it,
// and `rules.foreign` decides about the rest. Without `may_wait` it asks no server for a CRL:
// NeedsRevocationList.
[[nodiscard]] RenewalAnswer check_renewal(const crypto::Certificate& ca, ByteView signer,
                                          const crypto::CertificateFields& fields,
                                          const RenewalRules& rules, Timestamp now, bool may_wait);

}  // namespace certconnector::enrollment
