#include <gmock/gmock.h>

#include "agent/core/failure_codes.h"
#include "common/text/hex.h"
#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"
#include "tests/support/core/named_certificate.h"
#include "tests/support/test_pki.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

core::EnrollmentRecord enrollment_of(const core::JobRecord& job, const std::string& transaction) {
  core::EnrollmentRecord record;
  record.key.service = "phones";
  record.key.transaction_id = transaction;
  record.device = "device-" + transaction;
  record.challenge = "challenge-" + transaction;
  record.subject = "CN=phone " + transaction;
  record.at = testing::FakeClock::kStart;
  record.ticket = job.ticket;
  record.job = job.job.key.id;
  return record;
}

class ScepCommands : public testing::CommandDispatcherTest {
 protected:
  ScepCommands() { scep_.views = {testing::example_service()}; }

  // One that was issued, and one after it that was refused.
  void plant() {
    core::JobRecord issued = testing::issued_job("job-1", 1, "CN=phone t1");
    issued.job.key.source = core::JobSource::scep;
    core::JobRecord refused = testing::failed_job("job-2", 2);
    refused.job.key.source = core::JobSource::scep;
    refused.outcome = core::failed(core::failure::kChallengeExpired, "It expired.");
    store_.records = {refused, issued};
    enrollments_.records = {enrollment_of(refused, "t2"), enrollment_of(issued, "t1")};
  }

  wire::ScepExplainResult explain(const std::string& what, const std::string& more = "") {
    return result_of<wire::ScepExplainResult>(wire::command::kScepExplain,
                                              R"({"what":")" + what + "\"" + more + "}");
  }
};

TEST_F(ScepCommands, ListHasTheServicesWithTheirAddress) {
  const auto list = result_of<wire::ScepListResult>(wire::command::kScepList);
  EXPECT_EQ(list.address, "127.0.0.1:8080");
  EXPECT_EQ(list.tls_address, "");
  scep_.listens_for_tls = "0.0.0.0:8443";
  EXPECT_EQ(result_of<wire::ScepListResult>(wire::command::kScepList).tls_address, "0.0.0.0:8443");
  ASSERT_THAT(list.services, SizeIs(1));
  EXPECT_EQ(list.services[0].challenge, "one-time");
  EXPECT_EQ(list.services[0].ra->subject, "CN=phones SCEP RA");
  EXPECT_EQ(list.services[0].switches.at(0).name, "allow_sha1");
}

TEST_F(ScepCommands, CapsSayWhatEachWordMeans) {
  const auto caps =
      result_of<wire::ScepCapsResult>(wire::command::kScepCaps, R"({"service":"phones"})");
  ASSERT_THAT(caps.capabilities, SizeIs(3));
  EXPECT_EQ(caps.capabilities[2].name, "Renewal");
  EXPECT_THAT(caps.capabilities[2].meaning, HasSubstr("without a challenge"));
  EXPECT_THAT(caps.switches, SizeIs(2));
}

TEST_F(ScepCommands, ExplainFindsByWhatPeopleKnow) {
  plant();
  for (const char* what : {"t1", "device-t1", "challenge-t1", "phone t1"}) {
    const auto found = explain(what);
    ASSERT_THAT(found.enrollments, SizeIs(1)) << what;
    EXPECT_EQ(found.enrollments[0].number, 1U);
    EXPECT_EQ(found.enrollments[0].standing, "issued");
    EXPECT_FALSE(found.enrollments[0].serial.empty());
    ASSERT_TRUE(found.story) << what;
    EXPECT_THAT(found.story->happened.at(0), HasSubstr("transaction t1"));
  }
}

