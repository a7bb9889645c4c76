// Devices' enrollments as agents report them, against the challenges that the endpoint minted.
#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

class EnrollmentLedgerTest : public EndpointTest {
 protected:
  // The id, as enrollments name it.
  std::string mint(const std::string& device = "device-7") const {
    const json answer =
        admin().post("/challenges", {{"service", "phones"}, {"device", device}}).value();
    return answer.at("key_id").get<std::string>() + ":" + answer.at("id").get<std::string>();
  }
  // A certificate like any other, and a new one each time.
  std::string certificate() {
    const json body = enroll_body(EndpointTest::make_token(), make_request().pkcs10);
    return json::parse(anonymous().post("/management/v1/enroll", body.dump()).body)
        .at("certificates")
        .at(0);
  }
  json listed() const { return admin().get("/enrollments").value().at("enrollments"); }
  json totals() const { return summary().at("enrollments"); }
};

json reported(const std::string& id, const std::string& challenge) {
  json enrollment{{"service", "phones"},
                  {"transaction_id", "t-" + id},
                  {"public_key_sha256", std::string(64, 'b')},
                  {"device", "device-7"},
                  {"subject", "CN=Phone"},
                  {"requested_at", "2026-01-01T00:00:00Z"}};
  if (!challenge.empty()) enrollment["challenge_id"] = challenge;
  return {{"id", id},
          {"digest", ca_of('d')},
          {"type", "issue"},
          {"ca", ca_of('a')},
          {"attempts", 1},
          {"finished_at", "2026-01-01T00:00:01Z"},
          {"enrollment", std::move(enrollment)}};
}

json issued(const std::string& id, const std::string& challenge, const std::string& certificate) {
  json item = reported(id, challenge);
  item["status"] = "issued";
  item["certificate"] = certificate;
  return item;
}

json failed(const std::string& id, const std::string& challenge) {
  json item = reported(id, challenge);
  item["status"] = "failed";
  item["code"] = "challenge_expired";
  item["message"] = "too late";
  return item;
}

