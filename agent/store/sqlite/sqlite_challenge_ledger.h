// The challenge ledger in agent.db. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/store/sqlite/agent_database.h"

namespace certconnector::store {

class SqliteChallengeLedger final : public core::ChallengeLedger {
 public:
  // `file` outlives the ledger.
  explicit SqliteChallengeLedger(AgentDatabase& file) : file_(file) {}

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

 private:
  AgentDatabase& file_;
};

}  // namespace certconnector::store
