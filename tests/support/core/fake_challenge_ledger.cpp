#include "tests/support/core/fake_challenge_ledger.h"

#include <algorithm>

#include "agent/enrollment/rules/challenge_rules.h"

namespace certconnector::testing {

Result<core::PasswordRecord> FakeChallengeLedger::seen(const core::PasswordRecord& record,
                                                       Timestamp now) {
  core::PasswordRecord shown = record;
  if (record.state != core::ChallengeState::open) return shown;
  auto use = enrollment::ChallengeUse::free;
  if (enrollments_ != nullptr) {
    CC_TRY_ASSIGN(use, enrollment::use_of(record.challenge.id, *enrollments_));
  }
  shown.state = enrollment::state_of(record.revoked_at.has_value(), use,
                                     enrollment::is_in_time(record.challenge.valid_until, now));
  return shown;
}

Result<bool> FakeChallengeLedger::is_held(const std::string& id) {
  if (enrollments_ == nullptr) return false;
  CC_TRY_ASSIGN(const auto holder, enrollments_->holder(id));
  return holder.has_value();
}

Result<core::PasswordAdded> FakeChallengeLedger::add(const core::PasswordChallenge& challenge,
                                                     const crypto::Sha256& password_sha256,
                                                     std::size_t max_open) {
  if (failure) return *failure;
  last_max_open = max_open;
  if (is_full) return core::PasswordAdded::too_many_open;
  std::size_t open = 0;
  for (const auto& [digest, record] : passwords) {
    if (record.challenge.service != challenge.service) continue;
    CC_TRY_ASSIGN(const core::PasswordRecord shown, seen(record, challenge.made_at));
    if (shown.state == core::ChallengeState::open) ++open;
  }
  if (max_open > 0 && open >= max_open) return core::PasswordAdded::too_many_open;
  passwords[password_sha256] = {challenge, core::ChallengeState::open, {}, {}};
  return core::PasswordAdded::added;
}

Result<std::optional<core::PasswordRecord>> FakeChallengeLedger::find(
    const std::string& service, const crypto::Sha256& password_sha256, Timestamp now) {
  if (failure) return *failure;
  const auto found = passwords.find(password_sha256);
  if (found == passwords.end() || found->second.challenge.service != service) {
    return std::optional<core::PasswordRecord>();
  }
  CC_TRY_ASSIGN(auto record, seen(found->second, now));
  return std::make_optional(std::move(record));
}

Result<std::vector<core::PasswordRecord>> FakeChallengeLedger::list(
    const std::optional<std::string>& service, Timestamp now) {
  if (failure) return *failure;
  std::vector<core::PasswordRecord> all;
  for (const auto& [digest, record] : passwords) {
    if (service && record.challenge.service != *service) continue;
    CC_TRY_ASSIGN(auto shown, seen(record, now));
    all.push_back(std::move(shown));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    if (a.challenge.made_at != b.challenge.made_at) {
      return a.challenge.made_at > b.challenge.made_at;
    }
    return a.challenge.id < b.challenge.id;
  });
  if (all.size() > kMaxListed) all.resize(kMaxListed);
  return all;
}

Result<std::optional<core::ChallengeState>> FakeChallengeLedger::revoke_password(
    const std::string& id, const std::string& who, Timestamp now) {
  if (failure) return *failure;
  for (auto& [digest, record] : passwords) {
    if (record.challenge.id != id) continue;
    CC_TRY_ASSIGN(const core::PasswordRecord before, seen(record, now));
    if (!record.revoked_at) {
      record.revoked_at = now;
      record.revoked_by = who;
    }
    return std::make_optional(before.state);
  }
  return std::optional<core::ChallengeState>();
}

Status FakeChallengeLedger::revoke(const core::RevokedChallenge& challenge) {
  if (failure) return *failure;
  CC_TRY_ASSIGN(const bool known, is_revoked(challenge.id));
  if (!known) revoked.push_back(challenge);
  return {};
}

Result<bool> FakeChallengeLedger::is_revoked(const std::string& id) {
  if (failure) return *failure;
  return std::any_of(revoked.begin(), revoked.end(),
                     [&](const core::RevokedChallenge& one) { return one.id == id; });
}

Result<std::vector<core::RevokedChallenge>> FakeChallengeLedger::revocations() {
  if (failure) return *failure;
  std::vector<core::RevokedChallenge> all = revoked;
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.revoked_at != b.revoked_at ? a.revoked_at > b.revoked_at : a.id < b.id;
  });
  if (all.size() > kMaxListed) all.resize(kMaxListed);
  return all;
}

Result<std::uint64_t> FakeChallengeLedger::purge_challenges(Timestamp before, std::size_t max) {
  if (failure) return *failure;
  purges.push_back(before);
  std::uint64_t forgotten = 0;
  for (auto place = passwords.begin(); place != passwords.end() && forgotten < max;) {
    CC_TRY_ASSIGN(const bool held, is_held(place->second.challenge.id));
    const bool may =
        enrollment::may_forget_password(place->second.challenge.valid_until, held, before);
    place = may ? passwords.erase(place) : std::next(place);
    if (may) ++forgotten;
  }
  std::uint64_t revocations = 0;
  for (auto place = revoked.begin(); place != revoked.end() && revocations < max;) {
    const bool may = enrollment::may_forget_revocation(place->forget_at, before);
    place = may ? revoked.erase(place) : std::next(place);
    if (may) ++revocations;
  }
  return forgotten + revocations;
}

}  // namespace certconnector::testing
