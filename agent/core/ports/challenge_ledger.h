// The challenge ledger port: one-time challenges that a person has made, each for one certificate,
// and challenges that a person has withdrawn. It lives beside the enrollments.
//
// The ledger does not keep the state of a password: the state follows from the enrollment that
// holds its id (enrollment_ledger.h). Durable when a call returns; thread-safe; errors as in
// job_store.h. Times are Clock::wall() times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/general_name.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::core {

// Does not hold the password.
struct PasswordChallenge {
  std::string id;                            // unique: 1 to 128 of [A-Za-z0-9._:-]
  std::string service;                       // the SCEP service that it is for
  std::string device;                        // may be empty
  std::optional<std::string> template_name;  // nothing: the service's own
  std::optional<std::string> subject;        // RFC 4514; nothing: any, and any names with it
  std::vector<crypto::GeneralName> subject_alt_names;  // beside a subject: these and no others
  std::string made_by;                                 // who asked for it
  Timestamp made_at;
  Timestamp valid_until;  // from then on nothing new begins with it
};

enum class ChallengeState {
  open,
  in_use,  // an enrollment is under way
  used,    // an enrollment has its certificate, or the agent cannot rule that out
  expired,
  revoked
};
[[nodiscard]] std::string_view to_string(ChallengeState state);

struct PasswordRecord {
  PasswordChallenge challenge;
  ChallengeState state = ChallengeState::open;
  std::optional<Timestamp> revoked_at;
  std::string revoked_by;
};

// A challenge that was made elsewhere, such as a signed one.
struct RevokedChallenge {
  std::string id;
  Timestamp revoked_at;
  std::string revoked_by;
  Timestamp forget_at;  // the challenge has ended by then
};

enum class PasswordAdded { added, too_many_open };

class ChallengeLedger {
 public:
  virtual ~ChallengeLedger() = default;

  // Adds a password unless `max_open` of its service are open at its made_at; 0: no limit.
  virtual Result<PasswordAdded> add(const PasswordChallenge& challenge,
                                    const crypto::Sha256& password_sha256,
                                    std::size_t max_open) = 0;
  // Nothing: the service has no such password, or it is forgotten.
  virtual Result<std::optional<PasswordRecord>> find(const std::string& service,
                                                     const crypto::Sha256& password_sha256,
                                                     Timestamp now) = 0;
  // Newest first, at most kMaxListed.
  virtual Result<std::vector<PasswordRecord>> list(const std::optional<std::string>& service,
                                                   Timestamp now) = 0;
  static constexpr std::size_t kMaxListed = 500;

  // Withdraws a password and returns its state until now; nothing: there is no such id. Its
  // certificate stays valid.
  virtual Result<std::optional<ChallengeState>> revoke_password(const std::string& id,
                                                                const std::string& who,
                                                                Timestamp now) = 0;
  // Withdraws a challenge that was made elsewhere; the first time counts.
  virtual Status revoke(const RevokedChallenge& challenge) = 0;
  virtual Result<bool> is_revoked(const std::string& id) = 0;
  // Newest first, at most kMaxListed.
  virtual Result<std::vector<RevokedChallenge>> revocations() = 0;

  // Forgets passwords that ended before, once their enrollments are forgotten as well, and
  // revocations whose forget_at is before. At most `max` of each; returns how many.
  virtual Result<std::uint64_t> purge_challenges(Timestamp before, std::size_t max) = 0;
};

}  // namespace certconnector::core
