// Jobs as an endpoint sends them: those that the codec takes, and every error of one job that
// leaves its neighbors intact.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"
#include "proto/management/job_digest.h"

namespace certconnector::management {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Json = nlohmann::json;

Json issue_job() {
  return Json::parse(R"({
    "id": "job-1", "type": "issue", "correlation_id": "ticket 4711", "priority": 5,
    "ca": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "deadline": "2026-01-02T00:00:00Z",
    "lease": {"number": 7, "expires_at": "2026-01-01T00:05:00Z"},
    "issue": {
      "template": "device", "pkcs10": "MAA=",
      "expected": {
        "subject": "CN=dev1,O=Test",
        "subject_alt_names": [{"type": "dns", "value": "dev1.example"}, {"type": "ip", "value": "::1"}],
        "key_usage": ["digitalSignature", "keyEncipherment"],
        "extended_key_usage": ["1.3.6.1.5.5.7.3.2"]
      },
      "sid": "S-1-5-21-1-2-3-1001", "validity_seconds": 86400
    }})");
}

Json revoke_job() {
  return Json::parse(R"({
    "id": "job-2", "type": "revoke",
    "ca": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "lease": {"number": 1, "expires_at": "2026-01-01T00:05:00Z"},
    "revoke": {"serial": "00ff01", "issuer": "CN=CA", "reason": 4,
               "invalidity_date": "2025-12-01T00:00:00Z"}})");
}

std::string answer_with(const std::vector<std::string>& jobs) {
  std::string text = R"({"server_time":"2026-01-01T00:00:00Z","jobs":[)";
  for (std::size_t i = 0; i < jobs.size(); ++i) text += (i == 0 ? "" : ",") + jobs[i];
  return text + "]}";
}

TEST(LeaseAnswer, ReadsAnIssueJob) {
  const auto answer = decode_lease_answer(answer_with({issue_job().dump()}));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(to_rfc3339(answer->server_time), "2026-01-01T00:00:00Z");
  ASSERT_THAT(answer->jobs, SizeIs(1));
  ASSERT_FALSE(answer->jobs[0].rejection) << answer->jobs[0].rejection->message;
  const Job& job = answer->jobs[0].job;
  EXPECT_EQ(job.id, "job-1");
  EXPECT_EQ(job.correlation_id, "ticket 4711");
  EXPECT_EQ(job.priority, 5);
  EXPECT_EQ(to_rfc3339(*job.deadline), "2026-01-02T00:00:00Z");
  EXPECT_EQ(job.lease.number, 7U);
  EXPECT_EQ(to_rfc3339(job.lease.expires_at), "2026-01-01T00:05:00Z");
  const auto& issue = std::get<IssueRequest>(job.request);
  EXPECT_EQ(issue.template_name, "device");
  EXPECT_EQ(issue.pkcs10, (Bytes{0x30, 0x00}));
  EXPECT_EQ(issue.expected.subject, "CN=dev1,O=Test");
  EXPECT_EQ(issue.expected.subject_alt_names,
            (std::vector<crypto::GeneralName>{{crypto::GeneralNameKind::dns, "dev1.example"},
                                              {crypto::GeneralNameKind::ip, "::1"}}));
  EXPECT_EQ(issue.expected.key_usage, crypto::kDigitalSignature | crypto::kKeyEncipherment);
  EXPECT_EQ(issue.expected.extended_key_usage, (std::vector<std::string>{"1.3.6.1.5.5.7.3.2"}));
  EXPECT_EQ(issue.sid, "S-1-5-21-1-2-3-1001");
  EXPECT_EQ(issue.validity, std::chrono::hours(24));
}

TEST(LeaseAnswer, ReadsARevokeJob) {
  const auto answer = decode_lease_answer(answer_with({revoke_job().dump()}));
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_THAT(answer->jobs, SizeIs(1));
  ASSERT_FALSE(answer->jobs[0].rejection) << answer->jobs[0].rejection->message;
  const auto& revoke = std::get<RevokeRequest>(answer->jobs[0].job.request);
  EXPECT_EQ(revoke.serial, (Bytes{0xFF, 0x01}));
  EXPECT_EQ(revoke.issuer, "CN=CA");
  EXPECT_EQ(revoke.reason, 4);
  EXPECT_EQ(to_rfc3339(*revoke.invalidity_date), "2025-12-01T00:00:00Z");
}

TEST(LeaseAnswer, PassesOverUnknownMembersOfTheEnvelope) {
  const auto answer =
      decode_lease_answer(R"({"jobs":[],"new":{"a":[1]},"server_time":"2026-01-01T00:00:00.5Z"})");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_TRUE(answer->jobs.empty());
}

