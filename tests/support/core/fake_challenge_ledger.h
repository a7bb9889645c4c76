// A challenge ledger in memory, whose states a test sets.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/core/ports/challenge_ledger.h"

namespace certconnector::testing {

class FakeChallengeLedger final : public core::ChallengeLedger {
 public:
  std::map<crypto::Sha256, core::PasswordRecord> passwords;  // by digest
  std::vector<core::RevokedChallenge> revoked;
  std::vector<Timestamp> purges;
  std::size_t last_max_open = 0;
  bool is_full = false;
  std::optional<Error> failure;  // when set, every call fails with it

  Result<core::PasswordAdded> add(const core::PasswordChallenge& challenge,
                                  const crypto::Sha256& password_sha256,
                                  std::size_t max_open) override;
  Result<std::optional<core::PasswordRecord>> find(const std::string& service,
                                                   const crypto::Sha256& password_sha256,
                                                   Timestamp now) override;
  Result<std::vector<core::PasswordRecord>> list(const std::optional<std::string>& service,
                                                 Timestamp now) override;
  Result<std::optional<core::ChallengeState>> revoke_password(const std::string& id,
                                                              const std::string& who,
                                                              Timestamp now) override;
  Status revoke(const core::RevokedChallenge& challenge) override;
  Result<bool> is_revoked(const std::string& id) override;
  Result<std::vector<core::RevokedChallenge>> revocations() override;
  Result<std::uint64_t> purge_challenges(Timestamp before, std::size_t max) override;
};

}  // namespace certconnector::testing
