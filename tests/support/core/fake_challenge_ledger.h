// A challenge ledger in memory that keeps the port's contract by the rules of
// agent/enrollment/rules; a test may set what is in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/enrollment/rules/enrollment_progress.h"

namespace certconnector::testing {

class FakeChallengeLedger final : public core::ChallengeLedger {
 public:
  FakeChallengeLedger() = default;  // beside no enrollments
  // `enrollments` outlives the ledger.
  explicit FakeChallengeLedger(enrollment::EnrollmentRows& enrollments)
      : enrollments_(&enrollments) {}

  // By digest. A state other than open is a test's own, and is not looked for.
  std::map<crypto::Sha256, core::PasswordRecord> passwords;
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

 private:
  [[nodiscard]] Result<core::PasswordRecord> seen(const core::PasswordRecord& record,
                                                  Timestamp now);
  [[nodiscard]] Result<bool> is_held(const std::string& id);

  enrollment::EnrollmentRows* enrollments_ = nullptr;
};

}  // namespace certconnector::testing
