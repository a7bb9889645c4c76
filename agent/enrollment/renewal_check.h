// Whether the certificate that signs a request gives the right to another one like it: RFC 8894
// section 2.3. It must be ours, of no template of another service, stand, and be near its end, and
// the request must say what it says. The new one holds no usage that the old one lacks.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/job.h"
#include "agent/enrollment/challenge_check.h"
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
  // Of other services and of RAs of the same CA, and not of this one: what they have brought is
  // theirs to renew, or not.
  std::vector<std::string> templates_of_others;
};

struct RenewalAuthorization {
  std::string template_name;      // of the old one; empty: not known
  core::ExpectedContent content;  // what the request has to say
  core::UsageBound at_most;       // what it may ask for, and get
  std::optional<std::string> sid;
  crypto::KeySpec least_key;  // a new key of the same kind has as many bits
};

// Not of this CA: the request is no renewal.
struct NotOurs {};
// Unavailable: the CA cannot be asked for now.
using RenewalAnswer = std::variant<RenewalAuthorization, NotOurs, Denied, Unavailable>;

// `signer` is DER, `fields` its own; it has made the message's signature. `now` is the wall
// clock's.
[[nodiscard]] RenewalAnswer check_renewal(const jobs::CaHandle& issuer, ByteView signer,
                                          const crypto::CertificateFields& fields,
                                          const RenewalRules& rules, Timestamp now);

// The same where of the CA only its certificate is known: its signature alone tells what is ours.
[[nodiscard]] RenewalAnswer check_renewal(const crypto::Certificate& ca, ByteView signer,
                                          const crypto::CertificateFields& fields,
                                          const RenewalRules& rules, Timestamp now);

}  // namespace certconnector::enrollment