TEST_F(ScepCommands, ExplainListsSeveralAndTakesTheNumberOfOne) {
  plant();
  const auto several = explain("CN=phone");
  ASSERT_THAT(several.enrollments, SizeIs(2));
  EXPECT_FALSE(several.story);
  EXPECT_FALSE(several.more);
  EXPECT_EQ(several.enrollments[0].transaction, "t2") << "newest first";
  const auto one = explain("CN=phone", R"(,"number":2)");
  ASSERT_TRUE(one.story);
  EXPECT_THAT(one.story->why, HasSubstr("0x8009481C"));
  EXPECT_THAT(one.story->why, HasSubstr("failInfo badRequest"));
  EXPECT_THAT(one.story->next, HasSubstr("new challenge"));
}

TEST_F(ScepCommands, ExplainKnowsOfRevocationsAndOfWhatTheEndpointRefused) {
  plant();
  const auto& issued = std::get<core::Issued>(*store_.records.at(1).outcome);
  core::EnrollmentStanding standing;
  standing.ticket.value = 1;
  standing.withheld = true;
  enrollments_.standing = standing;
  EXPECT_EQ(explain("t1").enrollments.at(0).standing, "withheld");
  auto known = std::make_shared<testing::FakeRegister>();
  core::CertificateRecord record;
  record.entry.certificate = issued.certificate;
  record.revocation = core::RevocationRecord{testing::FakeClock::kStart,
                                             core::RevocationReason::superseded, std::nullopt};
  known->records = {record};
  agent_.lookups[testing::kExampleCa] = known;
  EXPECT_EQ(explain("t1").enrollments.at(0).standing, "revoked");
  EXPECT_THAT(explain("t1").story->why, HasSubstr("superseded"));
}

TEST_F(ScepCommands, ExplainSaysWhatThisAgentCannotRevoke) {
  plant();
  store_.records.at(1).external = true;
  EXPECT_THAT(explain("t1").story->next, HasSubstr("certconnector certs revoke"));
  store_.records.at(1).job.ca = core::CaFingerprint(64, 'd');
  EXPECT_THAT(explain("t1").story->next, HasSubstr("at the CA that issued it"));
}

TEST_F(ScepCommands, ExplainSaysWhatTheDeviceWasTold) {
  plant();
  scep_.views[0].switches[1].on = true;  // ndes_failures
  EXPECT_THAT(explain("t2").story->why, HasSubstr("failInfo badRequest and the HRESULT"));
  scep_.views[0].registration = true;
  EXPECT_THAT(explain("t2").story->why, Not(HasSubstr("failInfo"))) << "its NDES tells it";
}

TEST_F(ScepCommands, ExplainOfAForgottenJobStillTellsWhoAsked) {
  plant();
  enrollments_.records.at(1).job.clear();
  const auto found = explain("t1");
  EXPECT_EQ(found.enrollments.at(0).standing, "forgotten");
  EXPECT_THAT(found.story->happened.at(0), HasSubstr("device-t1"));
}

TEST_F(ScepCommands, ExplainKnowsTheCertificateOfARemovedJob) {
  plant();
  enrollments_.records.at(1).job.clear();
  core::EnrollmentStanding standing;
  standing.ticket.value = 1;
  standing.state = core::JobState::reported;
  standing.outcome = *store_.records.at(1).outcome;
  enrollments_.standing = standing;
  EXPECT_EQ(explain("t1").enrollments.at(0).standing, "issued");
  EXPECT_FALSE(explain("t1").enrollments.at(0).serial.empty());
  EXPECT_EQ(explain("t2").enrollments.at(0).standing, "failed") << "it is the other one's";
}

