// SCEP services and revocations as a person works with them, on an agent with a real store, a real
// CA and a real listener.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/app/errors.h"
#include "agent/core/failure_codes.h"
#include "common/http/server.h"
#include "common/text/hex.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::chrono::seconds kLongest{10};

class ScepOperationsTest : public ::testing::Test {
 protected:
  ScepOperationsTest() {
    certconnector::testing::close_to_others(site_.folder.write("password", "laboratory-1"));
  }

  std::string configuration() const {
    return "[http]\nlisten=127.0.0.1:0\n[template.device]\n[ca.default]\n[scep.phones]\nchallenge="
           "static\nchallenge_file=" +
           site_.folder.file("password") + "\nallow_sha1=yes\n";
  }

  // A local job of the agent soon gets the RA certificate.
  static bool wait_for_ra(ScepModule& scep) {
    Wakeup nobody;
    for (int i = 0; i < 1000; ++i) {
      if (scep.services().at(0).ra) return true;
      nobody.wait(Duration(kLongest) / 1000, StopToken());
    }
    return false;
  }

  Site site_;
};

core::NewJob revocation_of(const core::CaFingerprint& ca, const Bytes& serial) {
  core::NewJob made;
  made.job = revoke_job("revoke-1", ca, serial);
  made.job.key.source = core::JobSource::local;
  made.report = false;
  return made;
}

TEST_F(ScepOperationsTest, EnrollsAtItselfOverHttp) {
  RunningAgent agent(site_, configuration());
  const core::CaFingerprint ca = agent.create_ca();
  const auto server = http::Server::start({}, agent.scep(), site_.logger);
  ASSERT_TRUE(server.ok());
  agent.scep_module().listening_at({"127.0.0.1", (*server)->port()});
  EXPECT_THAT(agent.scep_module().address(), StartsWith("127.0.0.1:"));
  ASSERT_TRUE(wait_for_ra(agent.scep_module()));
  const auto test = agent.scep_module().enroll_for_test({"phones", "", "CN=x"});
  ASSERT_TRUE(test.ok()) << test.error().message();
  EXPECT_EQ(test->failure, "");
  EXPECT_THAT(test->steps, SizeIs(5));
  EXPECT_EQ(test->ca, ca);

  const auto known = agent.cas().certificates_of(ca);
  ASSERT_NE(known, nullptr);
  const auto standing = known->find_certificate({test->serial, {}});
  ASSERT_TRUE(standing.ok() && *standing);
  EXPECT_FALSE((*standing)->revocation);
  const auto revoked = agent.local_jobs().run_job(revocation_of(ca, test->serial), kLongest);
  ASSERT_TRUE(revoked.ok()) << revoked.error().message();
  ASSERT_TRUE(revoked->outcome);
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(*revoked->outcome));
  EXPECT_TRUE((*known->find_certificate({test->serial, {}}))->revocation);

  const auto refused = agent.scep_module().enroll_for_test({"phones", "another-password", "CN=x"});
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->failure, "PKIOperation: FAILURE, badRequest");
  EXPECT_EQ(refused->next, "See: certconnector scep explain " + refused->transaction);
  EXPECT_THAT(refused->serial, IsEmpty());
}

TEST_F(ScepOperationsTest, ATestThatHasToWaitLeavesNothingBehind) {
  std::string waiting = configuration();
  waiting.replace(waiting.find("[ca.default]"), 0, "approval=yes\n");
  RunningAgent agent(site_, waiting);
  agent.create_ca();
  const auto server = http::Server::start({}, agent.scep(), site_.logger);
  ASSERT_TRUE(server.ok());
  agent.scep_module().listening_at({"127.0.0.1", (*server)->port()});
  ASSERT_TRUE(wait_for_ra(agent.scep_module()));
  const auto test = agent.scep_module().enroll_for_test({"phones", "", "CN=x"});
  ASSERT_TRUE(test.ok()) << test.error().message();
  EXPECT_EQ(test->failure,
            "PKIOperation: PENDING, the certificate is not there yet; the request is withdrawn");
  core::EnrollmentFilter filter;
  filter.transaction_id = test->transaction;
  const auto records = agent.enrollments().list(filter);
  ASSERT_TRUE(records.ok());
  ASSERT_THAT(*records, SizeIs(1));
  const auto jobs = agent.jobs().find(records->front().job);
  ASSERT_TRUE(jobs.ok());
  const auto* reason = std::get_if<core::Failed>(&jobs->front().outcome.value());
  ASSERT_NE(reason, nullptr);
  EXPECT_EQ(reason->code, "canceled");
}

TEST_F(ScepOperationsTest, ShowsWhatAServiceIsAndWhatItLacks) {
  RunningAgent agent(site_, configuration());
  const auto services = agent.scep_module().services();
  ASSERT_THAT(services, SizeIs(1));
  EXPECT_EQ(services[0].name, "phones");
  EXPECT_EQ(services[0].ca, "default");
  EXPECT_EQ(services[0].challenge, control::ScepChallengeKind::fixed);
  EXPECT_FALSE(services[0].ra);
  EXPECT_FALSE(services[0].can_enroll);
  EXPECT_FALSE(services[0].registration);
  EXPECT_THAT(services[0].capabilities, HasSubstr("SHA-1\n"));
  EXPECT_EQ(services[0].switches.at(0).name, "allow_sha1");
  EXPECT_TRUE(services[0].switches.at(0).on);
  EXPECT_FALSE(services[0].switches.at(1).on);
  EXPECT_EQ(agent.scep_module().fail_info(core::failed(core::failure::kBadSignature, "")),
            "badMessageCheck");
}

TEST_F(ScepOperationsTest, ShowsAServiceOfNdesAlone) {
  RunningAgent agent(site_, configuration() +
                                "path=\n[registration]\nlisten=127.0.0.1:0\ncertificate_file=/c\n"
                                "key_file=/k\nclient_ca_file=/r\nallow=dns:localhost\n"
                                "service=phones\n");
  const auto services = agent.scep_module().services();
  ASSERT_THAT(services, SizeIs(1));
  EXPECT_TRUE(services[0].registration);
  EXPECT_FALSE(services[0].can_enroll);
  EXPECT_THAT(services[0].paths, IsEmpty());
  EXPECT_EQ(services[0].challenge, control::ScepChallengeKind::fixed);
}

TEST_F(ScepOperationsTest, CannotTestWhatNoDeviceCouldReach) {
  RunningAgent agent(site_, configuration());
  EXPECT_EQ(agent.scep_module().address(), "");
  EXPECT_EQ(agent.scep_module().enroll_for_test({"printers", "", "CN=x"}).error().code(),
            error_code(AppErrc::unknown_service));
  EXPECT_EQ(agent.scep_module().enroll_for_test({"phones", "", "CN=x"}).error().code(),
            error_code(AppErrc::no_listener));
}

TEST_F(ScepOperationsTest, AJobThatCannotBeDoneYetIsGivenAsItStands) {
  RunningAgent agent(site_, configuration());
  const auto waiting =
      agent.local_jobs().run_job(revocation_of(std::string(64, 'e'), {0x0A}), Duration(1));
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->state, core::JobState::queued);
  EXPECT_EQ(agent.cas().certificates_of(std::string(64, 'e')), nullptr);
}

}  // namespace
}  // namespace certconnector::app
