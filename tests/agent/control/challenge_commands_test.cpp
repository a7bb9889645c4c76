#include "agent/control/challenge_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ChallengeCommands : public testing::CommandDispatcherTest {};

TEST_F(ChallengeCommands, NewGivesThePasswordToWhoAskedAndNotToTheLog) {
  const auto made = result_of<wire::ChallengeNewResult>(
      wire::command::kChallengeNew,
      R"({"service":"phones","device":"4711","template":"vpn","subject":"CN=Phone 7",)"
      R"("subject_alt_names":["dns:phone7.example","ip:2001:DB8::0:1"],)"
      R"("valid_seconds":7200})");
  EXPECT_EQ(made.password, "Kf7wQz2mNp4tXe9v");
  EXPECT_EQ(made.id, "otp-5b0c91d2aa");
  EXPECT_EQ(made.service, "phones");
  EXPECT_EQ(made.valid_until, testing::FakeClock::kStart + std::chrono::hours(1));
  EXPECT_EQ(challenges_.wanted.device, "4711");
  EXPECT_EQ(challenges_.wanted.template_name, "vpn");
  EXPECT_EQ(challenges_.wanted.subject, "CN=Phone 7");
  EXPECT_THAT(challenges_.wanted.subject_alt_names,
              ElementsAre(crypto::GeneralName{crypto::GeneralNameKind::dns, "phone7.example"},
                          crypto::GeneralName{crypto::GeneralNameKind::ip, "2001:db8::1"}));
  EXPECT_EQ(challenges_.wanted.valid_for, std::chrono::hours(2));
  EXPECT_THAT(challenges_.calls, ElementsAre("make for phones by alice"));
  EXPECT_FALSE(logger_.contains(made.password));
  EXPECT_EQ(logger_.count("control.command"), 1U);
}

TEST_F(ChallengeCommands, ListHasTheStates) {
  challenges_.list.passwords.front().state = core::ChallengeState::in_use;
  challenges_.list.passwords.front().challenge.subject_alt_names = {
      {crypto::GeneralNameKind::upn, "alice@example.com"}};
  challenges_.list.revoked = {{"key:1", clock_.wall(), "bob", clock_.wall()}};
  const auto all = result_of<wire::ChallengesListResult>(wire::command::kChallengeList, "{}");
  ASSERT_THAT(all.challenges, SizeIs(1));
  EXPECT_EQ(all.challenges[0].state, "in_use");
  EXPECT_EQ(all.challenges[0].template_name, "vpn");
  EXPECT_EQ(all.challenges[0].made_by, "alice");
  EXPECT_THAT(all.challenges[0].subject_alt_names, ElementsAre("upn:alice@example.com"));
  EXPECT_FALSE(all.challenges[0].revoked_at);
  ASSERT_THAT(all.revoked, SizeIs(1));
  EXPECT_EQ(all.revoked[0].id, "key:1");
  ask(wire::command::kChallengeList, R"({"service":"phones"})");
  EXPECT_THAT(challenges_.calls, ElementsAre("list all", "list phones"));
}

TEST_F(ChallengeCommands, RevokeTellsWhatItWas) {
  challenges_.was = core::ChallengeState::used;
  const auto used =
      result_of<wire::ChallengeRevokedResult>(wire::command::kChallengeRevoke, R"({"id":"otp-1"})");
  EXPECT_EQ(used.was, "used");
  challenges_.was.reset();
  const auto elsewhere =
      result_of<wire::ChallengeRevokedResult>(wire::command::kChallengeRevoke, R"({"id":"key:1"})");
  EXPECT_EQ(elsewhere.was, "");
  EXPECT_THAT(challenges_.calls, ElementsAre("revoke otp-1 by alice", "revoke key:1 by alice"));
}

// A request is kept as it came, with its challenge password.
TEST_F(ChallengeCommands, JobsNeverShowTheRequest) {
  const std::string request = "request with Kf7wQz2mNp4tXe9v";
  auto job = testing::failed_job("a", 1);
  std::get<core::IssueRequest>(job.job.request).pkcs10 = as_bytes(request).to_bytes();
  store_.records = {job};
  for (const auto command :
       {wire::command::kJobsList, wire::command::kJobsShow, wire::command::kJobsExplain}) {
    const wire::Answer answer =
        ask(command, command == wire::command::kJobsList ? "{}" : R"({"id":"a"})");
    ASSERT_FALSE(answer.error) << command;
    for (const std::string& secret : {std::string("Kf7w"), text::to_base64(as_bytes(request)),
                                      text::to_hex(as_bytes(request))}) {
      EXPECT_THAT(answer.result, Not(HasSubstr(secret))) << command;
    }
  }
  EXPECT_FALSE(logger_.contains("Kf7w"));
}

TEST_F(ChallengeCommands, RefuseWhatIsNotRight) {
  struct Row {
    std::string_view command;
    std::string arguments;
    const char* code;
  };
  std::string many = R"("dns:a")";
  for (int i = 0; i < 50; ++i) many += R"(,"dns:a")";
  const Row rows[] = {
      {wire::command::kChallengeNew, "{}", "bad_arguments"},
      {wire::command::kChallengeNew, R"({"service":"phones","valid_seconds":0})", "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","valid_seconds":99999999999})",
       "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","device":"a\nb"})", "bad_value"},
      {wire::command::kChallengeNew,
       R"({"service":"phones","device":")" + std::string(129, 'x') + R"("})", "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","subject_alt_names":["phone"]})",
       "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","subject_alt_names":["ip:1.2.3"]})",
       "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","subject_alt_names":["other:3000"]})",
       "bad_value"},
      {wire::command::kChallengeNew,
       R"({"service":"phones","subject_alt_names":["dns:)" + std::string(1025, 'x') + R"("]})",
       "bad_value"},
      {wire::command::kChallengeNew, R"({"service":"phones","subject_alt_names":[)" + many + "]}",
       "bad_value"},
      {wire::command::kChallengeRevoke, "{}", "bad_arguments"},
  };
  for (const Row& row : rows) {
    const wire::Answer answer = ask(row.command, row.arguments);
    ASSERT_TRUE(answer.error) << row.arguments;
    EXPECT_EQ(answer.error->code, row.code) << row.arguments;
  }
  EXPECT_THAT(challenges_.calls, IsEmpty());
}

}  // namespace
}  // namespace certconnector::control