TEST_F(EnrollmentLedgerTest, AnEnrolmentIsKeptWithAllThatItSays) {
  const std::string challenge = mint();
  Agent agent = enroll();
  EXPECT_EQ(agent.report(issued("e1", challenge, certificate())), "accepted");
  const json rows = listed();
  ASSERT_EQ(rows.size(), 1U);
  const json& row = rows.at(0);
  EXPECT_EQ(row.at("id"), "e1");
  EXPECT_EQ(row.at("agent_id"), agent.id());
  EXPECT_EQ(row.at("service"), "phones");
  EXPECT_EQ(row.at("transaction_id"), "t-e1");
  EXPECT_EQ(row.at("challenge_id"), challenge);
  EXPECT_EQ(row.at("device"), "device-7");
  EXPECT_EQ(row.at("subject"), "CN=Phone");
  EXPECT_EQ(row.at("ca"), ca_of('a'));
  EXPECT_EQ(row.at("status"), "issued");
  EXPECT_NE(row.at("serial"), "");
  EXPECT_EQ(row.at("requested_at"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(totals().at("issued"), 1);
  EXPECT_EQ(summary().at("finished").at("issued"), 0) << "no job of the endpoint's";
  EXPECT_EQ(admin().get("/results").value().at("results").at(0).at("id"), "e1");
}

TEST_F(EnrollmentLedgerTest, TheSameItemAgainIsADuplicateFromWhomeverItComes) {
  const json item = issued("e1", mint(), certificate());
  Agent agent = enroll();
  ASSERT_EQ(agent.report(item), "accepted");
  EXPECT_EQ(agent.report(item), "duplicate");
  EXPECT_EQ(enroll().report(item), "duplicate") << "an agent may have been enrolled anew";
  ASSERT_EQ(agent.report(failed("e2", "")), "accepted");
  EXPECT_EQ(agent.report(failed("e2", "")), "duplicate");
  EXPECT_EQ(listed().size(), 2U);
}

TEST_F(EnrollmentLedgerTest, AChallengeIsGoodForOneEnrollment) {
  const std::string challenge = mint();
  Agent first = enroll();
  Agent second = enroll();
  const json late = issued("e2", challenge, certificate());
  ASSERT_EQ(first.report(issued("e1", challenge, certificate())), "accepted");
  EXPECT_EQ(second.report(late), "superseded");
  EXPECT_EQ(second.report(late), "superseded");
  json other_digest = issued("e1", challenge, certificate());
  other_digest["digest"] = ca_of('0');
  EXPECT_EQ(first.report(other_digest), "superseded") << "the digest is part of the identity";
  EXPECT_EQ(totals().at("issued"), 1);
  EXPECT_EQ(totals().at("superseded"), 2);
}

TEST_F(EnrollmentLedgerTest, AnotherCertificateOfTheSameEnrolmentIsSuperseded) {
  Agent agent = enroll();
  ASSERT_EQ(agent.report(issued("e1", "", certificate())), "accepted");
  EXPECT_EQ(agent.report(issued("e1", "", certificate())), "superseded");
  EXPECT_EQ(agent.report(failed("e1", "")), "superseded");
  EXPECT_EQ(listed().at(0).at("status"), "issued");
}

TEST_F(EnrollmentLedgerTest, ChallengesOfOthersAreGoodForOneEnrolmentToo) {
  Agent agent = enroll();
  for (const char* challenge : {"ffffffffffffffff:1", "another system's"}) {
    EXPECT_EQ(agent.report(issued(std::string("e1-") + challenge[0], challenge, certificate())),
              "accepted");
    EXPECT_EQ(agent.report(issued(std::string("e2-") + challenge[0], challenge, certificate())),
              "superseded");
  }
  for (const char* id : {"r1", "r2"}) {
    EXPECT_EQ(agent.report(issued(id, "", certificate())), "accepted") << "rests on no challenge";
  }
}

TEST_F(EnrollmentLedgerTest, AFailureLeavesTheChallengeOpen) {
  const std::string challenge = mint();
  Agent agent = enroll();
  EXPECT_EQ(agent.report(failed("e1", challenge)), "accepted");
  EXPECT_EQ(agent.report(failed("e2", "unknown:1")), "accepted");
  EXPECT_EQ(listed().at(0).at("code"), "challenge_expired");
  EXPECT_EQ(agent.report(issued("e3", challenge, certificate())), "accepted");
  EXPECT_EQ(totals().at("failed"), 2);
  EXPECT_EQ(totals().at("issued"), 1);
}

TEST_F(EnrollmentLedgerTest, WhatARetryBroughtAfterAFailureIsLookedAtAnew) {
  const std::string challenge = mint();
  Agent agent = enroll();
  ASSERT_EQ(agent.report(failed("e1", challenge)), "accepted");
  EXPECT_EQ(agent.report(issued("e1", challenge, certificate())), "accepted");
  EXPECT_EQ(totals().at("failed"), 0);
  EXPECT_EQ(totals().at("issued"), 1);
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(EnrollmentLedgerTest, ChallengesThatDoNotFitAreRefused) {
  const std::string key = mint().substr(0, 16);
  Agent agent = enroll();
  EXPECT_EQ(agent.report(issued("e1", key + ":nobody-made-it", certificate())), "refused");
  json other_service = issued("e2", mint(), certificate());
  other_service["enrollment"]["service"] = "tablets";
  EXPECT_EQ(agent.report(other_service), "refused");
  EXPECT_EQ(agent.report(issued("e3", mint("device-8"), certificate())), "refused");
  EXPECT_EQ(totals().at("refused"), 3);
  EXPECT_EQ(totals().at("issued"), 0);
}

TEST_F(EnrollmentLedgerTest, AKeyThatWasRolledTwiceIsStillTheEndpointsOwn) {
  const std::string challenge = mint();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(admin().post("/challenge-keys/roll", json::object()).ok());
  }
  Agent agent = enroll();
  EXPECT_EQ(agent.report(issued("e1", challenge.substr(0, 17) + "x", certificate())), "refused");
  EXPECT_EQ(agent.report(issued("e2", challenge, certificate())), "accepted");
}

struct BadEnrollment {
  const char* what;
  json change;  // RFC 7396
};

TEST_F(EnrollmentLedgerTest, EnrollmentsThatCannotBeRightAreRefused) {
  const json good = issued("e1", mint(), certificate());
  const BadEnrollment rows[] = {
      {"no object", {{"enrollment", "phones"}}},
      {"a lease, too", {{"lease_number", 1}}},
      {"another type", {{"type", "revoke"}}},
      {"another status", {{"status", "revoked"}, {"revoked_at", "2026-01-01T00:00:00Z"}}},
      {"no service", {{"enrollment", {{"service", nullptr}}}}},
      {"empty service", {{"enrollment", {{"service", ""}}}}},
      {"no transaction", {{"enrollment", {{"transaction_id", nullptr}}}}},
      {"long transaction", {{"enrollment", {{"transaction_id", std::string(1025, 't')}}}}},
      {"short key", {{"enrollment", {{"public_key_sha256", "ab"}}}}},
      {"number as a device", {{"enrollment", {{"device", 7}}}}},
      {"no time", {{"enrollment", {{"requested_at", nullptr}}}}},
      {"bad time", {{"enrollment", {{"requested_at", "now"}}}}},
      {"no certificate", {{"certificate", nullptr}}}};
  Agent agent = enroll();
  for (const BadEnrollment& row : rows) {
    json item = good;
    item.merge_patch(row.change);
    EXPECT_EQ(agent.report(item), "refused") << row.what;
    EXPECT_EQ(agent.status(), 200) << row.what;
  }
  EXPECT_EQ(agent.report(good), "accepted");
}

TEST_F(EnrollmentLedgerTest, EnrollmentsAndJobsGoInOneRequest) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  const json answer = agent.post(
      "/jobs/results",
      {{"results", {failed_result(job), issued("e1", mint(), certificate()), failed("e2", "")}}});
  for (const json& verdict : answer.at("results")) EXPECT_EQ(verdict.at("status"), "accepted");
  EXPECT_EQ(summary().at("finished").at("failed"), 1);
  EXPECT_EQ(totals().at("failed"), 1);
}

TEST_F(EnrollmentLedgerTest, AreRefusedOnDemandUnlessTheyWereTakenBefore) {
  queue("j1");
  Agent agent = enroll();
  const json taken = issued("e1", mint(), certificate());
  const std::string challenge = mint();
  ASSERT_EQ(agent.report(taken), "accepted");
  set_faults({{"refuse_enrollments_percent", 100}});
  EXPECT_EQ(agent.report(taken), "duplicate");
  EXPECT_EQ(agent.report(issued("e2", challenge, certificate())), "refused");
  EXPECT_EQ(agent.report(failed_result(agent.lease(1).at(0))), "accepted");
  set_faults(json::object());
  EXPECT_EQ(agent.report(issued("e3", challenge, certificate())), "accepted");
}

TEST_F(EnrollmentLedgerTest, AreHeldUntilTheFaultIsOff) {
  queue("j1");
  Agent agent = enroll();
  Agent other = enroll();
  const json job = other.lease(1).at(0);
  const json item = issued("e1", mint(), certificate());
  set_faults({{"hold_enrollments", true}});
  std::string verdict;
  std::thread waiting([&] { verdict = agent.report(item); });
  bool is_held = false;
  for (int tries = 0; tries < 20000 && !is_held; ++tries)
    is_held = totals().at("held_requests") == 1;
  EXPECT_TRUE(is_held);
  EXPECT_EQ(totals().at("issued"), 0);
  EXPECT_EQ(other.report(failed_result(job)), "accepted") << "jobs are not held";
  set_faults(json::object());
  waiting.join();
  EXPECT_EQ(verdict, "accepted");
  EXPECT_EQ(totals().at("held_requests"), 0);
}

TEST_F(EnrollmentLedgerTest, WhoeverHangsUpOrStopsLeavesNothingBehind) {
  Agent agent = enroll();
  const json item = issued("e1", mint(), certificate());
  set_faults({{"hold_enrollments", true}});
  const auto held = [this](int count) {
    for (int tries = 0; tries < 20000; ++tries) {
      if (totals().at("held_requests") == count) return true;
    }
    return false;
  };
  const json body{{"results", {item}}, {"chains", json::object()}};
  agent.client().send_and_hang_up(
      TlsClient::post_octets("/management/v1/jobs/results", body.dump()),
      [&] { EXPECT_TRUE(held(1)); });
  EXPECT_TRUE(held(0));
  std::thread waiting([&] { agent.report(item); });
  EXPECT_TRUE(held(1));
  stop();
  waiting.join();
  EXPECT_EQ(agent.status(), 503);
}

TEST_F(EnrollmentLedgerTest, AChallengeStaysUsedOverARestart) {
  const std::string challenge = mint();
  Agent agent = enroll();
  const json late = issued("e2", challenge, certificate());
  ASSERT_EQ(agent.report(issued("e1", challenge, certificate())), "accepted");
  options().listen = url().substr(8);
  stop();
  start();
  EXPECT_EQ(agent.report(late), "superseded");
  EXPECT_EQ(agent.report(issued("e3", challenge.substr(0, 17) + "x", late.at("certificate"))),
            "refused");
}

}  // namespace
}  // namespace certconnector::endpoint::testing
