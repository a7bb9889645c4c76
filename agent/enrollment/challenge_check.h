// The challenge-check port: whether the challenge password of a SCEP request lets the request
// through, and for what.
//
// A check changes nothing: to let one challenge give one certificate is the ledger's work, by the
// authorization's id. A renewal that is signed with the certificate it renews has no challenge and
// is not brought here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/core/job.h"
#include "agent/enrollment/denied.h"
#include "common/crypto/pkcs10.h"
#include "common/time/clock.h"

namespace certconnector::enrollment {

// Views need to live only as long as the call.
struct ChallengeQuery {
  std::string_view service;   // the SCEP service that was addressed
  std::string_view password;  // as the request carries it; empty: none. A secret.
  const crypto::Pkcs10& request;
  std::string_view transaction_id = {};
  std::string_view template_name =
      {};  // that would issue, unless the authorization names one; may be empty
};

// The request has been compared with all that the challenge says; `expected` and `sid` go into the
// job, which is compared again before a CA sees it.
struct ChallengeAuthorization {
  std::string id;      // names the challenge in ledgers and logs: 1 to 128 of [A-Za-z0-9._:-]; no
                       // secret
  std::string device;  // the issuer's name for the device, at most 128 octets; may be empty
  std::optional<std::string> template_name;  // nothing: the service's own
  core::ExpectedContent expected;
  std::optional<std::string> sid;
  Timestamp not_after;  // from then on the challenge is refused: a ledger may forget it
  bool single_use = true;
};

// No answer holds the password.
using CheckAnswer = std::variant<ChallengeAuthorization, Denied, Unavailable>;

// Thread-safe.
class ChallengeCheck {
 public:
  virtual ~ChallengeCheck() = default;

  // Whether check() may wait for somebody else's answer: it belongs on a thread that may wait.
  [[nodiscard]] virtual bool waits(const ChallengeQuery& /*query*/) const { return false; }
  // `now` is the wall clock's.
  [[nodiscard]] virtual CheckAnswer check(const ChallengeQuery& query, Timestamp now) const = 0;
};

}  // namespace certconnector::enrollment
