#include "proto/management/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::management {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Json = nlohmann::json;

constexpr Timestamp kTime = Timestamp(std::chrono::seconds(1767225600));  // 2026-01-01T00:00:00Z
const std::string kCa(64, 'a');
const std::string kZeroDigest(64, '0');

JobResult result(const std::string& id) {
  JobResult out;
  out.id = id;
  out.lease_number = 3;
  out.ca = kCa;
  out.attempts = 2;
  out.finished_at = kTime;
  out.outcome = Issued{{0x30, 0x00}, {0x0A, 0xBC}, kTime, kTime, ""};
  return out;
}

TEST(Encode, EnrollAndRenewRequests) {
  EXPECT_EQ(Json::parse(encode_enroll_request({"secret", {0x30, 0x00}, "agent \xC3\xA4", "1.0"})),
            Json::parse("{\"token_secret\":\"secret\",\"pkcs10\":\"MAA=\",\"agent_name\":\"agent "
                        "\xC3\xA4\",\"version\":\"1.0\"}"));
  EXPECT_FALSE(Json::parse(encode_enroll_request({"s", {}, "", "1"})).contains("agent_name"));
  EXPECT_EQ(encode_renew_request(Bytes{0x30, 0x00}), R"({"pkcs10":"MAA="})");
}

TEST(Encode, LeaseRequest) {
  LeaseRequest request;
  request.request_id = "id";
  request.cas = {kCa};
  request.revoke = false;
  EXPECT_EQ(Json::parse(encode_lease_request(request)), (Json{{"request_id", "id"},
                                                              {"max_jobs", 100},
                                                              {"wait_seconds", 30},
                                                              {"lease_seconds", 300},
                                                              {"authorities", {kCa}},
                                                              {"types", {"issue"}}}));
}

TEST(Encode, LeaseClaims) {
  EXPECT_EQ(Json::parse(encode_acknowledge_request({{"a", 1}, {"b", 2}})),
            Json::parse(R"({"leases":[{"id":"a","number":1},{"id":"b","number":2}]})"));
  EXPECT_EQ(Json::parse(encode_extend_request({}, std::chrono::seconds(60))),
            Json::parse(R"({"lease_seconds":60,"leases":[]})"));
}