TEST_F(ScepCommands, ExplainKnowsAForgottenEnrollmentByItsCertificate) {
  core::CertificateEntry entry;
  entry.certificate = testing::named_certificate("CN=phone t9", testing::FakeClock::kStart);
  entry.holder = {core::JobSource::scep, "phones", "job-9", "t9", "challenge-9", "device-t9"};
  ASSERT_TRUE(certificates_.record("ca", {entry}, testing::FakeClock::kStart).ok());
  core::EnrollmentStanding standing;
  standing.ticket.value = 9;
  standing.state = core::JobState::reported;
  standing.outcome = core::Issued{entry.certificate, {}};
  enrollments_.standing = standing;
  for (const char* what : {"t9", "device-t9", "phone t9"}) {
    const auto found = explain(what);
    ASSERT_THAT(found.enrollments, SizeIs(1)) << what;
    EXPECT_EQ(found.enrollments[0].number, 9U);
    EXPECT_EQ(found.enrollments[0].standing, "issued");
    EXPECT_EQ(found.enrollments[0].serial, text::to_hex(entry.certificate.serial));
    ASSERT_TRUE(found.story);
    EXPECT_THAT(found.story->happened.at(0), HasSubstr("Device device-t9"));
  }
  EXPECT_THAT(explain("t9", R"(,"number":9)").enrollments, SizeIs(1));
  EXPECT_EQ(refusal_of(wire::command::kScepExplain, R"({"what":"t9","number":8})"),
            "no_such_enrollment");
}

TEST_F(ScepCommands, TestRevokesWhatItGot) {
  scep_.outcome.transaction = "selftest-1";
  scep_.outcome.steps = {{"GetCACaps: AES", Duration(3)}};
  scep_.outcome.serial = {0x0A};
  scep_.outcome.ca = testing::kExampleCa;
  agent_.run_outcome = core::Revoked{testing::FakeClock::kStart, false};
  const auto test = result_of<wire::ScepTestResult>(
      wire::command::kScepTest,
      R"({"service":"phones","challenge":"the-secret","subject":"CN=x","url":"https://h","trusted":"PEM"})");
  EXPECT_TRUE(test.passed) << test.failure;
  ASSERT_THAT(test.steps, SizeIs(2));
  EXPECT_EQ(test.steps[0].milliseconds, 3);
  EXPECT_EQ(scep_.tested.challenge, "the-secret");
  EXPECT_EQ(scep_.tested.subject, "CN=x");
  EXPECT_EQ(scep_.tested.url, "https://h");
  EXPECT_EQ(scep_.tested.trusted, "PEM");
  ASSERT_THAT(agent_.run, SizeIs(1));
  const auto& revocation = std::get<core::RevokeRequest>(agent_.run[0].job.request);
  EXPECT_EQ(revocation.serial, Bytes{0x0A});
  EXPECT_EQ(agent_.run[0].job.key.source, core::JobSource::local);
  EXPECT_FALSE(agent_.run[0].report);
}

TEST_F(ScepCommands, TestMakesAOneTimePasswordAndWithdrawsItWhenItWasNotUsed) {
  scep_.outcome.failure = "GetCACaps: HTTP 503";
  result_of<wire::ScepTestResult>(wire::command::kScepTest, R"({"service":"phones"})");
  EXPECT_EQ(scep_.tested.challenge, challenges_.made.password);
  EXPECT_EQ(challenges_.wanted.subject, "CN=SCEP test of phones");
  EXPECT_EQ(challenges_.calls,
            (std::vector<std::string>{"make for phones by alice",
                                      "revoke " + challenges_.made.id + " by alice"}));
  challenges_.calls.clear();
  scep_.views[0].challenge = ScepChallengeKind::signed_by_endpoint;
  result_of<wire::ScepTestResult>(wire::command::kScepTest, R"({"service":"phones"})");
  EXPECT_EQ(scep_.tested.challenge, "");
  EXPECT_TRUE(challenges_.calls.empty());
}

TEST_F(ScepCommands, CaTestClaimsNoMoreThanItAsked) {
  agent_.view.cas[0].description.backend = "exec";
  EXPECT_THAT(
      result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})").message,
      HasSubstr("the CA answers; only a job shows"));
}

