#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

using ResultTest = EndpointTest;

// Any certificate will do for an issued result; the endpoint's own CA and an agent's are at hand.
std::string strip_armour(const std::string& pem) {
  std::string base64;
  std::size_t at = pem.find('\n') + 1;
  const std::size_t end = pem.find("-----END");
  for (; at < end; ++at) {
    if (pem[at] != '\n') base64 += pem[at];
  }
  return base64;
}

class IssuedTest : public EndpointTest {
 protected:
  [[nodiscard]] std::string one_certificate() const { return strip_armour(ca_pem()); }
  [[nodiscard]] std::string another_certificate() {
    const json body = enroll_body(make_token(), make_request().pkcs10);
    return json::parse(anonymous().post("/management/v1/enroll", body.dump()).body)
        .at("certificates")
        .at(0);
  }
};

TEST_F(IssuedTest, FirstResultIsKeptAndCounted) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  EXPECT_EQ(agent.report(issued_result(job, one_certificate())), "accepted");
  EXPECT_EQ(summary().at("finished").at("issued"), 1);
  EXPECT_EQ(summary().at("leased"), 0);
  const json shown = admin().get("/jobs/j1").value();
  EXPECT_EQ(shown.at("state"), "finished");
  EXPECT_EQ(shown.at("result").at("certificate"), one_certificate());
  EXPECT_EQ(shown.at("leases"), 1);
}

TEST_F(IssuedTest, SameResultAgainIsADuplicate) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  ASSERT_EQ(agent.report(issued_result(job, one_certificate())), "accepted");
  EXPECT_EQ(agent.report(issued_result(job, one_certificate())), "duplicate");
  EXPECT_EQ(summary().at("duplicates"), 1);
  EXPECT_EQ(summary().at("finished").at("issued"), 1);
}

TEST_F(IssuedTest, AnotherCertificateLaterIsSuperseded) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json one = first.lease(1).at(0);
  clock().advance(std::chrono::seconds(31));
  const json two = second.lease(1).at(0);
  EXPECT_EQ(second.report(issued_result(two, one_certificate())), "accepted");
  EXPECT_EQ(first.report(issued_result(one, another_certificate())), "superseded");
  EXPECT_EQ(first.report(issued_result(one, another_certificate())), "superseded");
  EXPECT_EQ(summary().at("superseded"), 2);
  EXPECT_EQ(admin().get("/jobs/j1").value().at("results").size(), 3U);
}

TEST_F(IssuedTest, ResultOfALostLeaseIsKeptWhenItIsTheFirst) {
  queue("j1");
  Agent first = enroll();
  Agent second = enroll();
  const json one = first.lease(1).at(0);
  clock().advance(std::chrono::seconds(31));
  const json two = second.lease(1).at(0);
  EXPECT_EQ(first.report(issued_result(one, one_certificate())), "accepted");
  EXPECT_EQ(second.acknowledge(two), "lost");
}

TEST_F(IssuedTest, SuccessAfterAKeptFailureIsSuperseded) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  ASSERT_EQ(agent.report(failed_result(job)), "accepted");
  EXPECT_EQ(agent.report(failed_result(job)), "duplicate");
  EXPECT_EQ(agent.report(issued_result(job, one_certificate())), "superseded");
}

TEST_F(ResultTest, RevocationIsCounted) {
  queue_revocation("r1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  EXPECT_EQ(agent.report(revoked_result(job)), "accepted");
  EXPECT_EQ(agent.report(revoked_result(job)), "duplicate");
  EXPECT_EQ(summary().at("finished").at("revoked"), 1);
}

TEST_F(IssuedTest, ChainComesWithTheResults) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  json chains = json::object();
  chains[ca_of('a')] = {one_certificate()};
  agent.post("/jobs/results",
             {{"results", {issued_result(job, one_certificate())}}, {"chains", chains}});
  const json page = admin().get("/results").value();
  EXPECT_EQ(page.at("chains"), chains);
  EXPECT_EQ(page.at("results").at(0).at("id"), "j1");
}

TEST_F(ResultTest, VerdictsComeInTheOrderOfTheResults) {
  for (const char* id : {"j1", "j2"}) queue(id);
  Agent agent = enroll();
  const json jobs = agent.lease(2);
  json unknown = failed_result(jobs.at(0));
  unknown["id"] = "nobody";
  json strange = failed_result(jobs.at(0));
  strange["digest"] = ca_of('0');
  const json answer = agent.post(
      "/jobs/results",
      {{"results", {failed_result(jobs.at(1)), unknown, strange, failed_result(jobs.at(0))}}});
  const json& verdicts = answer.at("results");
  ASSERT_EQ(verdicts.size(), 4U);
  EXPECT_EQ(verdicts[0].at("id"), "j2");
  EXPECT_EQ(verdicts[0].at("status"), "accepted");
  EXPECT_EQ(verdicts[1].at("status"), "refused");
  EXPECT_EQ(verdicts[2].at("status"), "refused");
  EXPECT_EQ(verdicts[3].at("id"), "j1");
  EXPECT_EQ(verdicts[3].at("status"), "accepted");
}

struct BadResult {
  const char* member;
  json value;
};

TEST_F(IssuedTest, ResultsThatCannotBeRightAreRefused) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  const std::vector<BadResult> rows{
      {"digest", ca_of('0')},       {"lease_number", 2},     {"lease_number", 0},
      {"type", "revoke"},           {"ca", ca_of('b')},      {"status", "revoked"},
      {"status", "done"},           {"certificate", "AAAA"}, {"certificate", "%%%"},
      {"certificate", nullptr},     {"serial", "01"},        {"sha256", ca_of('0')},
      {"finished_at", "yesterday"}, {"attempts", -1}};
  for (const BadResult& row : rows) {
    json result = issued_result(job, one_certificate());
    result[row.member] = row.value;
    EXPECT_EQ(agent.report(result), "refused") << row.member << " = " << row.value;
  }
  EXPECT_EQ(summary().at("refused"), rows.size());
  EXPECT_EQ(agent.report(issued_result(job, one_certificate())), "accepted");
}

TEST_F(ResultTest, AgentWithoutALeaseOfTheJobIsRefused) {
  queue("j1");
  Agent holder = enroll();
  Agent other = enroll();
  const json job = holder.lease(1).at(0);
  EXPECT_EQ(other.report(failed_result(job)), "refused");
  EXPECT_EQ(holder.report(failed_result(job)), "accepted");
}

TEST_F(ResultTest, ResultThatNobodyCouldNameMakesTheRequestABadOne) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  for (const char* member : {"id", "digest"}) {
    json result = failed_result(job);
    result[member] = "?";
    agent.report(result);
    EXPECT_EQ(agent.status(), 400) << member;
  }
  agent.report(json("no object"));
  EXPECT_EQ(agent.status(), 400);
}

TEST_F(ResultTest, MoreThanFiveHundredResultsAreTooMany) {
  Agent agent = enroll();
  json results = json::array();
  for (int i = 0; i < 501; ++i) results.push_back(json::object());
  agent.post("/jobs/results", {{"results", results}});
  EXPECT_EQ(agent.status(), 400);
}

}  // namespace
}  // namespace certconnector::endpoint::testing