TEST(Encode, AResultOfEachKind) {
  JobResult revoked = result("b");
  revoked.type = JobType::revoke;
  revoked.correlation_id = "ticket";
  revoked.outcome = Revoked{kTime, true};
  JobResult dead = result("c");
  dead.ca.clear();
  dead.outcome = Failed{"deadline_passed", -5, "too late"};
  dead.failure = FailureStatus::dead;
  const Chains chains = {{kCa, {{0x30, 0x01}}}, {"unused", {{0x30}}}};

  const auto request = encode_results_request({result("a"), revoked, dead}, 0, chains);

  EXPECT_EQ(request.count, 3U);
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body["chains"], (Json{{kCa, {"MAE="}}}));
  const Json& issued = body["results"][0];
  EXPECT_EQ(issued["id"], "a");
  EXPECT_EQ(issued["digest"], kZeroDigest);
  EXPECT_EQ(issued["lease_number"], 3);
  EXPECT_EQ(issued["type"], "issue");
  EXPECT_EQ(issued["ca"], kCa);
  EXPECT_EQ(issued["status"], "issued");
  EXPECT_EQ(issued["attempts"], 2);
  EXPECT_EQ(issued["finished_at"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(issued["certificate"], "MAA=");
  EXPECT_EQ(issued["serial"], "0abc");
  EXPECT_EQ(issued["sha1"], text::to_hex(crypto::view(crypto::sha1(Bytes{0x30, 0x00}))));
  EXPECT_EQ(issued["sha256"], text::to_hex(crypto::view(crypto::sha256(Bytes{0x30, 0x00}))));
  EXPECT_FALSE(issued.contains("note"));
  EXPECT_FALSE(issued.contains("correlation_id"));
  EXPECT_EQ(body["results"][1]["status"], "revoked");
  EXPECT_EQ(body["results"][1]["already_revoked"], true);
  EXPECT_EQ(body["results"][1]["correlation_id"], "ticket");
  EXPECT_EQ(body["results"][2]["status"], "dead");
  EXPECT_EQ(body["results"][2]["code"], "deadline_passed");
  EXPECT_EQ(body["results"][2]["hresult"], -5);
  EXPECT_FALSE(body["results"][2].contains("ca"));
}

TEST(Encode, AnEnrolmentComesWithWhatItWasInsteadOfALease) {
  JobResult full = result("a");
  full.enrollment =
      EnrollmentDetails{"phones", "transaction \"1\"", {}, "key:7", "device-7", "CN=Phone", kTime};
  full.enrollment->public_key.fill(0xAB);
  JobResult bare = result("b");
  bare.enrollment = EnrollmentDetails{"phones", "t", {}, "", "", "", kTime};
  bare.outcome = Failed{"challenge_expired", 0, "too late"};

  const auto request = encode_results_request({full, bare, result("c")}, 0, {});

  const Json results = Json::parse(request.body)["results"];
  EXPECT_FALSE(results[0].contains("lease_number"));
  EXPECT_EQ(results[0]["status"], "issued");
  std::string key;
  for (int i = 0; i < 32; ++i) key += "ab";
  EXPECT_EQ(results[0]["enrollment"], (Json{{"service", "phones"},
                                            {"transaction_id", "transaction \"1\""},
                                            {"public_key_sha256", key},
                                            {"challenge_id", "key:7"},
                                            {"device", "device-7"},
                                            {"subject", "CN=Phone"},
                                            {"requested_at", "2026-01-01T00:00:00Z"}}));
  EXPECT_EQ(results[1]["code"], "challenge_expired");
  EXPECT_EQ(results[1]["enrollment"], (Json{{"service", "phones"},
                                            {"transaction_id", "t"},
                                            {"public_key_sha256", kZeroDigest},
                                            {"requested_at", "2026-01-01T00:00:00Z"}}));
  EXPECT_FALSE(results[2].contains("enrollment"));
  EXPECT_EQ(results[2]["lease_number"], 3);
}

TEST(Encode, AnEnrollmentWhoseTextIsNotUtf8) {
  JobResult odd = result("a");
  odd.enrollment = EnrollmentDetails{"phones", "t\xFF\"\n", {}, "", "\xC3", "", kTime};
  const Json details =
      Json::parse(encode_results_request({odd}, 0, {}).body)["results"][0]["enrollment"];
  EXPECT_EQ(details["transaction_id"], "t\xEF\xBF\xBD\"\n");
  EXPECT_EQ(details["device"], "\xEF\xBF\xBD");
}

TEST(Encode, AResultWhoseTextIsNotUtf8) {
  JobResult failed = result("a");
  failed.outcome = Failed{"denied_by_ca", 0, "bad \xFF text"};
  const auto request = encode_results_request({failed}, 0, {});
  EXPECT_EQ(Json::parse(request.body)["results"][0]["message"], "bad \xEF\xBF\xBD text");
}

TEST(Encode, AsManyResultsAsFitAndAtLeastOne) {
  JobResult item = result("a");
  item.enrollment = EnrollmentDetails{"phones", std::string(255, 't'), {}, "c", "d", "CN=s", kTime};
  std::vector<JobResult> results(5, item);
  const std::size_t one = encode_results_request({item}, 0, {}).body.size();

  EXPECT_EQ(encode_results_request(results, 0, {}, 3 * one).count, 3U);
  EXPECT_EQ(encode_results_request(results, 3, {}, 3 * one).count, 2U);
  EXPECT_EQ(encode_results_request(results, 0, {}, 10).count, 1U);
  results.assign(kMaxResults + 1, result("a"));
  EXPECT_EQ(encode_results_request(results, 0, {}).count, kMaxResults);
  for (const std::size_t limit : {3 * one, 4 * one}) {
    EXPECT_LE(encode_results_request(results, 0, {}, limit).body.size(), limit);
  }
}

TEST(Encode, Heartbeat) {
  Heartbeat heartbeat;
  heartbeat.version = "1.0";
  heartbeat.state = "working";
  heartbeat.queue_depth = 4;
  heartbeat.cas = {{kCa, "default", false, "CRL late", kTime}};
  heartbeat.identity_not_after = kTime;
  const Json body = Json::parse(encode_heartbeat_request(heartbeat));
  EXPECT_EQ(body["authorities"][0]["message"], "CRL late");
  EXPECT_EQ(body["identity_not_after"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(body["queue_depth"], 4);
  heartbeat.identity_not_after.reset();
  EXPECT_FALSE(Json::parse(encode_heartbeat_request(heartbeat)).contains("identity_not_after"));
}

TEST(Decode, EnrollAndRenewAnswers) {
  const auto enrolled =
      decode_enroll_answer(R"({"agent_id":"a-1","certificates":["MAE=","MAI="]})");
  ASSERT_TRUE(enrolled) << enrolled.error().message();
  EXPECT_EQ(enrolled->agent_id, "a-1");
  EXPECT_EQ(enrolled->certificates, (std::vector<Bytes>{{0x30, 0x01}, {0x30, 0x02}}));
  EXPECT_TRUE(decode_renew_answer(R"({"certificates":["MAE="],"new":1})"));
  for (const char* bad : {"{}", R"({"certificates":[]})", R"({"certificates":["MAE"]})",
                          R"({"certificates":["MAE=","","","","","","","","","",""]})"}) {
    EXPECT_FALSE(decode_renew_answer(bad)) << bad;
    EXPECT_FALSE(decode_enroll_answer(bad)) << bad;
  }
}

TEST(Decode, LeasesAnswer) {
  const std::vector<LeaseClaim> asked = {{"a", 1}, {"b", 2}};
  const auto standings = decode_leases_answer(
      R"({"leases":[{"id":"a","number":1,"status":"held","expires_at":"2026-01-01T00:00:00Z"},
                    {"id":"b","number":2,"status":"lost"}]})",
      asked);
  ASSERT_TRUE(standings) << standings.error().message();
  ASSERT_THAT(*standings, SizeIs(2));
  EXPECT_TRUE((*standings)[0].held);
  EXPECT_EQ((*standings)[0].expires_at, kTime);
  EXPECT_FALSE((*standings)[1].held);
}

