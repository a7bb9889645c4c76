#include <filesystem>

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/sqlite_challenge_ledger.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "agent/store/sqlite/statement.h"
#include "common/text/hex.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::ChallengeState;
using core::PasswordAdded;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

core::PasswordChallenge password(const std::string& id, Timestamp made = at(0)) {
  core::PasswordChallenge challenge;
  challenge.id = id;
  challenge.service = "phones";
  challenge.device = "device-7";
  challenge.template_name = "device";
  challenge.subject = "CN=Phone 7";
  challenge.made_by = "alice";
  challenge.made_at = made;
  challenge.valid_until = made + std::chrono::seconds(100);
  return challenge;
}

crypto::Sha256 digest_of(const std::string& id) {
  return crypto::sha256(as_bytes("secret of " + id));
}

class ChallengeLedgerTest : public QueueTest {
 protected:
  PasswordAdded add(const core::PasswordChallenge& challenge, std::size_t max_open = 0) {
    const auto added = stores_->challenges.add(challenge, digest_of(challenge.id), max_open);
    EXPECT_TRUE(added.ok()) << added.error().message();
    return added.ok() ? *added : PasswordAdded::too_many_open;
  }
  std::optional<core::PasswordRecord> find(const std::string& id, Timestamp now = at(1)) {
    const auto found = stores_->challenges.find("phones", digest_of(id), now);
    EXPECT_TRUE(found.ok());
    return *found;
  }
  ChallengeState state_of(const std::string& id, Timestamp now = at(1)) {
    return find(id, now)->state;
  }
  std::optional<ChallengeState> revoke(const std::string& id, Timestamp now = at(1)) {
    const auto before = stores_->challenges.revoke_password(id, "bob", now);
    EXPECT_TRUE(before.ok());
    return *before;
  }
  std::uint64_t purge(Timestamp before) {
    const auto purged = stores_->challenges.purge_challenges(before, 10);
    EXPECT_TRUE(purged.ok());
    return *purged;
  }
  // An enrollment on the password; its ticket.
  core::JobTicket begin(const std::string& id, const std::string& job) {
    core::NewEnrollment wanted;
    wanted.key = {"phones", "transaction of " + job, {}};
    wanted.right = crypto::sha256(as_bytes(id));
    wanted.challenge = id;
    wanted.remember_until = at(100);
    wanted.job = issue_job(job);
    wanted.job.job.key.source = core::JobSource::scep;
    wanted.job.job.key.instance = "phones";
    const auto answers = stores_->enrollments.begin({wanted}, at(1));
    EXPECT_TRUE(answers.ok());
    return std::get<core::EnrollmentStanding>(answers->front()).ticket;
  }
  // Changes the closed file, and opens it again.
  void in_file(const Schema& schema, const std::string& sql) {
    close();
    {
      DatabaseOptions options;
      options.path = file("agent.db");
      options.role = agent_role();
      auto database = open_writer(options, schema);
      ASSERT_TRUE(database.ok()) << database.error().message();
      ASSERT_TRUE(database->execute(sql.c_str()).ok());
    }
    reopen();
  }
  void end(core::Outcome outcome) { settle(claim_one(), core::Finish{std::move(outcome)}); }
};

TEST_F(ChallengeLedgerTest, NamesAreKeptWithTheSubject) {
  using crypto::GeneralName;
  using crypto::GeneralNameKind;
  core::PasswordChallenge named = password("otp-1");
  named.subject_alt_names = {{GeneralNameKind::dns, "phone.example"},
                             {GeneralNameKind::upn, "alice@example.com"}};
  add(named);
  add(password("otp-2"));
  named.id = "otp-3";
  named.subject_alt_names.assign(2000, {GeneralNameKind::dns, "phone.example"});
  EXPECT_FALSE(stores_->challenges.add(named, digest_of("otp-3"), 0).ok());
  reopen();
  EXPECT_THAT(find("otp-1")->challenge.subject_alt_names,
              ElementsAre(GeneralName{GeneralNameKind::dns, "phone.example"},
                          GeneralName{GeneralNameKind::upn, "alice@example.com"}));
  EXPECT_THAT(find("otp-2")->challenge.subject_alt_names, IsEmpty());
  in_file(agent_schema(), "UPDATE challenge_password SET names = x'0102' WHERE id = 'otp-1'");
  const auto damaged = stores_->challenges.find("phones", digest_of("otp-1"), at(1));
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().kind(), ErrorKind::corrupt);
}

