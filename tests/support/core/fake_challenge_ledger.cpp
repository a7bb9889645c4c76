#include "tests/support/core/fake_challenge_ledger.h"

#include <algorithm>

namespace certconnector::testing {

Result<core::PasswordAdded> FakeChallengeLedger::add(const core::PasswordChallenge& challenge,
                                                     const crypto::Sha256& password_sha256,
                                                     std::size_t max_open) {
  if (failure) return *failure;
  last_max_open = max_open;
  if (is_full) return core::PasswordAdded::too_many_open;
  passwords[password_sha256] = {challenge, core::ChallengeState::open, {}, {}};
  return core::PasswordAdded::added;
}

Result<std::optional<core::PasswordRecord>> FakeChallengeLedger::find(
    const std::string& service, const crypto::Sha256& password_sha256, Timestamp) {
  if (failure) return *failure;
  const auto found = passwords.find(password_sha256);
  if (found == passwords.end() || found->second.challenge.service != service) {
    return std::optional<core::PasswordRecord>();
  }
  return std::make_optional(found->second);
}

Result<std::vector<core::PasswordRecord>> FakeChallengeLedger::list(
    const std::optional<std::string>& service, Timestamp) {
  if (failure) return *failure;
  std::vector<core::PasswordRecord> all;
  for (const auto& [digest, record] : passwords) {
    if (!service || record.challenge.service == *service) all.push_back(record);
  }
  return all;
}

Result<std::optional<core::ChallengeState>> FakeChallengeLedger::revoke_password(
    const std::string& id, const std::string& who, Timestamp now) {
  if (failure) return *failure;
  for (auto& [digest, record] : passwords) {
    if (record.challenge.id != id) continue;
    const core::ChallengeState before = record.state;
    record.state = core::ChallengeState::revoked;
    record.revoked_at = now;
    record.revoked_by = who;
    return std::make_optional(before);
  }
  return std::optional<core::ChallengeState>();
}

Status FakeChallengeLedger::revoke(const core::RevokedChallenge& challenge) {
  if (failure) return *failure;
  revoked.push_back(challenge);
  return {};
}

Result<bool> FakeChallengeLedger::is_revoked(const std::string& id) {
  if (failure) return *failure;
  return std::any_of(revoked.begin(), revoked.end(),
                     [&](const core::RevokedChallenge& one) { return one.id == id; });
}

Result<std::vector<core::RevokedChallenge>> FakeChallengeLedger::revocations() {
  if (failure) return *failure;
  return revoked;
}

Result<std::uint64_t> FakeChallengeLedger::purge_challenges(Timestamp before, std::size_t) {
  if (failure) return *failure;
  purges.push_back(before);
  return std::uint64_t{0};
}

}  // namespace certconnector::testing