TEST(JobDigest, IsOfTheCanonicalFormWithoutTheLease) {
  Json again = issue_job();
  again["lease"] = {{"number", 8}, {"expires_at", "2026-01-01T00:10:00Z"}};
  Json other = issue_job();
  other["priority"] = 6;
  EXPECT_EQ(job_digest(issue_job()), job_digest(again));
  EXPECT_NE(job_digest(issue_job()), job_digest(other));

  Json small = {{"type", "revoke"}, {"id", "a"}, {"lease", 1}};
  EXPECT_EQ(job_digest(small), crypto::sha256(as_bytes(R"({"id":"a","type":"revoke"})")));
  const auto answer = decode_lease_answer(answer_with({issue_job().dump(4)}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->jobs[0].job.digest, job_digest(issue_job()));
}

struct BadJob {
  const char* name;
  const char* base;  // "issue" or "revoke"
  const char* pointer;
  const char* value;  // JSON; null: the member is removed
  const char* problem;
  const char* code = "bad_job";
};

const BadJob kBadJobs[] = {
    {"unknown type", "issue", "/type", "\"renew\"", "jobs[0].type: is none of issue, revoke",
     "unknown_type"},
    {"type missing", "issue", "/type", nullptr, "type: is missing", "unknown_type"},
    {"type of another kind", "issue", "/type", "1", "type: is not a string", "unknown_type"},
    {"CA missing", "issue", "/ca", nullptr, "ca: is missing"},
    {"CA in capitals", "issue", "/ca",
     "\"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\"",
     "ca: is not a fingerprint"},
    {"CA too short", "issue", "/ca", "\"0011\"", "ca: is not a fingerprint"},
    {"unknown member", "issue", "/only_if", "\"approved\"", "only_if: is not a member"},
    {"revoke beside issue", "issue", "/revoke", "{}", "revoke: is not a member"},
    {"issue missing", "issue", "/issue", nullptr, "issue: is missing"},
    {"issue no object", "issue", "/issue", "[]", "issue: is not an object"},
    {"priority too high", "issue", "/priority", "101", "priority: is not in the range -100 to 100"},
    {"priority huge", "issue", "/priority", "99999999999999999999", "priority: is not an integer"},
    {"priority no integer", "issue", "/priority", "1.5", "priority: is not an integer"},
    {"deadline no time", "issue", "/deadline", "\"tomorrow\"", "deadline: is not a time"},
    {"correlation id too long", "issue", "/correlation_id",
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "x"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
     "correlation_id: has"},
    {"correlation id with a line break", "issue", "/correlation_id", "\"a\\nb\"",
     "correlation_id: has control characters"},
    {"lease end no time", "issue", "/lease/expires_at", "17", "lease.expires_at: is not a string"},
    {"template missing", "issue", "/issue/template", nullptr, "issue.template: is missing"},
    {"template with a path", "issue", "/issue/template", "\"../x\"",
     "template: has characters other"},
    {"PKCS#10 missing", "issue", "/issue/pkcs10", nullptr, "jobs[0].issue.pkcs10: is missing"},
    {"PKCS#10 not base64", "issue", "/issue/pkcs10", "\"MA\"", "pkcs10: is not base64"},
    {"PKCS#10 as base64url", "issue", "/issue/pkcs10", "\"_-8=\"", "pkcs10: is not base64"},
    {"PKCS#10 as PEM", "issue", "/issue/pkcs10", "\"-----BEGIN CERTIFICATE REQUEST-----\"",
     "pkcs10: is not base64"},
    {"PKCS#10 empty", "issue", "/issue/pkcs10", "\"\"", "pkcs10: has 0 octets"},
    {"PKCS#10 null", "issue", "/issue/pkcs10", "null", "pkcs10: is not a string"},
    {"unknown expectation", "issue", "/issue/expected/policy", "1",
     "expected.policy: is not a member"},
    {"unknown SAN type", "issue", "/issue/expected/subject_alt_names/0/type", "\"x400\"",
     "subject_alt_names[0].type: is none of dns, email"},
    {"empty SAN", "issue", "/issue/expected/subject_alt_names/1/value", "\"\"",
     "subject_alt_names[1].value: is empty"},
    {"SAN no object", "issue", "/issue/expected/subject_alt_names/0", "\"dns:a\"",
     "subject_alt_names[0]: is not an object"},
    {"unknown key usage", "issue", "/issue/expected/key_usage/0", "\"signing\"",
     "key_usage[0]: is no key usage"},
    {"EKU by name", "issue", "/issue/expected/extended_key_usage/0", "\"clientAuth\"",
     "extended_key_usage[0]: is not an OID"},
    {"EKU with an empty arc", "issue", "/issue/expected/extended_key_usage/0", "\"1..2\"",
     "extended_key_usage[0]: is not an OID"},
    {"SID not a SID", "issue", "/issue/sid", "\"S-2-5-21-1\"", "sid: is not a SID"},
    {"SID with letters", "issue", "/issue/sid", "\"S-1-5-21-x\"", "sid: is not a SID"},
    {"SID too short", "issue", "/issue/sid", "\"S-1-5-\"", "sid: is"},
    {"validity zero", "issue", "/issue/validity_seconds", "0",
     "validity_seconds: is not in the range"},
    {"validity as text", "issue", "/issue/validity_seconds", "\"1d\"",
     "validity_seconds: is not an integer"},
    {"reason 7", "revoke", "/revoke/reason", "7", "revoke.reason: 7 is not in use", "bad_reason"},
    {"reason 11", "revoke", "/revoke/reason", "11", "reason: is not in the range 0 to 10",
     "bad_reason"},
    {"reason by name", "revoke", "/revoke/reason", "\"superseded\"", "reason: is not an integer",
     "bad_reason"},
    {"reason missing", "revoke", "/revoke/reason", nullptr, "reason: is missing", "bad_reason"},
    {"serial and thumbprint", "revoke", "/revoke/thumbprint",
     "\"0011223344556677889900112233445566778899\"", "revoke: must name the certificate by either"},
    {"no serial", "revoke", "/revoke/serial", nullptr,
     "revoke: must name the certificate by either"},
    {"serial zero", "revoke", "/revoke/serial", "\"0000\"", "serial: is zero"},
    {"serial of odd length", "revoke", "/revoke/serial", "\"abc\"", "serial: is not hexadecimal"},
    {"serial too long", "revoke", "/revoke/serial",
     "\"010203040506070809101112131415161718192021\"", "serial: is longer than 20 octets"},
    {"serial as a number", "revoke", "/revoke/serial", "17", "serial: is not a string"},
};

TEST(LeaseAnswer, RejectsABadJobAndNamesTheField) {
  for (const auto& row : kBadJobs) {
    Json job = std::string(row.base) == "issue" ? issue_job() : revoke_job();
    const Json::json_pointer place(row.pointer);
    if (row.value == nullptr) {
      job.at(place.parent_pointer()).erase(place.back());
    } else {
      job[place] = Json::parse(row.value);
    }
    const auto answer = decode_lease_answer(answer_with({job.dump(), revoke_job().dump()}));
    ASSERT_TRUE(answer) << row.name << ": " << answer.error().message();
    ASSERT_THAT(answer->jobs, SizeIs(2)) << row.name;
    EXPECT_FALSE(answer->jobs[1].rejection.has_value()) << row.name;
    const LeasedJob& bad = answer->jobs[0];
    ASSERT_TRUE(bad.rejection.has_value()) << row.name;
    EXPECT_THAT(bad.rejection->message, HasSubstr(row.problem)) << row.name;
    EXPECT_EQ(bad.rejection->code, row.code) << row.name;
    EXPECT_EQ(bad.job.id, job["id"]) << row.name;
    EXPECT_EQ(bad.job.lease.number, job["lease"]["number"]) << row.name;
    EXPECT_EQ(bad.job.digest, job_digest(job)) << row.name;
  }
}

TEST(LeaseAnswer, RejectsAnOversizedRequest) {
  Json job = issue_job();
  job["issue"]["pkcs10"] = text::to_base64(Bytes(kMaxPkcs10 + 1, 0x30));
  const auto answer = decode_lease_answer(answer_with({job.dump()}));
  ASSERT_TRUE(answer);
  ASSERT_TRUE(answer->jobs[0].rejection.has_value());
  EXPECT_THAT(answer->jobs[0].rejection->message, HasSubstr("pkcs10: has 65537 octets"));
  job["issue"]["pkcs10"] = text::to_base64(Bytes(kMaxPkcs10, 0x30));
  EXPECT_FALSE(decode_lease_answer(answer_with({job.dump()}))->jobs[0].rejection.has_value());
}

struct BadText {
  const char* name;
  std::string in_place_of;  // a part of the job's text
  std::string text;
  const char* problem;
};

// The codec rejects one job for JSON that is not strict, not the whole answer.
TEST(LeaseAnswer, RejectsAJobThatIsNotStrictJson) {
  const BadText rows[] = {
      {"repeated key", "\"priority\":5", "\"priority\":5,\"priority\":6", "has a key twice"},
      {"repeated key deep inside", "\"template\":\"device\"",
       "\"template\":\"device\",\"template\":\"admin\"", "has a key twice"},
      {"nesting", "\"priority\":5", "\"priority\":" + std::string(70, '[') + std::string(70, ']'),
       "nested deeper"},
      {"not UTF-8", "ticket 4711", "ticket \xFF", "is not JSON in UTF-8"},
      {"lone surrogate", "ticket 4711", "ticket \\ud800", "is not JSON in UTF-8"},
      {"leading zero", "\"priority\":5", "\"priority\":05", "is not JSON"},
      {"comment", "\"priority\":5", "\"priority\":5/**/", "is not JSON"},
  };
  for (const auto& row : rows) {
    std::string text = issue_job().dump();
    text.replace(text.find(row.in_place_of), row.in_place_of.size(), row.text);
    const auto answer = decode_lease_answer(answer_with({text, revoke_job().dump()}));
    ASSERT_TRUE(answer) << row.name << ": " << answer.error().message();
    ASSERT_THAT(answer->jobs, SizeIs(2)) << row.name;
    EXPECT_FALSE(answer->jobs[1].rejection.has_value()) << row.name;
    const LeasedJob& bad = answer->jobs[0];
    ASSERT_TRUE(bad.rejection.has_value()) << row.name;
    EXPECT_THAT(bad.rejection->message, HasSubstr("jobs[0]: ")) << row.name;
    EXPECT_THAT(bad.rejection->message, HasSubstr(row.problem)) << row.name;
    EXPECT_EQ(bad.job.id, "job-1") << row.name;
    EXPECT_EQ(bad.job.lease.number, 7U) << row.name;
    EXPECT_EQ(bad.job.ca, issue_job()["ca"]) << row.name;
    EXPECT_EQ(bad.job.digest, crypto::sha256(as_bytes(text))) << row.name;
  }
}

TEST(LeaseAnswer, CountsJobsWithoutAUsableIdOrLease) {
  const auto with = [](const char* pointer, const Json& value) {
    Json job = issue_job();
    job[Json::json_pointer(pointer)] = value;
    return job.dump();
  };
  std::string twice = issue_job().dump();
  twice.replace(twice.find("\"id\""), 4, "\"id\":\"x\",\"id\"");
  const std::vector<std::string> jobs = {
      "17",
      "{}",
      "[]",
      "{bad}",
      with("/id", ""),
      with("/id", "a b"),
      with("/id", std::string(129, 'x')),
      with("/id", 1),
      with("/lease", nullptr),
      with("/lease/number", 0),
      with("/lease/number", -1),
      twice,
      issue_job().dump(),
  };
  const auto answer = decode_lease_answer(answer_with(jobs));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->unreadable, jobs.size() - 1);
  ASSERT_THAT(answer->jobs, SizeIs(1));
  EXPECT_FALSE(answer->jobs[0].rejection.has_value());
}

