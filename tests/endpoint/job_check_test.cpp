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

struct BadMember {
  const char* pointer;
  json value;
  const char* named;  // in the message
};

class BadIssueJobs : public ::testing::TestWithParam<BadMember> {};

TEST_P(BadIssueJobs, NameTheMember) {
  json job = issue_job();
  job[json::json_pointer(GetParam().pointer)] = GetParam().value;
  const auto checked = check_job(job);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find(GetParam().named), std::string::npos)
      << checked.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadIssueJobs,
    ::testing::Values(
        BadMember{"/id", "a b", "id"}, BadMember{"/id", std::string(129, 'a'), "id"},
        BadMember{"/type", "bake", "type"}, BadMember{"/ca", "abc", "ca"},
        BadMember{"/priority", 101, "priority"}, BadMember{"/priority", 1.5, "priority"},
        BadMember{"/deadline", "soon", "deadline"}, BadMember{"/color", "red", "color"},
        BadMember{"/revoke", json::object(), "type"}, BadMember{"/issue/pkcs10", "!", "pkcs10"},
        BadMember{"/issue/pkcs10", std::string(88000, 'A'), "pkcs10"},
        BadMember{"/issue/template", "", "template"}, BadMember{"/issue/sid", "S-1-", "sid"},
        BadMember{"/issue/sid", "S-1-5--2", "sid"},
        BadMember{"/issue/validity_seconds", 0, "validity_seconds"},
        BadMember{"/issue/extra", 1, "extra"}, BadMember{"/issue/expected", 1, "expected"},
        BadMember{"/issue/expected", {{"key", "x"}}, "key"},
        BadMember{"/issue/expected/subject_alt_names",
                  json::array({{{"type", "fax"}, {"value", "1"}}}), "subject_alt_names"}));

class BadRevokeJobs : public ::testing::TestWithParam<BadMember> {};

TEST_P(BadRevokeJobs, NameTheMember) {
  json job = revoke_job();
  job[json::json_pointer(GetParam().pointer)] = GetParam().value;
  const auto checked = check_job(job);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find(GetParam().named), std::string::npos)
      << checked.error().message();
}

INSTANTIATE_TEST_SUITE_P(Table, BadRevokeJobs,
                         ::testing::Values(BadMember{"/revoke/reason", 7, "reason"},
                                           BadMember{"/revoke/reason", 11, "reason"},
                                           BadMember{"/revoke/serial", "abc", "serial"},
                                           BadMember{"/revoke/serial", "xy", "serial"},
                                           BadMember{"/revoke/thumbprint", "ab", "serial"},
                                           BadMember{"/revoke/invalidity_date", 1, "invalidity"},
                                           BadMember{"/revoke", json::array(), "revoke"}));

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
