// Writes one line of JSON for each request that the agent's encoders make, with an answer that its
// decoders take, so that validate_openapi.py can hold both against the description. Fails when a
// decoder does not take the answer.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "proto/management/codec.h"

namespace {

using namespace certconnector;
using namespace certconnector::management;

constexpr Timestamp kTime = Timestamp(std::chrono::milliseconds(1767225600250));
const std::string kCa(64, 'a');
const std::string kDigest(64, '0');

void record(const std::string& path, const std::string& request, const std::string& answer,
            bool taken) {
  if (!taken) {
    std::cerr << "the decoder does not take the answer to " << path << '\n';
    std::exit(EXIT_FAILURE);
  }
  const nlohmann::json line = {{"path", std::string("/management/v1") + path},
                               {"request", request},
                               {"status", 200},
                               {"content_type", "application/json"},
                               {"answer", answer}};
  std::cout << line.dump() << '\n';
}

void record_identity() {
  const std::string secret(43, 's');
  const std::string enrolled = R"({"agent_id":"agent-1","certificates":["MAA="]})";
  record("/enroll", encode_enroll_request({secret, {0x30, 0x00}, "building 7", "1.0"}), enrolled,
         decode_enroll_answer(enrolled).ok());
  const std::string renewed = R"({"certificates":["MAA="]})";
  record("/renew", encode_renew_request(Bytes{0x30, 0x00}), renewed,
         decode_renew_answer(renewed).ok());
  Heartbeat heartbeat;
  heartbeat.version = "1.0";
  heartbeat.state = "working";
  heartbeat.cas = {{kCa, "default", false, "the CRL is late", kTime}};
  heartbeat.identity_not_after = kTime;
  const std::string time = R"({"server_time":"2026-01-01T00:00:00Z"})";
  record("/heartbeat", encode_heartbeat_request(heartbeat), time,
         decode_heartbeat_answer(time).ok());
}

void record_leases() {
  LeaseRequest request;
  request.request_id = "00000000-0000-4000-8000-000000000000";
  request.cas = {kCa};
  const std::string leased =
      R"({"server_time":"2026-01-01T00:00:00Z","jobs":[{"id":"a","type":"revoke",)"
      R"("ca":")" +
      kCa +
      R"(","lease":{"number":1,"expires_at":)"
      R"("2026-01-01T00:05:00Z"},"revoke":{"serial":"01","reason":0}}]})";
  const auto answer = decode_lease_answer(leased);
  record("/jobs/lease", encode_lease_request(request), leased,
         answer.ok() && answer->jobs.size() == 1 && !answer->jobs[0].rejection);
  const std::vector<LeaseClaim> claims = {{"a", 1}};
  const std::string standing =
      R"({"leases":[{"id":"a","number":1,"status":"held","expires_at":"2026-01-01T00:05:00Z"}]})";
  const bool taken = decode_leases_answer(standing, claims).ok();
  record("/jobs/acknowledge", encode_acknowledge_request(claims), standing, taken);
  record("/jobs/extend", encode_extend_request(claims, std::chrono::seconds(300)), standing, taken);
}

void record_results() {
  JobResult result;
  result.id = "a";
  result.lease_number = 1;
  result.ca = kCa;
  result.correlation_id = "ticket 4711";
  result.attempts = 1;
  result.finished_at = kTime;
  std::vector<JobResult> results(6, result);
  results[0].outcome = Issued{{0x30, 0x00}, {0x0A}, kTime, kTime, "the template allows 365 days"};
  results[1].type = JobType::revoke;
  results[1].outcome = Revoked{kTime, true};
  results[2].outcome = Failed{"bad_job", -2147024883, std::string(10000, 'x')};
  results[3].outcome = Failed{"deadline_passed", 0, "too late"};
  results[3].failure = FailureStatus::dead;
  results[3].ca.clear();
  results[4].outcome = results[0].outcome;
  results[4].enrollment = EnrollmentDetails{"phones",
                                            std::string(255, '\xFF'),
                                            {},
                                            "0123456789abcdef:7",
                                            std::string(256, 'd'),
                                            std::string(1024, 's'),
                                            kTime};
  results[5].outcome = Failed{"challenge_expired", -2146877420, "too late"};
  results[5].attempts = 0;
  results[5].enrollment = EnrollmentDetails{"phones", "", {}, "", "", "", kTime};
  const std::string item = R"({"id":"a","digest":")" + kDigest + R"(","status":"accepted"})";
  std::string answer = R"({"results":[)" + item;
  for (std::size_t i = 1; i < results.size(); ++i) answer += "," + item;
  answer += "]}";
  record("/jobs/results", encode_results_request(results, 0, {{kCa, {{0x30, 0x00}}}}).body, answer,
         decode_results_answer(answer, results, 0, results.size()).ok());
}

void record_challenges() {
  const std::string id = "00000000-0000-4000-8000-000000000000";
  const std::string head =
      R"({"request_id":")" + id + R"(","server_time":"2026-01-01T00:00:00Z","verdict":")";
  const ChallengeQuestion question{id, "phones", std::string(255, '\xFF'), {0x30, 0x00}, "device"};
  for (const std::string& verdict :
       {std::string(R"(permitted","permit":{"challenge_id":"a","sid":"S-1-5-21-1-2-3-1001",)"
                    R"("expected":{"subject":"CN=phone"},"expires_at":"2026-01-01T01:00:00Z"}})"),
        std::string(R"(refused","refusal":{"code":"challenge_expired","message":"too late"}})"),
        std::string(R"(not_now","message":"the directory is away"})")}) {
    const std::string answer = head + verdict;
    record("/challenges/check", encode_challenge_question(question), answer,
           decode_challenge_answer(answer, id).ok());
  }
  record("/challenges/check", encode_challenge_question({id, "phones", "", {0x30, 0x00}, ""}),
         head + R"(not_now"})", decode_challenge_answer(head + R"(not_now"})", id).ok());
}

}  // namespace

int main() {
  record_identity();
  record_leases();
  record_results();
  record_challenges();
  return EXIT_SUCCESS;
}