TEST_F(ChallengeLedgerTest, APasswordIsFoundByItsDigestAndService) {
  EXPECT_EQ(add(password("otp-1")), PasswordAdded::added);
  reopen();
  const auto found = find("otp-1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->challenge.id, "otp-1");
  EXPECT_EQ(found->challenge.device, "device-7");
  EXPECT_EQ(found->challenge.template_name, "device");
  EXPECT_EQ(found->challenge.subject, "CN=Phone 7");
  EXPECT_EQ(found->challenge.made_by, "alice");
  EXPECT_EQ(found->challenge.made_at, at(0));
  EXPECT_EQ(found->challenge.valid_until, at(100));
  EXPECT_EQ(found->state, ChallengeState::open);
  EXPECT_FALSE(find("otp-2"));
  const auto elsewhere = stores_->challenges.find("tablets", digest_of("otp-1"), at(1));
  EXPECT_FALSE(*elsewhere);
}

TEST_F(ChallengeLedgerTest, ItsStateFollowsFromTheEnrolmentThatHoldsIt) {
  add(password("otp-1"));
  EXPECT_EQ(state_of("otp-1", at(99)), ChallengeState::open);
  EXPECT_EQ(state_of("otp-1", at(100)), ChallengeState::expired);
  begin("otp-1", "job-1");
  EXPECT_EQ(state_of("otp-1"), ChallengeState::in_use);
  EXPECT_EQ(state_of("otp-1", at(100)), ChallengeState::in_use) << "it may be asked for again";
  end(core::failed(core::failure::kDeniedByCa, "no"));
  EXPECT_EQ(state_of("otp-1"), ChallengeState::open);
  EXPECT_EQ(state_of("otp-1", at(100)), ChallengeState::expired);
  const core::JobTicket ticket = begin("otp-1", "job-2");
  end(issued("cert"));
  EXPECT_EQ(state_of("otp-1", at(100)), ChallengeState::used);
  acknowledge(ticket);
  ASSERT_EQ(*store_->purge(at(100000), at(100000), 10), 1U);
  EXPECT_EQ(state_of("otp-1", at(501)), ChallengeState::used) << "as long as it is remembered";
}

TEST_F(ChallengeLedgerTest, OnlyOpenPasswordsOfTheServiceCountForTheLimit) {
  for (const char* id : {"otp-used", "otp-revoked"}) add(password(id));
  begin("otp-used", "job-1");
  revoke("otp-revoked");
  add(password("otp-old", at(-200)));
  core::PasswordChallenge elsewhere = password("otp-elsewhere");
  elsewhere.service = "tablets";
  add(elsewhere);
  EXPECT_EQ(add(password("otp-1"), 2), PasswordAdded::added);
  EXPECT_EQ(add(password("otp-2"), 2), PasswordAdded::added);
  EXPECT_EQ(add(password("otp-3"), 2), PasswordAdded::too_many_open);
  EXPECT_FALSE(find("otp-3"));
  EXPECT_EQ(add(password("otp-4"), 0), PasswordAdded::added) << "no limit";
  EXPECT_EQ(add(password("otp-5", at(100)), 2), PasswordAdded::added) << "the others have ended";
}

TEST_F(ChallengeLedgerTest, ARevokedPasswordStaysRevoked) {
  add(password("otp-1"));
  EXPECT_EQ(revoke("otp-1", at(5)), ChallengeState::open);
  EXPECT_EQ(revoke("otp-1", at(6)), ChallengeState::revoked);
  EXPECT_EQ(revoke("otp-2"), std::nullopt);
  reopen();
  const auto found = find("otp-1", at(200));
  EXPECT_EQ(found->state, ChallengeState::revoked);
  EXPECT_EQ(found->revoked_at, at(5));
  EXPECT_EQ(found->revoked_by, "bob");
}

TEST_F(ChallengeLedgerTest, ListsTheNewestFirst) {
  add(password("otp-1", at(0)));
  add(password("otp-2", at(10)));
  core::PasswordChallenge elsewhere = password("otp-3", at(5));
  elsewhere.service = "tablets";
  add(elsewhere);
  begin("otp-2", "job-1");
  const auto ids = [&](const std::optional<std::string>& service) {
    std::vector<std::string> all;
    const auto records = stores_->challenges.list(service, at(101));
    for (const auto& record : *records) {
      all.push_back(record.challenge.id + " " + std::string(core::to_string(record.state)));
    }
    return all;
  };
  EXPECT_THAT(ids({}), ElementsAre("otp-2 in_use", "otp-3 open", "otp-1 expired"));
  EXPECT_THAT(ids("phones"), ElementsAre("otp-2 in_use", "otp-1 expired"));
  EXPECT_THAT(ids("none"), IsEmpty());
}

TEST_F(ChallengeLedgerTest, AUsedPasswordIsForgottenAfterItsEnrollment) {
  add(password("otp-1"));
  add(password("otp-2"));
  const core::JobTicket ticket = begin("otp-1", "job-1");
  end(issued("cert"));
  EXPECT_EQ(purge(at(100)), 0U) << "not before the end";
  EXPECT_EQ(purge(at(101)), 1U) << "the one that nobody used";
  EXPECT_FALSE(find("otp-2"));
  acknowledge(ticket);
  ASSERT_EQ(*store_->purge(at(100000), at(100000), 10), 1U);
  EXPECT_EQ(purge(at(101)), 0U);
  ASSERT_EQ(*stores_->enrollments.purge_enrollments(at(101), 10), 1U);
  EXPECT_EQ(purge(at(101)), 1U);
  EXPECT_FALSE(find("otp-1"));
}

TEST_F(ChallengeLedgerTest, RemembersRevokedChallengesOfOthersUntilTheirEnd) {
  SqliteChallengeLedger& ledger = stores_->challenges;
  EXPECT_FALSE(*ledger.is_revoked("key:1"));
  ASSERT_TRUE(ledger.revoke({"key:1", at(1), "alice", at(100)}).ok());
  ASSERT_TRUE(ledger.revoke({"key:1", at(2), "bob", at(300)}).ok());
  ASSERT_TRUE(ledger.revoke({"key:2", at(3), "bob", at(200)}).ok());
  EXPECT_TRUE(*ledger.is_revoked("key:1"));
  EXPECT_FALSE(*ledger.is_revoked("key"));
  const auto all = *ledger.revocations();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].id, "key:2");
  EXPECT_EQ(all[1].revoked_at, at(1));
  EXPECT_EQ(all[1].revoked_by, "alice");
  EXPECT_EQ(purge(at(100)), 0U);
  EXPECT_EQ(purge(at(101)), 1U);
  EXPECT_FALSE(*ledger.is_revoked("key:1"));
  EXPECT_TRUE(*ledger.is_revoked("key:2"));
}

TEST_F(ChallengeLedgerTest, TheFileHoldsNoPassword) {
  add(password("otp-1"));
  ASSERT_TRUE(stores_->file().backup_to(file("copy.db")).ok());
  const std::string copy = certconnector::testing::read_file(file("copy.db"));
  EXPECT_THAT(copy, HasSubstr("otp-1"));
  EXPECT_THAT(copy, Not(HasSubstr("secret of")));
}

}  // namespace
}  // namespace certconnector::store
