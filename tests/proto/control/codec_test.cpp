#include "proto/control/codec.h"

#include <gtest/gtest.h>

#include "proto/control/errors.h"

namespace certconnector::control_proto {
namespace {

constexpr Timestamp kNow = from_millis(1767225600000);  // 2026-01-01T00:00:00Z

TEST(Codec, WritesStableMemberNamesInTheirOrder) {
  EXPECT_EQ(encode(HealthResult{"degraded",
                                {{"endpoint_fails", "endpoint", "degraded", "slow", "wait"}}}),
            R"({"health":"degraded","findings":[{"code":"endpoint_fails","component":"endpoint",)"
            R"("level":"degraded","message":"slow","remedy":"wait"}]})");
  EXPECT_EQ(encode(RunStateResult{"paused"}), R"({"state":"paused"})");
  EXPECT_EQ(encode(VersionResult{"1.2.3", 1, {}, {}, {}, {}}),
            R"({"version":"1.2.3","protocol":1})");
}

TEST(Codec, LeavesOutWhatHasNoValue) {
  JobsListArguments arguments;
  EXPECT_EQ(encode(arguments), R"({"limit":50})");
  arguments.since = kNow;
  arguments.ca = "default";
  EXPECT_EQ(encode(arguments), R"({"ca":"default","since":"2026-01-01T00:00:00Z","limit":50})");
}

// The receiver has another default, so a zero must stand in the message.
TEST(Codec, TellsAZeroWhereTheDefaultIsNoZero) {
  JobsListArguments jobs;
  jobs.limit = 0;
  EXPECT_EQ(decode_arguments<JobsListArguments>(encode(jobs))->limit, 0U);
  CertsListArguments certificates;
  certificates.limit = 0;
  EXPECT_EQ(decode_arguments<CertsListArguments>(encode(certificates))->limit, 0U);
  LineageAllowArguments allowed;
  allowed.count = 0;
  EXPECT_EQ(decode_arguments<LineageAllowArguments>(encode(allowed))->count, 0U);
  StatusResult status;
  status.outcomes_complete = false;
  EXPECT_FALSE(decode_result<StatusResult>(encode(status))->outcomes_complete);
  EXPECT_EQ(decode_arguments<JobsListArguments>("{}")->limit, 50U);
}

StatusResult full_status() {
  StatusResult status;
  status.version = "0.1.0";
  status.state = "working";
  status.started = kNow - std::chrono::hours(5);
  status.now = kNow;
  status.identity =
      Identity{"agent-1", "CN=agent-1", "CN=Endpoint CA", "0a", "ff", kNow, kNow, kNow, "enrolled"};
  status.endpoint = {"https://localhost:1", true, kNow, ""};
  Ca ca;
  ca.name = "default";
  ca.templates = {{"device", true}};
  ca.crl = Crl{7, kNow, kNow, 3, 16};
  status.cas = {ca};
  ScepService service;
  service.name = "phones";
  service.paths = {"/scep"};
  service.challenge = "signed";
  service.ra = ScepRa{"CN=RA", "0a", kNow, kNow};
  service.switches = {{"allow_sha1", true, true, "Takes SHA-1."}};
  status.scep = {service};
  status.counts = {{"ff", "default", "issue", "queued", 12}};
  status.queue_depth = 12;
  status.health = "ok";
  return status;
}

TEST(Codec, ReadsBackAWholeStatus) {
  const std::string text = encode(full_status());
  const auto status = decode_result<StatusResult>(text);
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(encode(*status), text);
  EXPECT_EQ(status->cas.at(0).crl->number, 7U);
  EXPECT_EQ(status->identity->source, "enrolled");
}

TEST(Codec, ReadsBackAJobWithItsOutcome) {
  JobsShowResult result;
  JobDetail detail;
  detail.job.id = "job-1";
  detail.job.template_name = "device";
  detail.job.lease = JobLease{3, kNow};
  JobOutcome outcome;
  outcome.kind = "failed";
  outcome.code = "bad_request";
  outcome.hresult = -2146877420;
  detail.job.outcome = outcome;
  detail.history = {{kNow, "retry", "the CA was away"}};
  result.jobs = {detail};
  const std::string text = encode(result);
  EXPECT_NE(text.find(R"("template":"device")"), std::string::npos) << text;
  const auto back = decode_result<JobsShowResult>(text);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(encode(*back), text);
  EXPECT_EQ(back->jobs.at(0).job.outcome->hresult, -2146877420);
}

TEST(Codec, ReadsAStatusWithoutScepServices) {
  StatusResult plain = full_status();
  plain.scep.clear();
  const std::string text = encode(plain);
  EXPECT_EQ(text.find("scep"), std::string::npos);
  EXPECT_TRUE(decode_result<StatusResult>(text).ok()) << "as an agent without SCEP tells it";
}

TEST(Codec, ReadsBackAnEnrollmentAndACertificate) {
  ScepExplainResult explained;
  explained.enrollments.resize(1);
  explained.enrollments[0].number = 7;
  explained.enrollments[0].standing = "refused";
  explained.story = ScepExplanation{{"first", "second"}, "why", "next"};
  const auto story = decode_result<ScepExplainResult>(encode(explained));
  ASSERT_TRUE(story.ok()) << story.error().message();
  EXPECT_EQ(encode(*story), encode(explained));
  CertsListResult certificates;
  certificates.certificates.resize(1);
  certificates.certificates[0].template_name = "device";
  certificates.certificates[0].revoked_at = kNow;
  certificates.next = "12";
  const auto list = decode_result<CertsListResult>(encode(certificates));
  ASSERT_TRUE(list.ok()) << list.error().message();
  EXPECT_EQ(list->certificates.at(0).template_name, "device");
  EXPECT_EQ(encode(*list), encode(certificates));
}

TEST(Codec, PassesOverWhatANewerAgentAddsToAResult) {
  const auto state = decode_result<RunStateResult>(R"({"state":"paused","since":"yesterday"})");
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->state, "paused");
}

TEST(Codec, DenialHoldsTheJobAndTheReasonSideBySide) {
  const auto denial =
      decode_arguments<JobDenyArguments>(R"({"id":"j","instance":"default","why":"no"})");
  ASSERT_TRUE(denial.ok()) << denial.error().message();
  EXPECT_EQ(denial->job.id, "j");
  EXPECT_EQ(denial->job.instance, "default");
  EXPECT_EQ(denial->why, "no");
}

struct BadArguments {
  const char* what;
  const char* text;
  const char* names;  // must be in the message
};
class InvalidJobsList : public ::testing::TestWithParam<BadArguments> {};

TEST_P(InvalidJobsList, NamesTheMember) {
  const auto arguments = decode_arguments<JobsListArguments>(GetParam().text);
  ASSERT_FALSE(arguments.ok());
  EXPECT_EQ(arguments.error().code(), error_code(ControlErrc::bad_arguments));
  EXPECT_NE(arguments.error().message().find(GetParam().names), std::string::npos)
      << arguments.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Texts, InvalidJobsList,
    ::testing::Values(BadArguments{"unknown_member", R"({"stat":"failed"})", "stat"},
                      BadArguments{"limit_is_text", R"({"limit":"5"})", "limit"},
                      BadArguments{"limit_is_negative", R"({"limit":-1})", "limit"},
                      BadArguments{"limit_is_a_fraction", R"({"limit":1.5})", "limit"},
                      BadArguments{"limit_is_huge", R"({"limit":18446744073709551615})", "limit"},
                      BadArguments{"since_is_no_time", R"({"since":"yesterday"})", "since"},
                      BadArguments{"state_is_null", R"({"state":null})", "state"},
                      BadArguments{"not_an_object", R"([1])", "object"},
                      BadArguments{"not_json", R"({"limit":)", "JSON"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(Codec, ErrorsDoNotQuoteTheText) {
  const auto enroll = decode_arguments<EnrollArguments>(R"({"token":"cct1.secret","x":1})");
  ASSERT_FALSE(enroll.ok());
  EXPECT_EQ(enroll.error().message().find("secret"), std::string::npos);
  const auto broken = decode_arguments<EnrollArguments>(R"({"token":"cct1.secret)");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().message().find("secret"), std::string::npos);
}

TEST(Codec, AResultWithoutAMemberThatMustBeThereIsRefused) {
  const auto version = decode_result<VersionResult>(R"({"version":"0.0.1"})");
  ASSERT_FALSE(version.ok());
  EXPECT_EQ(version.error().code(), error_code(ControlErrc::bad_result));
  EXPECT_NE(version.error().message().find("protocol"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::control_proto
