#include <future>
#include <set>

#include "tests/endpoint/digest.h"
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using std::chrono::seconds;

using LeaseTest = EndpointTest;

std::vector<std::string> ids_of(const json& jobs) {
  std::vector<std::string> ids;
  for (const json& job : jobs) ids.push_back(job.at("id"));
  return ids;
}

using Ids = std::vector<std::string>;

TEST_F(LeaseTest, JobArrivesAsItWasQueuedWithALease) {
  queue("j1", {{"correlation_id", "c-1"}, {"priority", 5}, {"deadline", "2030-01-01T00:00:00Z"}});
  Agent agent = enroll();
  const json jobs = agent.lease(10);
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].at("correlation_id"), "c-1");
  EXPECT_EQ(jobs[0].at("priority"), 5);
  EXPECT_EQ(jobs[0].at("deadline"), "2030-01-01T00:00:00Z");
  EXPECT_EQ(jobs[0].at("issue").at("template"), "device");
  EXPECT_EQ(jobs[0].at("lease").at("number"), 1);
}

TEST_F(LeaseTest, OnlyJobsOfTheAskedCaAndTypeAreGiven) {
  queue("other-ca", {{"ca", ca_of('b')}});
  queue("issue");
  queue_revocation("revoke");
  Agent agent = enroll();
  json body = Agent::lease_body(10);
  body["types"] = {"issue"};
  EXPECT_EQ(ids_of(agent.post("/jobs/lease", body).at("jobs")), Ids{"issue"});
  EXPECT_EQ(ids_of(agent.lease(10)), Ids{"revoke"});
}

TEST_F(LeaseTest, RevocationsComeFirstThenPriorityThenArrival) {
  queue("late");
  queue("urgent", {{"priority", 10}});
  queue("later");
  queue_revocation("revoke");
  Agent agent = enroll();
  EXPECT_EQ(ids_of(agent.lease(10)), (Ids{"revoke", "urgent", "late", "later"}));
}

TEST_F(LeaseTest, NoMoreThanAskedFor) {
  for (const char* id : {"j1", "j2", "j3"}) queue(id);
  Agent agent = enroll();
  EXPECT_EQ(agent.lease(2).size(), 2U);
  EXPECT_EQ(summary().at("queued"), 1);
  EXPECT_EQ(summary().at("leased"), 2);
}

TEST_F(LeaseTest, RepeatedRequestIdGivesTheSameJobs) {
  for (const char* id : {"j1", "j2", "j3"}) queue(id);
  Agent agent = enroll();
  const std::string request_id = random_uuid();
  const json first = agent.lease(2, request_id);
  const json second = agent.lease(2, request_id);
  EXPECT_EQ(first, second);
}

TEST_F(LeaseTest, RequestIdOfAnotherAgentGivesNothingOfItsJobs) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const std::string request_id = random_uuid();
  EXPECT_EQ(first.lease(1, request_id).size(), 1U);
  EXPECT_EQ(second.lease(1, request_id).size(), 0U);
}

TEST_F(LeaseTest, TwoAgentsNeverHoldTheSameJob) {
  for (int i = 0; i < 20; ++i) queue("j" + std::to_string(i));
  Agent first = enroll();
  Agent second = enroll();
  std::set<std::string> seen;
  for (int round = 0; round < 4; ++round) {
    for (Agent* agent : {&first, &second}) {
      for (const std::string& id : ids_of(agent->lease(3))) {
        EXPECT_TRUE(seen.insert(id).second) << id;
      }
    }
  }
  EXPECT_EQ(seen.size(), 20U);
}

TEST_F(LeaseTest, UnacknowledgedLeaseIsGivenAgainAfterThirtySeconds) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json job = first.lease(1).at(0);
  clock().advance(seconds(29));
  EXPECT_EQ(second.lease(1).size(), 0U);
  clock().advance(seconds(1));
  const json again = second.lease(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again.at(0).at("lease").at("number"), 2);
  EXPECT_EQ(first.acknowledge(job), "lost");
}

TEST_F(LeaseTest, LateAcknowledgementHoldsWhenNobodyElseGotTheJob) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json job = first.lease(1).at(0);
  clock().advance(seconds(60));
  EXPECT_EQ(first.acknowledge(job), "held");
  EXPECT_EQ(second.lease(1).size(), 0U);
}

TEST_F(LeaseTest, AcknowledgedLeaseEndsAtItsTime) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json job = first.lease(1).at(0);
  EXPECT_EQ(first.acknowledge(job), "held");
  clock().advance(seconds(299));
  EXPECT_EQ(second.lease(1).size(), 0U);
  clock().advance(seconds(1));
  EXPECT_EQ(second.lease(1).at(0).at("lease").at("number"), 2);
  EXPECT_EQ(first.extend(job, 300), "lost");
}

TEST_F(LeaseTest, ExtendMovesTheEndOfTheLease) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json job = first.lease(1).at(0);
  ASSERT_EQ(first.acknowledge(job), "held");
  clock().advance(seconds(200));
  EXPECT_EQ(first.extend(job, 300), "held");
  clock().advance(seconds(299));
  EXPECT_EQ(second.lease(1).size(), 0U);
  EXPECT_EQ(first.extend(job, 300), "held");
}

