// The challenge validator port: the cloud that made a device's challenge says whether it is good,
// while the device waits.
//
// A call changes nothing at the cloud: the ledger limits a challenge to one certificate.
// Thread-safe: calls may overlap. Errors of every kind mean that the cloud gave no answer; they may
// carry Error::retry_after().
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "agent/core/job.h"
#include "common/result/result.h"
#include "common/time/stop.h"

namespace certconnector::core {

struct ChallengeQuestion {
  std::string service;         // the SCEP service, by its configured name
  std::string transaction_id;  // as the device chose it
  Bytes pkcs10;                // DER; holds the challenge, a secret
  std::string template_name;   // that would issue; may be empty
};

// A field of `expected` that is not set means none, never any.
struct ChallengeAccepted {
  std::string id;                            // 1 to 128 of [A-Za-z0-9._:-]; no secret
  std::string device;                        // at most 128 octets; may be empty
  std::optional<std::string> template_name;  // nothing: the service's own
  ExpectedContent expected;
  std::optional<std::string> sid;
  Duration good_for{0};  // how long it will be granted again
};
// Texts for a person, on one line; they may be empty.
struct ChallengeDenied {
  std::string code;  // one of failure_codes.h, or the cloud's own
  std::string message;
};
struct VerdictUnavailable {  // it is reached, and cannot tell now
  std::string message;
};
using ChallengeVerdict = std::variant<ChallengeAccepted, ChallengeDenied, VerdictUnavailable>;

class ChallengeValidator {
 public:
  virtual ~ChallengeValidator() = default;

  // Ends after `limit`, or with `stop`.
  virtual Result<ChallengeVerdict> ask(const ChallengeQuestion& question, Duration limit,
                                       const StopToken& stop) = 0;
};

}  // namespace certconnector::core