TEST(Decode, RefusesLeasesThatDoNotFitTheQuestion) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"leases":[]})", "has 0 items instead of 1"},
      {R"({"leases":[{"id":"b","number":1,"status":"lost"}]})",
       "not the lease that was asked about"},
      {R"({"leases":[{"id":"a","number":2,"status":"lost"}]})",
       "not the lease that was asked about"},
      {R"({"leases":[{"id":"a","number":1,"status":"held"}]})", "expires_at: is missing"},
      {R"({"leases":[{"id":"a","number":1,"status":"kept"}]})", "status: is none of held, lost"},
      {R"({"leases":[17]})", "leases[0]: is not an object"},
      {"[]", "is not an object"},
  };
  for (const auto& [text, problem] : rows) {
    const auto answer = decode_leases_answer(text, {{"a", 1}});
    ASSERT_FALSE(answer) << text;
    EXPECT_THAT(answer.error().message(), HasSubstr(problem));
  }
}

TEST(Decode, ResultsAnswer) {
  const std::vector<JobResult> results = {result("a"), result("b"), result("c"), result("d")};
  const auto item = [](const char* id, const char* status) {
    return R"({"id":")" + std::string(id) + R"(","digest":")" + kZeroDigest + R"(","status":")" +
           status + R"(","note":"line\nbreak"})";
  };
  const auto answer =
      decode_results_answer("{\"results\":[" + item("b", "duplicate") + "," +
                                item("c", "superseded") + "," + item("d", "refused") + "]}",
                            results, 1, 3);
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_THAT(*answer, SizeIs(3));
  EXPECT_EQ((*answer)[0].verdict, ResultVerdict::duplicate);
  EXPECT_EQ((*answer)[1].verdict, ResultVerdict::superseded);
  EXPECT_EQ((*answer)[2].verdict, ResultVerdict::refused);
  EXPECT_EQ((*answer)[2].note, "line\nbreak");
}

TEST(Decode, RefusesResultsThatDoNotFitTheReport) {
  const std::string good = R"({"id":"a","digest":")" + kZeroDigest + R"(","status":"accepted"})";
  const std::pair<std::string, const char*> rows[] = {
      {R"({"results":[]})", "has 0 items"},
      {"{\"results\":[" + good + "," + good + "]}", "has 2 items"},
      {R"({"results":[{"id":"b","digest":")" + kZeroDigest + R"(","status":"accepted"}]})",
       "id: is not that of the result"},
      {R"({"results":[{"id":"a","digest":")" + std::string(64, '1') + R"(","status":"accepted"}]})",
       "digest: is not that of the result"},
      {R"({"results":[{"id":"a","digest":")" + kZeroDigest + R"(","status":"ok"}]})",
       "status: is none of"},
      {"{}", "results: is missing"},
  };
  for (const auto& [text, problem] : rows) {
    const auto answer = decode_results_answer(text, {result("a")}, 0, 1);
    ASSERT_FALSE(answer) << text;
    EXPECT_THAT(answer.error().message(), HasSubstr(problem));
  }
}

TEST(Decode, Problems) {
  const auto problem = decode_problem(
      R"({"type":"about:blank","title":"Forbidden","status":403,"detail":"used","code":"token_used"})");
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->code, "token_used");
  EXPECT_EQ(problem->detail, "used");
  EXPECT_EQ(decode_problem(R"({"title":1,"code":"a b","detail":"x"})")->title, "");
  for (const char* none : {"", "<html>", "{}", "[]", R"({"title":17})"}) {
    EXPECT_FALSE(decode_problem(none).has_value()) << none;
  }
}

}  // namespace
}  // namespace certconnector::management
