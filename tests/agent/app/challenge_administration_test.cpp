#include "agent/app/challenge_administration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/app/errors.h"
#include "agent/enrollment/one_time_password.h"
#include "tests/agent/config/reading.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CapturingLogger;
using certconnector::testing::FakeChallengeLedger;
using certconnector::testing::FakeClock;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kChallengeServices =
    "[http]\nlisten = 127.0.0.1:0\n"
    "[template.device]\n[template.vpn]\n"
    "[scep.phones]\ntemplate = device\npassword_max = 3\npassword_validity = 2h\n"
    "password_length = 20\n"
    "[scep.lab]\npath = /lab\ntemplate = device\nchallenge = static\nchallenge_file = /secret\n";

class ChallengeAdministrationTest : public ::testing::Test {
 protected:
  ChallengeAdministrationTest() {
    auto reading = config::read(kChallengeServices);
    EXPECT_THAT(reading.problems, IsEmpty());
    settings_ = std::move(*reading.settings);
  }
  Result<control::MadeChallenge> make(const control::NewChallenge& wanted) {
    return book_.make_challenge(wanted, "alice");
  }

  config::Settings settings_;
  FakeChallengeLedger ledger_;
  FakeClock clock_;
  CapturingLogger logger_;
  ChallengeAdministration book_{ledger_, [this] { return settings_; }, clock_, logger_};
};

TEST_F(ChallengeAdministrationTest, MakesAPasswordAsItsSectionSays) {
  const auto made = make({"phones", "4711", "vpn", "CN=Phone 7", {}});
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_THAT(made->password, SizeIs(20));
  EXPECT_EQ(made->valid_until, FakeClock::kStart + std::chrono::hours(2));
  EXPECT_EQ(ledger_.last_max_open, 3U);
  const auto& kept = ledger_.passwords.at(enrollment::password_digest(made->password)).challenge;
  EXPECT_EQ(kept.id, made->id);
  EXPECT_EQ(kept.service, "phones");
  EXPECT_EQ(kept.device, "4711");
  EXPECT_EQ(kept.template_name, "vpn");
  EXPECT_EQ(kept.subject, "CN=Phone 7");
  EXPECT_EQ(kept.made_by, "alice");
  EXPECT_EQ(kept.made_at, FakeClock::kStart);
  EXPECT_EQ(kept.valid_until, made->valid_until);
}

// A service may name templates of another CA, such as those of an NDES.
TEST_F(ChallengeAdministrationTest, AServicesOwnTemplatesNeedNotBeTheAgents) {
  settings_.scep.front().template_name.clear();
  settings_.scep.front().signature_template = "CorporateDevice";
  const auto made = make({"phones", "", "CorporateDevice", {}, {}});
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(ledger_.passwords.begin()->second.challenge.template_name, "CorporateDevice");
  EXPECT_FALSE(make({"phones", "", "CorporateServer", {}, {}}).ok());
  EXPECT_FALSE(make({"phones", "", "", {}, {}}).ok());
}

TEST_F(ChallengeAdministrationTest, NamesAreKeptBesideASubjectAlone) {
  using crypto::GeneralName;
  using crypto::GeneralNameKind;
  const GeneralName dns{GeneralNameKind::dns, "phone7.example"};
  const GeneralName sid{GeneralNameKind::uri, "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-4"};
  const auto made = make({"phones", "", {}, "CN=Phone 7", {}, {dns}});
  ASSERT_TRUE(made.ok()) << made.error().message();
  const auto& kept = ledger_.passwords.at(enrollment::password_digest(made->password)).challenge;
  EXPECT_THAT(kept.subject_alt_names, ::testing::ElementsAre(dns));
  EXPECT_TRUE(make({"phones", "", {}, "", {}, {dns}}).ok()) << "a subject may be empty";
  const auto without = make({"phones", "", {}, {}, {}, {dns}});
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().code(), error_code(AppErrc::bad_subject));
  EXPECT_THAT(without.error().message(), ::testing::HasSubstr("give --subject as well"));
  const auto account = make({"phones", "", {}, "CN=Phone 7", {}, {sid}});
  ASSERT_FALSE(account.ok());
  EXPECT_THAT(account.error().message(), ::testing::HasSubstr("use a signed challenge"));
  EXPECT_THAT(ledger_.passwords, SizeIs(2));
}

TEST_F(ChallengeAdministrationTest, MakesNoneForANameThatNobodyIsIssued) {
  const auto code = [&](const std::string& subject, std::vector<crypto::GeneralName> names) {
    control::NewChallenge wanted;
    wanted.service = "phones";
    wanted.subject = subject;
    wanted.subject_alt_names = std::move(names);
    const auto made = make(wanted);
    return made.ok() ? std::string("made") : std::string(made.error().code().name);
  };
  EXPECT_EQ(code("CN=phone,C=DE", {{crypto::GeneralNameKind::dns, "a.example"}}), "made");
  EXPECT_EQ(code("C=DEU", {}), "unissuable_name");
  EXPECT_EQ(code("CN=" + std::string(65, 'x'), {}), "unissuable_name");
  EXPECT_EQ(code("CN=phone", {{crypto::GeneralNameKind::dns, "a..b"}}), "unissuable_name");
}

