#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using FaultTest = EndpointTest;

json heartbeat() {
  return {{"version", "1.0"},
          {"state", "running"},
          {"queue_depth", 0},
          {"unreported", 0},
          {"authorities", json::array()}};
}

TEST_F(FaultTest, StatusWithRetryAfter) {
  Agent agent = enroll();
  for (const int status : {429, 503}) {
    const std::string name = "status_" + std::to_string(status) + "_percent";
    set_faults({{name, 100}, {"retry_after_seconds", 7}});
    const json answer = agent.post("/heartbeat", heartbeat());
    EXPECT_EQ(agent.status(), status);
    EXPECT_EQ(agent.last().headers.at("retry-after"), "7");
    EXPECT_EQ(agent.last().headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(answer.at("status"), status);
  }
}

TEST_F(FaultTest, RedirectLeadsElsewhere) {
  Agent agent = enroll();
  set_faults({{"redirect_percent", 100}});
  agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 307);
  EXPECT_EQ(agent.last().headers.count("location"), 1U);
}

TEST_F(FaultTest, LatencyDelaysTheAnswer) {
  Agent agent = enroll();
  set_faults({{"latency_ms", 100}});
  const auto begin = std::chrono::steady_clock::now();
  agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(100));
}

TEST_F(FaultTest, ResetEndsTheConnectionBeforeAnythingIsDone) {
  queue("j1");
  Agent agent = enroll();
  set_faults({{"reset_percent", 100}});
  agent.lease(1);
  EXPECT_EQ(agent.status(), 0);
  EXPECT_EQ(summary().at("queued"), 1);
}

TEST_F(FaultTest, LostAcknowledgementMeansDoneButNotSaid) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  set_faults({{"lose_ack_percent", 100}});
  agent.report(failed_result(job));
  EXPECT_EQ(agent.status(), 0);
  EXPECT_EQ(summary().at("finished").at("failed"), 1);
  set_faults(json::object());
  EXPECT_EQ(agent.report(failed_result(job)), "duplicate");
}

TEST_F(FaultTest, TruncatedAnswerIsShorterThanItSays) {
  Agent agent = enroll();
  set_faults({{"truncate_percent", 100}});
  agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 0);
  EXPECT_FALSE(agent.last().body.empty());
  EXPECT_LT(agent.last().body.size(), std::stoul(agent.last().headers.at("content-length")));
}

TEST_F(FaultTest, MalformedAnswerIsNotJson) {
  Agent agent = enroll();
  set_faults({{"malformed_percent", 100}});
  const json answer = agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 200);
  EXPECT_TRUE(answer.is_discarded());
}

TEST_F(FaultTest, DuplicateDeliveryStaysWithTheSameAgentAndLease) {
  for (const char* id : {"j1", "j2"}) queue(id);
  Agent agent = enroll();
  Agent other = enroll();
  set_faults({{"duplicate_delivery_percent", 100}});
  const json jobs = agent.lease(1);
  ASSERT_GE(jobs.size(), 2U);
  for (const json& job : jobs) EXPECT_EQ(job, jobs.at(0));
  const json others = other.lease(1);
  ASSERT_GE(others.size(), 2U);
  for (const json& job : others) EXPECT_EQ(job.at("id"), "j2");
}

TEST_F(FaultTest, HugeHeadersAreHuge) {
  Agent agent = enroll();
  set_faults({{"huge_headers", true}});
  agent.post("/heartbeat", heartbeat());
  std::size_t size = 0;
  for (const auto& [name, value] : agent.last().headers) size += name.size() + value.size();
  EXPECT_GT(size, std::size_t{1} << 20U);
}

TEST_F(FaultTest, EndlessBodyGoesOnPastAnyLimit) {
  Agent agent = enroll();
  set_faults({{"endless_body", true}});
  const Answer answer = agent.client().send(
      TlsClient::post_octets("/management/v1/heartbeat", heartbeat().dump()), 4U << 20U);
  EXPECT_EQ(answer.status, 0);
  EXPECT_NE(answer.failure.find("body limit"), std::string::npos) << answer.failure;
}

TEST_F(FaultTest, DripSendsAnOctetAtATime) {
  Agent agent = enroll();
  set_faults({{"drip", true}});
  agent.client().send_and_hang_up(
      TlsClient::post_octets("/management/v1/heartbeat", heartbeat().dump()), [] {});
  set_faults(json::object());
  agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 200);
}

TEST_F(FaultTest, PathsLimitTheFaults) {
  Agent agent = enroll();
  set_faults({{"status_503_percent", 100}, {"paths", {"/jobs/lease"}}});
  agent.post("/heartbeat", heartbeat());
  EXPECT_EQ(agent.status(), 200);
  agent.lease(1);
  EXPECT_EQ(agent.status(), 503);
}

TEST_F(FaultTest, MisspeltFaultIsRefused) {
  const auto answer = admin().put("/faults", {{"latency", 5}});
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message().find("latency"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::endpoint::testing
