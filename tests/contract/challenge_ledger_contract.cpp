#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {
namespace {

using core::ChallengeState;
using core::PasswordAdded;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::PasswordChallenge password(const std::string& id, Timestamp made = at(0)) {
  core::PasswordChallenge challenge;
  challenge.id = id;
  challenge.service = "phones";
  challenge.device = "device-7";
  challenge.template_name = "device";
  challenge.subject = "CN=Phone 7";
  challenge.subject_alt_names = {{crypto::GeneralNameKind::dns, "phone.example"}};
  challenge.made_by = "alice";
  challenge.made_at = made;
  challenge.valid_until = made + std::chrono::seconds(100);
  return challenge;
}

crypto::Sha256 digest_of(const std::string& id) {
  return crypto::sha256(as_bytes("secret of " + id));
}

PasswordAdded added(core::ChallengeLedger& ledger, const core::PasswordChallenge& challenge,
                    std::size_t max_open = 0) {
  return ledger.add(challenge, digest_of(challenge.id), max_open).value();
}

ChallengeState state_at(core::ChallengeLedger& ledger, const std::string& id, Timestamp now) {
  const auto found = ledger.find("phones", digest_of(id), now).value();
  EXPECT_TRUE(found) << id;
  return found ? found->state : ChallengeState::revoked;
}

TEST_P(ChallengeLedgerContract, APasswordIsFoundByItsDigestAndService) {
  EXPECT_EQ(added(ledgers_->challenges(), password("otp-1")), PasswordAdded::added);
  ledgers_->restart();
  core::ChallengeLedger& ledger = ledgers_->challenges();
  const auto found = ledger.find("phones", digest_of("otp-1"), at(1)).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->challenge.id, "otp-1");
  EXPECT_EQ(found->challenge.device, "device-7");
  EXPECT_EQ(found->challenge.template_name, "device");
  EXPECT_EQ(found->challenge.subject, "CN=Phone 7");
  EXPECT_THAT(found->challenge.subject_alt_names, SizeIs(1));
  EXPECT_EQ(found->challenge.made_by, "alice");
  EXPECT_EQ(found->challenge.made_at, at(0));
  EXPECT_EQ(found->challenge.valid_until, at(100));
  EXPECT_FALSE(found->revoked_at);
  EXPECT_FALSE(ledger.find("phones", digest_of("otp-2"), at(1)).value());
  EXPECT_FALSE(ledger.find("tablets", digest_of("otp-1"), at(1)).value());
}

// The tables of challenge_rules.h: every state of the enrollment, in and out of time, revoked or
// not.
TEST_P(ChallengeLedgerContract, ItsStateInEveryCombination) {
  struct Row {
    Before before;
    ChallengeState in_time;
    ChallengeState later;
  };
  const std::vector<Row> table{
      {Before::nothing, ChallengeState::open, ChallengeState::expired},
      {Before::under_way, ChallengeState::in_use, ChallengeState::in_use},
      {Before::failed, ChallengeState::open, ChallengeState::expired},
      {Before::succeeded, ChallengeState::used, ChallengeState::used},
      {Before::unknown, ChallengeState::used, ChallengeState::used},
      {Before::gone, ChallengeState::used, ChallengeState::used},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(static_cast<int>(row.before));
    ledgers_ = GetParam().make();
    added(ledgers_->challenges(), password("otp-1"));
    const auto make = row.before == Before::unknown ? external_request : request;
    if (row.before != Before::nothing) bring(row.before, make("otp-1", 1, "job-1"));
    ledgers_->restart();
    core::ChallengeLedger& ledger = ledgers_->challenges();
    EXPECT_EQ(state_at(ledger, "otp-1", at(99)), row.in_time);
    EXPECT_EQ(state_at(ledger, "otp-1", at(100)), row.later);
    EXPECT_EQ(ledger.list({}, at(100)).value().front().state, row.later);
    EXPECT_EQ(ledger.revoke_password("otp-1", "bob", at(50)).value(), row.in_time);
    for (const Timestamp now : {at(99), at(100)}) {
      EXPECT_EQ(state_at(ledger, "otp-1", now), ChallengeState::revoked);
    }
  }
}

TEST_P(ChallengeLedgerContract, TheFirstRevocationCounts) {
  core::ChallengeLedger& ledger = ledgers_->challenges();
  added(ledger, password("otp-1"));
  EXPECT_EQ(ledger.revoke_password("otp-1", "bob", at(5)).value(), ChallengeState::open);
  EXPECT_EQ(ledger.revoke_password("otp-1", "carol", at(6)).value(), ChallengeState::revoked);
  EXPECT_EQ(ledger.revoke_password("otp-2", "bob", at(6)).value(), std::nullopt);
  const auto found = ledger.find("phones", digest_of("otp-1"), at(200)).value();
  EXPECT_EQ(found->revoked_at, at(5));
  EXPECT_EQ(found->revoked_by, "bob");
}

