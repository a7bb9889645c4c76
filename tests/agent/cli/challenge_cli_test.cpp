#include <gmock/gmock.h>

#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChallengeCli : public CliTest {
 protected:
  ChallengeCli() { start_agent(); }
};

TEST_F(ChallengeCli, NewPrintsThePasswordOnce) {
  EXPECT_EQ(run({"challenge", "new", "--service", "phones", "--device", "4711", "--template", "vpn",
                 "--subject", "CN=Phone 7", "--san", "dns:phone7.example", "--san",
                 "upn:seven@example.com", "--valid", "2h"}),
            0);
  EXPECT_EQ(out_, R"(Password     Kf7wQz2mNp4tXe9v
Id           otp-5b0c91d2aa
Service      phones
Valid until  2026-01-01 01:00:00 UTC, in 1h
For one certificate. The command shows it once: the agent does not keep it.
)");
  EXPECT_EQ(err_, "");
  EXPECT_EQ(challenges_.wanted.device, "4711");
  EXPECT_EQ(challenges_.wanted.template_name, "vpn");
  EXPECT_EQ(challenges_.wanted.subject, "CN=Phone 7");
  ASSERT_EQ(challenges_.wanted.subject_alt_names.size(), 2U);
  EXPECT_EQ(challenges_.wanted.subject_alt_names[1].value, "seven@example.com");
  EXPECT_EQ(challenges_.wanted.valid_for, std::chrono::hours(2));
  EXPECT_FALSE(logger_.contains("Kf7wQz2mNp4tXe9v"));
}

TEST_F(ChallengeCli, NewIsOneLineForScripts) {
  EXPECT_EQ(run({"challenge", "new", "--service", "phones", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr(R"("password":"Kf7wQz2mNp4tXe9v")"));
  EXPECT_THAT(out_, EndsWith("}\n"));
}

TEST_F(ChallengeCli, ListIsATable) {
  challenges_.list.revoked = {{"key:1", FakeClock::kStart, "bob", FakeClock::kStart}};
  EXPECT_EQ(run({"challenge", "list"}), 0);
  EXPECT_EQ(out_,
            R"(ID              SERVICE  STATE  ENDS   DEVICE  TEMPLATE  SUBJECT     MADE BY
otp-5b0c91d2aa  phones   open   in 1h  4711    vpn       CN=Phone 7  alice

REVOKED SIGNED CHALLENGE  WHEN  BY
key:1                     now   bob
)");
  challenges_.list = {};
  EXPECT_EQ(run({"challenge", "list", "--service", "phones"}), 0);
  EXPECT_EQ(out_, "No challenge passwords.\n");
  EXPECT_THAT(challenges_.calls, ElementsAre("list all", "list phones"));
}

TEST_F(ChallengeCli, QuietIsThePasswordAlone) {
  EXPECT_EQ(run({"challenge", "new", "--service", "phones", "--quiet"}), 0);
  EXPECT_EQ(out_.find_first_of(" \n"), out_.size() - 1);
}

TEST_F(ChallengeCli, RevokeSaysWhatStays) {
  EXPECT_EQ(run({"challenge", "revoke", "otp-1"}), 0);
  EXPECT_EQ(out_, "otp-1: revoked, was open\n");
  challenges_.was = core::ChallengeState::used;
  EXPECT_EQ(run({"challenge", "revoke", "otp-1"}), 0);
  EXPECT_EQ(out_, "otp-1: revoked, was used\nIts certificate stays valid.\n");
  challenges_.was = core::ChallengeState::in_use;
  EXPECT_EQ(run({"challenge", "revoke", "otp-1"}), 0);
  EXPECT_THAT(out_, HasSubstr("certconnector jobs cancel"));
  challenges_.was.reset();
  EXPECT_EQ(run({"challenge", "revoke", "key:1", "key:2"}), 0);
  EXPECT_EQ(out_, "key:1: revoked\nkey:2: revoked\n");
}

TEST_F(ChallengeCli, UsageErrorsAskNobody) {
  EXPECT_EQ(run({"challenge", "new"}), 64);
  EXPECT_THAT(err_, HasSubstr("--service"));
  EXPECT_EQ(run({"challenge", "new", "--service", "phones", "--san", "dns:a.example"}), 64);
  EXPECT_THAT(err_, HasSubstr("--subject"));
  EXPECT_EQ(run({"challenge", "new", "--service", "phones", "--valid", "soon"}), 64);
  EXPECT_EQ(run({"challenge", "revoke"}), 64);
  EXPECT_THAT(challenges_.calls, IsEmpty());
}

}  // namespace
}  // namespace certconnector::testing
