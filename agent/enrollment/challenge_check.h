// The challenge-check port: whether the challenge password of a SCEP request lets the request
// through, and for what.
//
// A check changes nothing. The ledger lets one challenge give one certificate, by the
// authorization's id. A renewal that the old certificate signs has no challenge and does not come
// here.
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

// The check compared the request with the whole challenge. `expected` and `sid` go into the job.
// The agent compares the job again before a CA sees it.
struct ChallengeAuthorization {
  std::string id;      // names the challenge in ledgers and logs: 1 to 128 of [A-Za-z0-9._:-]; no
                       // secret
  std::string device;  // the issuer's name for the device, at most 128 octets; may be empty
  std::optional<std::string> template_name;  // nothing: the service's own
  core::ExpectedContent expected;
  std::optional<std::string> sid;
  Timestamp not_after;  // the challenge ends: a ledger may forget it
  bool single_use = true;
};

// No answer holds the password.
using CheckAnswer = std::variant<ChallengeAuthorization, Denied, Unavailable>;

// Thread-safe.
class ChallengeCheck {
 public:
  virtual ~ChallengeCheck() = default;

  // Whether check() may wait for somebody else's answer. It then belongs on a thread that may wait.
  [[nodiscard]] virtual bool waits(const ChallengeQuery& /*query*/) const { return false; }
  // `now` is the wall clock's.
  [[nodiscard]] virtual CheckAnswer check(const ChallengeQuery& query, Timestamp now) const = 0;
};

}  // namespace certconnector::enrollment
