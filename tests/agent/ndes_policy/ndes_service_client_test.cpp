#include "agent/ndes_policy/ndes_service_client.h"

#include <gtest/gtest.h>

#include "tests/agent/ndes_policy/scripted_agent.h"

namespace certconnector::ndes_policy::testing {
namespace {

namespace wire = registration_wire;

class NdesServiceClientTest : public ::testing::Test, protected ClientAndAgent {
 protected:
  Result<wire::VerifyAnswer> verify() {
    return client.verify({Bytes{0x30, 0x00}, {}, "Device", "T-1"}, stopping.token());
  }
  std::string failure_of_verify() {
    const auto answer = verify();
    return answer.ok() ? "none" : std::string(answer.error().code().name);
  }
};

TEST_F(NdesServiceClientTest, AsksInTheNewestVersion) {
  agent.answers = {json(wire::encode_verify_answer(std::nullopt))};
  const auto answer = verify();
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_TRUE(answer->verified);
  ASSERT_EQ(agent.asked.size(), 1U);
  EXPECT_EQ(agent.asked[0].method, "POST");
  EXPECT_EQ(agent.asked[0].path, "/CertificateRegistrationSvc/v2/verify");
  EXPECT_EQ(agent.asked[0].headers[0],
            (std::pair<std::string, std::string>("Content-Type", "application/json")));
  EXPECT_EQ(wire::decode_verify_request(agent.asked[0].body)->transaction_id, "T-1");
  EXPECT_EQ(agent.times[0], kDeadline);
}

TEST_F(NdesServiceClientTest, GivesADenialWithItsReason) {
  agent.answers = {json(wire::encode_verify_answer(wire::Denied{"challenge_used", -5, "Used."}))};
  const auto answer = verify();
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_FALSE(answer->verified);
  EXPECT_EQ(answer->denied.code, "challenge_used");
}

TEST_F(NdesServiceClientTest, TriesOnceMoreWithinTheOneDeadline) {
  agent.before_answer = [this] { clock.advance(std::chrono::seconds(4)); };
  agent.answers = {no_answer(), json(wire::encode_challenge_answer("abc"))};
  EXPECT_EQ(client.challenge({"Device", ""}, stopping.token()).value(), "abc");
  EXPECT_EQ(agent.times,
            (std::vector<Duration>{std::chrono::seconds(10), std::chrono::seconds(6)}));
  EXPECT_EQ(failure_of_verify(), "unreachable") << "twice without an answer";
  EXPECT_EQ(agent.asked.size(), 4U);
}

TEST_F(NdesServiceClientTest, TriesNoMoreAfterTheDeadlineOrAStop) {
  agent.before_answer = [this] { clock.advance(kDeadline); };
  EXPECT_EQ(failure_of_verify(), "unreachable");
  EXPECT_EQ(agent.asked.size(), 1U);
  agent.before_answer = [this] { stopping.request_stop(); };
  EXPECT_EQ(failure_of_verify(), "unreachable");
  EXPECT_EQ(agent.asked.size(), 2U);
}

TEST_F(NdesServiceClientTest, AnUntrustedServerIsAskedOnce) {
  agent.answers = {Error(http::HttpErrc::untrusted, ErrorKind::transient, "not trusted: expired")};
  const auto answer = verify();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().message(), "not trusted: expired");
  EXPECT_EQ(agent.asked.size(), 1U);
}

// Nothing but the agent's own answer verifies.
TEST_F(NdesServiceClientTest, FailsClosedWithACause) {
  struct Row {
    const char* name;
    Answer answer;
    const char* code;
    ErrorKind kind;
  };
  const std::string yes = wire::encode_verify_answer(std::nullopt);
  const Row rows[] = {
      {"not now", problem(503, "not_now"), "busy", ErrorKind::transient},
      {"a fault of the agent", problem(500, "x"), "busy", ErrorKind::transient},
      {"an unknown module", problem(403, "not_allowed"), "not_allowed", ErrorKind::denied},
      {"a page", response(403, "text/html", "<html>"), "not_an_agent", ErrorKind::transient},
      {"a page with 200", response(200, "text/html", yes), "not_an_agent", ErrorKind::transient},
      {"no type", response(200, "", yes), "not_an_agent", ErrorKind::transient},
      {"another status", response(201, "application/json", yes), "not_an_agent",
       ErrorKind::transient},
      {"another type with 404", response(404, "application/json", "{}"), "not_an_agent",
       ErrorKind::transient},
      {"a redirect", response(302, "", ""), "not_an_agent", ErrorKind::transient},
      {"no body", http::Response{}, "not_an_agent", ErrorKind::transient},
      {"garbage", json("true"), "not_an_agent", ErrorKind::transient},
      {"an empty object", json("{}"), "not_an_agent", ErrorKind::transient},
      {"a bad request", problem(400, "bad_request"), "refused", ErrorKind::permanent},
      {"no passwords", problem(501, "no_one_time_challenges"), "refused", ErrorKind::permanent},
      {"unknown transaction", problem(404, "unknown_transaction"), "refused", ErrorKind::permanent},
  };
  for (const Row& row : rows) {
    agent.answers = {row.answer};
    const auto answer = verify();
    ASSERT_FALSE(answer.ok()) << row.name;
    EXPECT_EQ(answer.error().code().name, row.code) << row.name;
    EXPECT_EQ(answer.error().kind(), row.kind) << row.name;
    EXPECT_FALSE(answer.error().message().empty());
  }
}

TEST_F(NdesServiceClientTest, GoesDownToAVersionThatTheAgentServes) {
  agent.answers = {problem(404, "unsupported_version", {1}),
                   json(wire::encode_verify_answer(std::nullopt)),
                   json(wire::encode_verify_answer(std::nullopt))};
  EXPECT_TRUE(verify()->verified);
  EXPECT_TRUE(verify()->verified);
  ASSERT_EQ(agent.asked.size(), 3U);
  EXPECT_EQ(agent.asked[1].path, "/CertificateRegistrationSvc/v1/verify");
  EXPECT_EQ(agent.asked[2].path, "/CertificateRegistrationSvc/v1/verify");
  EXPECT_EQ(log.count("policy.older_agent"), 1U);
}

TEST_F(NdesServiceClientTest, TheFirstAgentKnewNoVersions) {
  agent.answers = {problem(404, "not_found"),
                   json(wire::encode_notify_answer(wire::Standing::failed))};
  const wire::Notification told{"", Bytes(32, 7), "T-1", wire::Disposition::failure, -1, {}};
  EXPECT_EQ(client.notify(told, stopping.token()).value(), wire::Standing::failed);
  EXPECT_NE(agent.asked[0].body.find("challenge_sha256"), std::string::npos);
  EXPECT_EQ(agent.asked[1].body.find("challenge_sha256"), std::string::npos) << "it refuses that";
}

TEST_F(NdesServiceClientTest, SaysThatThereIsNoCommonVersion) {
  agent.answers = {problem(404, "unsupported_version", {7, 8})};
  EXPECT_EQ(failure_of_verify(), "no_version");
  agent.answers = {problem(404, "unsupported_version", {1}),
                   problem(404, "unsupported_version", {2})};
  EXPECT_EQ(failure_of_verify(), "no_version") << "it goes round in a circle";
}

}  // namespace
}  // namespace certconnector::ndes_policy::testing