TEST_F(LeaseTest, LeaseOfAnotherAgentCanBeNeitherAcknowledgedNorExtended) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json job = first.lease(1).at(0);
  EXPECT_EQ(second.acknowledge(job), "lost");
  EXPECT_EQ(second.extend(job, 300), "lost");
  EXPECT_EQ(first.acknowledge(job), "held");
}

TEST_F(LeaseTest, FinishedJobIsHeldByNobody) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  ASSERT_EQ(agent.report(failed_result(job)), "accepted");
  EXPECT_EQ(agent.extend(job, 300), "lost");
}

struct BadLease {
  const char* member;
  json value;
};

TEST_F(LeaseTest, BadRequestsAreRefusedByNameOfTheMember) {
  Agent agent = enroll();
  const std::vector<BadLease> rows{{"request_id", "short"}, {"max_jobs", 0},
                                   {"max_jobs", 501},       {"max_jobs", 1.5},
                                   {"wait_seconds", 31},    {"wait_seconds", -1},
                                   {"lease_seconds", 9},    {"lease_seconds", 3601},
                                   {"authorities", "a"},    {"authorities", json::array({"xyz"})},
                                   {"types", nullptr}};
  for (const BadLease& row : rows) {
    json body = Agent::lease_body(1);
    body[row.member] = row.value;
    const json answer = agent.post("/jobs/lease", body);
    EXPECT_EQ(agent.status(), 400) << row.member << " = " << row.value;
    EXPECT_NE(answer.value("detail", "").find(row.member), std::string::npos) << row.member;
  }
}

TEST_F(LeaseTest, LongPollEndsWhenAJobArrives) {
  Agent agent = enroll();
  auto answer = std::async(std::launch::async, [&] {
    json body = Agent::lease_body(1);
    body["wait_seconds"] = 30;
    return agent.post("/jobs/lease", body);
  });
  ASSERT_TRUE(becomes("waiting_polls", 1));
  queue("j1");
  EXPECT_EQ(ids_of(answer.get().at("jobs")), Ids{"j1"});
}

TEST_F(LeaseTest, LongPollDoesNotHoldUpOthers) {
  Agent waiting = enroll();
  Agent working = enroll();
  auto answer = std::async(std::launch::async, [&] {
    json body = Agent::lease_body(1);
    body["wait_seconds"] = 30;
    body["authorities"] = {ca_of('b')};
    return waiting.post("/jobs/lease", body);
  });
  ASSERT_TRUE(becomes("waiting_polls", 1));
  queue("j1");
  EXPECT_EQ(working.lease(1).size(), 1U);
  EXPECT_EQ(summary().at("waiting_polls"), 1);
  stop();  // answers the one that waits
  EXPECT_EQ(answer.get().at("jobs").size(), 0U);
}

TEST_F(LeaseTest, ClientThatHangsUpWhileItWaitsGetsNoJob) {
  Agent gone = enroll();
  json body = Agent::lease_body(1);
  body["wait_seconds"] = 30;
  gone.client().send_and_hang_up(TlsClient::post_octets("/management/v1/jobs/lease", body.dump()),
                                 [&] { EXPECT_TRUE(becomes("waiting_polls", 1)); });
  ASSERT_TRUE(becomes("waiting_polls", 0));
  queue("j1");
  EXPECT_EQ(summary().at("queued"), 1);
}

TEST_F(LeaseTest, ReplacedJobIsGivenWithItsNewContent) {
  queue("j1");
  Agent agent = enroll();
  const json before = agent.lease(1).at(0);
  json changed = before;
  changed.erase("lease");
  changed["priority"] = 3;
  ASSERT_FALSE(admin().post("/jobs", {{"jobs", {changed}}}).ok());
  ASSERT_TRUE(admin().post("/jobs", {{"jobs", {changed}}, {"replace", true}}).ok());
  const json after = agent.lease(1).at(0);
  EXPECT_EQ(after.at("priority"), 3);
  EXPECT_EQ(after.at("lease").at("number"), 2);
}

TEST_F(LeaseTest, RawJobGoesOutAsItIs) {
  const json raw{{"id", "raw"},
                 {"type", "issue"},
                 {"ca", ca_of('a')},
                 {"text", R"({"id":"raw","id":"twice"})"}};
  ASSERT_TRUE(admin().post("/jobs", {{"raw_jobs", {raw}}}).ok());
  Agent agent = enroll();
  agent.lease(1);
  EXPECT_NE(agent.last().body.find(R"({"id":"raw","id":"twice","lease":{)"), std::string::npos);
}

TEST_F(LeaseTest, UncheckedJobIsRoutedByWhatTheAdministratorSays) {
  const json job{{"id", "odd"}, {"type", "bake"}, {"ca", 7}};
  ASSERT_TRUE(admin()
                  .post("/jobs", {{"jobs", {job}},
                                  {"unchecked", true},
                                  {"deliver_type", "revoke"},
                                  {"deliver_ca", ca_of('a')}})
                  .ok());
  Agent agent = enroll();
  const json given = agent.lease(1).at(0);
  EXPECT_EQ(given.at("type"), "bake");
  json result = failed_result(given);
  result["type"] = "issue";
  result.erase("ca");
  EXPECT_EQ(agent.report(result), "accepted");
}

}  // namespace
}  // namespace certconnector::endpoint::testing
