#include "tests/endpoint/job_check.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

json issue_job() {
  return json::parse(R"({"id":"j1","type":"issue","ca":")" + std::string(64, 'A') +
                     R"(","issue":{"template":"device","pkcs10":"MAA="}})");
}

json revoke_job() {
  return json::parse(R"({"id":"r1","type":"revoke","ca":")" + std::string(64, 'a') +
                     R"(","revoke":{"serial":"0bad","reason":1}})");
}

TEST(JobCheck, CaIsWrittenInLowerCase) {
  const auto job = check_job(issue_job());
  ASSERT_TRUE(job.ok()) << job.error().message();
  EXPECT_EQ(job->ca, std::string(64, 'a'));
  EXPECT_EQ(json::parse(job->body).at("ca"), std::string(64, 'a'));
}

TEST(JobCheck, DigestIsOfTheCanonicalForm) {
  const auto job = check_job(revoke_job());
  ASSERT_TRUE(job.ok()) << job.error().message();
  EXPECT_EQ(job->body, R"({"ca":")" + std::string(64, 'a') +
                           R"(","id":"r1","revoke":{"reason":1,"serial":"0bad"},"type":"revoke"})");
  EXPECT_EQ(job->digest.size(), 64U);
}

TEST(JobCheck, JobWithoutAnIdGetsOne) {
  json job = issue_job();
  job.erase("id");
  const auto checked = check_job(job);
  ASSERT_TRUE(checked.ok()) << checked.error().message();
  EXPECT_EQ(checked->id.size(), 36U);
}

struct Refusal {
  const char* pointer;
  json value;
  const char* told;  // in the message
};

class IssueRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(IssueRefusals, NameTheMember) {
  json job = issue_job();
  job[json::json_pointer(GetParam().pointer)] = GetParam().value;
  const auto checked = check_job(job);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find(GetParam().told), std::string::npos)
      << checked.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Table, IssueRefusals,
    ::testing::Values(
        Refusal{"/id", "a b", "id"}, Refusal{"/id", std::string(129, 'a'), "id"},
        Refusal{"/type", "bake", "type"}, Refusal{"/ca", "abc", "ca"},
        Refusal{"/priority", 101, "priority"}, Refusal{"/priority", 1.5, "priority"},
        Refusal{"/deadline", "soon", "deadline"}, Refusal{"/color", "red", "color"},
        Refusal{"/revoke", json::object(), "type"}, Refusal{"/issue/pkcs10", "!", "pkcs10"},
        Refusal{"/issue/pkcs10", std::string(88000, 'A'), "pkcs10"},
        Refusal{"/issue/template", "", "template"}, Refusal{"/issue/sid", "S-1-", "sid"},
        Refusal{"/issue/sid", "S-1-5--2", "sid"},
        Refusal{"/issue/validity_seconds", 0, "validity_seconds"},
        Refusal{"/issue/extra", 1, "extra"}, Refusal{"/issue/expected", 1, "expected"},
        Refusal{"/issue/expected", {{"key", "x"}}, "key"},
        Refusal{"/issue/expected/subject_alt_names",
                json::array({{{"type", "fax"}, {"value", "1"}}}), "subject_alt_names"}));

class RevokeRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(RevokeRefusals, NameTheMember) {
  json job = revoke_job();
  job[json::json_pointer(GetParam().pointer)] = GetParam().value;
  const auto checked = check_job(job);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find(GetParam().told), std::string::npos)
      << checked.error().message();
}

INSTANTIATE_TEST_SUITE_P(Table, RevokeRefusals,
                         ::testing::Values(Refusal{"/revoke/reason", 7, "reason"},
                                           Refusal{"/revoke/reason", 11, "reason"},
                                           Refusal{"/revoke/serial", "abc", "serial"},
                                           Refusal{"/revoke/serial", "xy", "serial"},
                                           Refusal{"/revoke/thumbprint", "ab", "serial"},
                                           Refusal{"/revoke/invalidity_date", 1, "invalidity"},
                                           Refusal{"/revoke", json::array(), "revoke"}));

TEST(JobCheck, GoodOptionalMembersAreTaken) {
  json job = issue_job();
  job["issue"]["sid"] = "S-1-5-21-1-2-3-1001";
  job["issue"]["validity_seconds"] = 3600;
  job["issue"]["expected"] = {{"subject", "CN=a"},
                              {"subject_alt_names", {{{"type", "dns"}, {"value", "a.example"}}}},
                              {"key_usage", {"digitalSignature"}},
                              {"extended_key_usage", {"1.3.6.1.5.5.7.3.2"}}};
  const auto checked = check_job(job);
  EXPECT_TRUE(checked.ok()) << checked.error().message();
}

}  // namespace
}  // namespace certconnector::endpoint