TEST_F(ScepCommands, CaTestAndTheListSayWhatIsNotAnnounced) {
  const std::string before =
      result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})").message;
  EXPECT_EQ(before, "the CA can issue and revoke");
  scep_.views[0].ca = "default";
  scep_.views[0].next_ca_problem = "the next CA is not announced: because";
  EXPECT_EQ(result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})").message,
            before + "; but for the SCEP service phones the next CA is not announced: because");
  EXPECT_EQ(result_of<wire::ScepListResult>(wire::command::kScepList).services.at(0).problem,
            "the next CA is not announced: because");
}

TEST_F(ScepCommands, CaTestSaysThatACertificateWithoutDigitalSignatureAnnouncesNone) {
  certconnector::testing::CertificateSpec spec;
  spec.ca = true;
  for (const auto& [usage, says] : {std::pair{"digitalSignature,keyCertSign,cRLSign", false},
                                    std::pair{"keyCertSign,cRLSign", true}}) {
    spec.key_usage = usage;
    agent_.chain = {certconnector::testing::make_self_signed(spec).certificate.der()};
    const std::string message =
        result_of<wire::CaTestResult>(wire::command::kCaTest, R"({"name":"default"})").message;
    EXPECT_EQ(message.find("lacks digitalSignature") != std::string::npos, says) << message;
  }
}

TEST_F(ScepCommands, TestFailsWhenItsCertificateStands) {
  scep_.outcome.serial = {0x0A};
  scep_.outcome.ca = testing::kExampleCa;
  const auto test =
      result_of<wire::ScepTestResult>(wire::command::kScepTest, R"({"service":"phones"})");
  EXPECT_FALSE(test.passed);
  EXPECT_THAT(test.failure, HasSubstr("0a is not revoked yet"));
  EXPECT_THAT(test.next, HasSubstr("certconnector jobs explain revoke-0a-"));
}

TEST_F(ScepCommands, TestSaysWhereItFailed) {
  scep_.outcome.failure = "PKIOperation: FAILURE, badRequest";
  scep_.outcome.next = "See: certconnector scep explain selftest-1";
  const auto test =
      result_of<wire::ScepTestResult>(wire::command::kScepTest, R"({"service":"phones"})");
  EXPECT_FALSE(test.passed);
  EXPECT_EQ(test.failure, scep_.outcome.failure);
  EXPECT_TRUE(agent_.run.empty()) << "there is nothing to revoke";
}

TEST_F(ScepCommands, StatusAndHealthKnowOfTheServices) {
  scep_.views[0].ra.reset();
  const auto status = result_of<wire::StatusResult>(wire::command::kStatus);
  ASSERT_THAT(status.scep, SizeIs(1));
  EXPECT_EQ(status.health, "down");
  EXPECT_EQ(status.findings.back().component, "scep.phones");
  EXPECT_EQ(result_of<wire::HealthResult>(wire::command::kHealth).health, "down");
}

struct FailedScepCommand {
  std::string_view command;
  const char* arguments;
  const char* code;
};

TEST_F(ScepCommands, RefusesWhatIsNotThere) {
  plant();
  const FailedScepCommand rows[] = {
      {wire::command::kScepCaps, R"({"service":"printers"})", "no_such_service"},
      {wire::command::kScepCaps, R"({})", "bad_arguments"},
      {wire::command::kScepTest, R"({"service":"printers"})", "no_such_service"},
      {wire::command::kScepExplain, R"({"what":"t9"})", "no_such_enrollment"},
      {wire::command::kScepExplain, R"({"what":"t1","service":"printers"})", "no_such_enrollment"},
      {wire::command::kScepExplain, R"({"what":"t1","number":2})", "no_such_enrollment"},
      {wire::command::kScepExplain, R"({"what":""})", "bad_value"}};
  for (const FailedScepCommand& row : rows) {
    EXPECT_EQ(refusal_of(row.command, row.arguments), row.code) << row.arguments;
  }
}

}  // namespace
}  // namespace certconnector::control