TEST_P(ChallengeLedgerContract, OnlyOpenPasswordsOfTheServiceCountForTheLimit) {
  core::ChallengeLedger& ledger = ledgers_->challenges();
  for (const char* id : {"otp-used", "otp-revoked"}) added(ledger, password(id));
  begun(request("otp-used", 1, "job-1"));
  ASSERT_TRUE(ledger.revoke_password("otp-revoked", "bob", at(1)).ok());
  added(ledger, password("otp-old", at(-200)));
  core::PasswordChallenge elsewhere = password("otp-elsewhere");
  elsewhere.service = "tablets";
  added(ledger, elsewhere);
  EXPECT_EQ(added(ledger, password("otp-1"), 2), PasswordAdded::added);
  EXPECT_EQ(added(ledger, password("otp-2"), 2), PasswordAdded::added);
  EXPECT_EQ(added(ledger, password("otp-3"), 2), PasswordAdded::too_many_open);
  EXPECT_FALSE(ledger.find("phones", digest_of("otp-3"), at(1)).value());
  EXPECT_EQ(added(ledger, password("otp-4"), 0), PasswordAdded::added) << "no limit";
  EXPECT_EQ(added(ledger, password("otp-5", at(100)), 2), PasswordAdded::added)
      << "the others have ended";
}

TEST_P(ChallengeLedgerContract, ListsTheNewestFirst) {
  core::ChallengeLedger& ledger = ledgers_->challenges();
  added(ledger, password("otp-2", at(0)));
  added(ledger, password("otp-1", at(0)));
  added(ledger, password("otp-3", at(10)));
  core::PasswordChallenge elsewhere = password("otp-4", at(5));
  elsewhere.service = "tablets";
  added(ledger, elsewhere);
  const auto ids = [&](const std::optional<std::string>& service) {
    std::vector<std::string> all;
    const auto records = ledger.list(service, at(1)).value();
    for (const auto& record : records) all.push_back(record.challenge.id);
    return all;
  };
  EXPECT_THAT(ids({}), ElementsAre("otp-3", "otp-4", "otp-1", "otp-2"));
  EXPECT_THAT(ids("phones"), ElementsAre("otp-3", "otp-1", "otp-2"));
  EXPECT_THAT(ids("none"), IsEmpty());
}

TEST_P(ChallengeLedgerContract, AUsedPasswordIsForgottenAfterItsEnrollment) {
  added(ledgers_->challenges(), password("otp-1"));
  added(ledgers_->challenges(), password("otp-2"));
  core::NewEnrollment wanted = request("otp-1", 1, "job-1");
  wanted.remember_until = at(100);
  bring(Before::succeeded, wanted);
  core::ChallengeLedger& ledger = ledgers_->challenges();
  EXPECT_EQ(ledger.purge_challenges(at(100), 10).value(), 0U) << "not before the end";
  EXPECT_EQ(ledger.purge_challenges(at(101), 10).value(), 1U) << "the one that nobody used";
  EXPECT_FALSE(ledger.find("phones", digest_of("otp-2"), at(1)).value());
  forget_jobs();
  EXPECT_EQ(ledger.purge_challenges(at(101), 10).value(), 0U);
  ASSERT_EQ(ledgers_->enrollments().purge_enrollments(at(101), 10).value(), 1U);
  EXPECT_EQ(ledger.purge_challenges(at(101), 10).value(), 1U);
  EXPECT_FALSE(ledger.find("phones", digest_of("otp-1"), at(1)).value());
}

TEST_P(ChallengeLedgerContract, AFailedHolderKeepsThePasswordTooUntilItIsForgotten) {
  added(ledgers_->challenges(), password("otp-1"));
  bring(Before::failed, request("otp-1", 1, "job-1"));
  EXPECT_EQ(ledgers_->challenges().purge_challenges(at(101), 10).value(), 0U);
}

TEST_P(ChallengeLedgerContract, RemembersRevokedChallengesOfOthersUntilTheirEnd) {
  core::ChallengeLedger& ledger = ledgers_->challenges();
  EXPECT_FALSE(ledger.is_revoked("key:1").value());
  ASSERT_TRUE(ledger.revoke({"key:1", at(1), "alice", at(100)}).ok());
  ASSERT_TRUE(ledger.revoke({"key:1", at(2), "bob", at(300)}).ok());
  ASSERT_TRUE(ledger.revoke({"key:2", at(3), "bob", at(200)}).ok());
  EXPECT_TRUE(ledger.is_revoked("key:1").value());
  EXPECT_FALSE(ledger.is_revoked("key").value());
  const auto all = ledger.revocations().value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].id, "key:2");
  EXPECT_EQ(all[1].revoked_at, at(1));
  EXPECT_EQ(all[1].revoked_by, "alice");
  EXPECT_EQ(ledger.purge_challenges(at(100), 10).value(), 0U);
  EXPECT_EQ(ledger.purge_challenges(at(101), 0).value(), 0U);
  EXPECT_EQ(ledger.purge_challenges(at(101), 10).value(), 1U);
  EXPECT_FALSE(ledger.is_revoked("key:1").value());
  EXPECT_TRUE(ledger.is_revoked("key:2").value());
}

}  // namespace
}  // namespace certconnector::contract
