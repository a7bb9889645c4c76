// The port through which the control server makes, lists and revokes challenges. agent/app
// implements it. Called from the control server's threads; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/challenge_ledger.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

struct NewChallenge {
  std::string service;  // of its [scep.NAME] section in the configuration
  std::string device;   // may be empty
  std::optional<std::string> template_name;
  std::optional<std::string> subject;                    // RFC 4514
  std::optional<Duration> valid_for;                     // nothing: as the service's section says
  std::vector<crypto::GeneralName> subject_alt_names{};  // canonical; only beside a subject
};
struct MadeChallenge {
  std::string id;
  std::string password;  // a secret, which is nowhere else
  Timestamp valid_until;
};

struct ChallengeList {
  std::vector<core::PasswordRecord> passwords;
  std::vector<core::RevokedChallenge> revoked;  // made elsewhere; none when a service is asked for
};

class ChallengeOperations {
 public:
  virtual ~ChallengeOperations() = default;

  virtual Result<MadeChallenge> make_challenge(const NewChallenge& wanted,
                                               const std::string& who) = 0;
  virtual Result<ChallengeList> challenges(const std::optional<std::string>& service) = 0;
  // `id` is that of a password, "KEY:ID" of a signed challenge, or the endpoint's id of an endpoint
  // challenge. The agent stores only passwords: it returns the password's state before the call,
  // and nothing for the other kinds.
  virtual Result<std::optional<core::ChallengeState>> revoke_challenge(const std::string& id,
                                                                       const std::string& who) = 0;
};

}  // namespace certconnector::control