TEST_F(ChallengeAdministrationTest, LogsWhoMadeWhichAndNoPassword) {
  const auto made = make({"phones", "4711", {}, {}, std::chrono::minutes(5)});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->valid_until, FakeClock::kStart + std::chrono::minutes(5));
  const auto records = logger_.records("challenge.made");
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].field("challenge"), made->id);
  EXPECT_EQ(records[0].field("who"), "alice");
  EXPECT_THAT(records[0].message, ::testing::Not(::testing::HasSubstr("person")))
      << "an NDES has them made as well";
  EXPECT_FALSE(logger_.contains(made->password));
}

TEST_F(ChallengeAdministrationTest, RefusesWhatTheConfigurationDoesNotAllow) {
  struct Row {
    control::NewChallenge wanted;
    AppErrc errc;
  };
  const std::chrono::hours month{24 * 30};
  const Row rows[] = {
      {{"tablets", "", {}, {}, {}}, AppErrc::unknown_service},
      {{"lab", "", {}, {}, {}}, AppErrc::no_one_time_service},
      {{"phones", "", "none", {}, {}}, AppErrc::unknown_template},
      {{"phones", "", {}, "Phone 7", {}}, AppErrc::bad_subject},
      {{"phones", "", {}, {}, std::chrono::seconds(59)}, AppErrc::bad_validity},
      {{"phones", "", {}, {}, month + std::chrono::seconds(1)}, AppErrc::bad_validity},
  };
  for (const Row& row : rows) {
    const auto made = make(row.wanted);
    ASSERT_FALSE(made.ok()) << error_code(row.errc).name;
    EXPECT_EQ(made.error().code(), error_code(row.errc)) << made.error().message();
  }
  EXPECT_THAT(ledger_.passwords, IsEmpty());
  ledger_.is_full = true;
  const auto made = make({"phones", "", {}, {}, {}});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), error_code(AppErrc::too_many_challenges));
  EXPECT_THAT(made.error().message(), ::testing::HasSubstr("3 open"));
  EXPECT_THAT(made.error().message(), ::testing::HasSubstr("password_max")) << "what to set";
}

TEST_F(ChallengeAdministrationTest, WithdrawsPasswordsAndSignedChallenges) {
  const auto made = make({"phones", "", {}, {}, {}});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*book_.revoke_challenge(made->id, "bob"), core::ChallengeState::open);
  EXPECT_EQ(*book_.revoke_challenge("key-1:17", "bob"), std::nullopt);
  ASSERT_THAT(ledger_.revoked, SizeIs(1));
  EXPECT_EQ(ledger_.revoked[0].revoked_by, "bob");
  EXPECT_GT(ledger_.revoked[0].forget_at, FakeClock::kStart + std::chrono::hours(24 * 366));
  EXPECT_EQ(logger_.count("challenge.revoked"), 2U);
  const std::string endless = "key:" + std::string(128, '1');
  for (const std::string& id : {std::string("otp-0"), std::string(":1"), std::string("key:"),
                                std::string("key:a b"), endless, std::string()}) {
    const auto revoked = book_.revoke_challenge(id, "bob");
    ASSERT_FALSE(revoked.ok()) << id;
    EXPECT_EQ(revoked.error().code(), error_code(AppErrc::no_such_challenge)) << id;
  }
}

// The endpoint chooses the ids of its challenges freely.
TEST_F(ChallengeAdministrationTest, WithdrawsAnyIdWhereAServiceAsksTheEndpoint) {
  settings_.scep.front().challenge = config::ScepChallenge::asked_of_endpoint;
  for (const std::string& id :
       {std::string("9f3c2d"), std::string("a.b_c-d"), std::string(":1"), std::string(128, '1')}) {
    const auto revoked = book_.revoke_challenge(id, "bob");
    ASSERT_TRUE(revoked.ok()) << id << ": " << revoked.error().message();
    EXPECT_EQ(*revoked, std::nullopt);
  }
  EXPECT_THAT(ledger_.revoked, SizeIs(4));
  for (const std::string& id :
       {std::string("a b"), std::string("a/b"), std::string(129, '1'), std::string()}) {
    const auto revoked = book_.revoke_challenge(id, "bob");
    ASSERT_FALSE(revoked.ok()) << id;
    EXPECT_EQ(revoked.error().code(), error_code(AppErrc::no_such_challenge)) << id;
  }
}

TEST_F(ChallengeAdministrationTest, ListsAServiceOrAll) {
  ASSERT_TRUE(make({"phones", "", {}, {}, {}}).ok());
  ledger_.revoked.push_back({"key:1", FakeClock::kStart, "bob", FakeClock::kStart});
  EXPECT_THAT(book_.challenges({})->passwords, SizeIs(1));
  EXPECT_THAT(book_.challenges({})->revoked, SizeIs(1));
  EXPECT_THAT(book_.challenges("phones")->passwords, SizeIs(1));
  EXPECT_THAT(book_.challenges("phones")->revoked, IsEmpty());
  EXPECT_THAT(book_.challenges("lab")->passwords, IsEmpty());
  EXPECT_EQ(book_.challenges("none").error().code(), error_code(AppErrc::unknown_service));
}

}  // namespace
}  // namespace certconnector::app