TEST(LeaseAnswer, RefusesABadEnvelopeAsAWhole) {
  const std::string time = R"("server_time":"2026-01-01T00:00:00Z")";
  std::string many = "{}";
  for (int i = 0; i < 500; ++i) many += ",{}";
  const std::pair<std::string, const char*> rows[] = {
      {"", "not JSON"},
      {"[]", "not JSON"},
      {"{" + time + "}", "jobs: is missing"},
      {R"({"jobs":[]})", "server_time: is missing"},
      {R"({"jobs":[],"server_time":"now"})", "server_time: is not a time"},
      {R"({"jobs":{},)" + time + "}", "not JSON"},
      {R"({"jobs":[],"jobs":[],)" + time + "}", "twice"},
      {R"({"jobs":[],"other":{"a":1,"a":2},)" + time + "}", "twice"},
      {R"({"jobs":[{},)" + time + "}", "not JSON"},
      {R"({"jobs":[)" + many + "]," + time + "}", "has 501 items"},
      {R"({"jobs":[],)" + time + "} x", "not JSON"},
  };
  for (const auto& [text, problem] : rows) {
    const auto answer = decode_lease_answer(text);
    ASSERT_FALSE(answer) << text;
    EXPECT_THAT(answer.error().message(), HasSubstr(problem)) << text;
    EXPECT_EQ(answer.error().kind(), ErrorKind::permanent);
  }
}

}  // namespace
}  // namespace certconnector::management
