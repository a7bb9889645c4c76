// The output of the program about SCEP services and enrollments.
#include <gmock/gmock.h>

#include "agent/core/failure_codes.h"
#include "proto/control/codec.h"
#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ScepCli : public CliTest {
 protected:
  ScepCli() {
    scep_.views = {example_service()};
    start_agent();
  }

  void plant(std::int64_t ticket, const std::string& transaction) {
    core::JobRecord job = failed_job("job-" + transaction, ticket);
    job.job.key.source = core::JobSource::scep;
    job.attempts = 0;  // refused before it reached a CA
    job.outcome = core::failed(core::failure::kChallengeExpired, "It expired.");
    store_.records.insert(store_.records.begin(), job);
    core::EnrollmentRecord record;
    record.key.service = "phones";
    record.key.transaction_id = transaction;
    record.subject = "CN=phone " + transaction;
    record.at = FakeClock::kStart;
    record.ticket = job.ticket;
    record.job = job.job.key.id;
    enrollments_.records.insert(enrollments_.records.begin(), record);
  }
};

TEST_F(ScepCli, ListSaysThatNoDeviceGetsACertificate) {
  agent_.view.state = jobs::OperatingState::clock_wrong;
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("State         at rest\n              The machine's clock is wrong"));
  EXPECT_EQ(run({"scep", "list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"at_rest\":\"The machine's clock is wrong"));
}

TEST_F(ScepCli, ListShowsAServiceInFull) {
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_EQ(out_, R"(Service       phones
State         works
Address       http://127.0.0.1:8080/certsrv/mscep/mscep.dll
CA            default
Challenge     one-time passwords
Renewal       with the old certificate
Reports       to nobody
RA            CN=phones SCEP RA, serial 0a
RA expires    2026-10-28 00:00:00 UTC (in 300 days)
RA renewal    2026-07-20 00:00:00 UTC (in 200 days)
Switches      none on
)");
}

TEST_F(ScepCli, ListShowsBothListeners) {
  scep_.listens_for_tls = "0.0.0.0:8443";
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("Address       http://127.0.0.1:8080/certsrv/mscep/mscep.dll\n"
                              "Address       https://0.0.0.0:8443/certsrv/mscep/mscep.dll\n"));
  scep_.listens.clear();
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("http://")));
}

TEST_F(ScepCli, TestGoesWhereDevicesGo) {
  const std::string file = folder_.write("ca.pem", "the CA");
  EXPECT_EQ(run({"scep", "test", "phones", "--url", "https://scep.example.com"}), 0);
  EXPECT_EQ(scep_.tested.url, "https://scep.example.com");
  EXPECT_EQ(scep_.tested.trusted, "");
  EXPECT_EQ(run({"scep", "test", "phones", "--url", "https://h", "--ca-file", file}), 0);
  EXPECT_EQ(scep_.tested.trusted, "the CA");
  EXPECT_EQ(run({"scep", "test", "phones", "--ca-file", file}), 64);
  EXPECT_EQ(run({"scep", "test", "phones", "--url", "https://h", "--ca-file", file + "x"}), 1);
}

TEST_F(ScepCli, ListWarnsOfWhatIsInsecure) {
  scep_.views[0].challenge = control::ScepChallengeKind::fixed;
  scep_.views[0].switches[0].on = true;
  scep_.views[0].switches[1].on = true;
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("Switches      allow_sha1, ndes_failures\n"));
  EXPECT_THAT(out_, HasSubstr("warning  challenge = static: one password"));
  EXPECT_THAT(out_, HasSubstr("warning  allow_sha1 = yes: Takes SHA-1."));
  EXPECT_THAT(out_, Not(HasSubstr("warning  ndes_failures")));
}

TEST_F(ScepCli, ListSaysWhyAServiceCannotEnroll) {
  scep_.views[0].ra.reset();
  scep_.views[0].problem = "the CA is not served";
  scep_.listens.clear();
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("State         cannot enroll\n              the CA is not served\n"));
  EXPECT_THAT(out_, HasSubstr("mscep.dll (the agent does not listen)"));
  scep_.views.clear();
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, StartsWith("No SCEP service is configured"));
}

TEST_F(ScepCli, ListShowsAServiceForAnNdes) {
  scep_.views[0].registration = true;
  scep_.views[0].can_enroll = false;
  scep_.views[0].paths.clear();
  scep_.views[0].ra.reset();
  scep_.views[0].challenge = control::ScepChallengeKind::fixed;
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_,
              HasSubstr("State         works\n"
                        "Address       none: devices ask an NDES, and the NDES asks this agent\n"));
  EXPECT_THAT(out_, HasSubstr("warning  challenge = static: one password"));
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("phones  works  default  static     -\n"));
  EXPECT_EQ(run({"scep", "test", "phones"}), 1);
  EXPECT_THAT(err_, HasSubstr("has no path: only the NDES service uses it"));
  EXPECT_EQ(run({"scep", "caps", "phones"}), 1);
}

TEST_F(ScepCli, ListShowsThatACaIsGone) {
  scep_.views[0].can_enroll = false;  // whatever its RA certificate says
  EXPECT_EQ(run({"scep", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("State         cannot enroll\n"));
}

TEST_F(ScepCli, StatusHasARowForEachService) {
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("SCEP    STATE  CA       CHALLENGE  RA\n"
                              "phones  works  default  one-time   expires in 300 days\n"));
}

TEST_F(ScepCli, CapsExplainWordsAndSwitches) {
  EXPECT_EQ(run({"scep", "caps", "phones"}), 0);
  EXPECT_THAT(out_, StartsWith("GetCACaps of phones answers\n  AES "));
  EXPECT_THAT(out_, HasSubstr("  allow_sha1 = no\n    Takes SHA-1.\n"));
  EXPECT_EQ(run({"scep", "caps", "printers"}), 1);
  EXPECT_THAT(err_, HasSubstr("it has: phones"));
}

TEST_F(ScepCli, ExplainTellsOneInSentences) {
  plant(1, "t1");
  EXPECT_EQ(run({"scep", "explain", "t1"}), 0);
  EXPECT_THAT(out_, StartsWith("Transaction t1 at service phones is denied.\n\nWhat happened\n"));
  EXPECT_THAT(out_, HasSubstr("(challenge_expired, HRESULT 0x8009481C)"));
  EXPECT_THAT(out_, HasSubstr("\nWhat to do\n  Give the device a new challenge"));
  EXPECT_THAT(out_, EndsWith("\nIts job is job-t1.\n"));
  EXPECT_EQ(run({"scep", "explain", "--json", "t1"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"standing\":\"refused\"")) << "programs read the former word";
}

TEST_F(ScepCli, ExplainListsSeveralAndSaysHowToChoose) {
  plant(1, "t1");
  plant(2, "t2");
  EXPECT_EQ(run({"scep", "explain", "CN=phone"}), 0);
  EXPECT_THAT(out_, StartsWith("NUMBER  ASKED  SERVICE  STANDING  TRANSACTION"));
  EXPECT_THAT(out_, HasSubstr("For one: certconnector scep explain --number 2 CN=phone\n"));
  EXPECT_EQ(run({"scep", "explain", "--number", "1", "CN=phone"}), 0);
  EXPECT_THAT(out_, StartsWith("Transaction t1 "));
  EXPECT_EQ(run({"scep", "explain", "--service", "printers", "CN=phone"}), 1);
  EXPECT_EQ(run({"scep", "explain"}), 64);
}

TEST_F(ScepCli, TestPrintsEachStepWithItsTime) {
  scep_.outcome.steps = {{"GetCACaps: AES", Duration(3)}};
  EXPECT_EQ(run({"scep", "test", "phones"}), 0);
  EXPECT_EQ(out_,
            "       3 ms  GetCACaps: AES\n"
            "passed: a device can enroll at phones the way this test went, from this machine\n");
  EXPECT_EQ(scep_.tested.subject, "CN=SCEP test of phones");
}

TEST_F(ScepCli, ATestThatFailsFailsTheCommand) {
  scep_.outcome.failure = "PKIOperation: FAILURE, badRequest";
  scep_.outcome.next = "See: certconnector scep explain selftest-1";
  EXPECT_EQ(run({"scep", "test", "phones"}), 1);
  EXPECT_THAT(out_, HasSubstr("failed: PKIOperation: FAILURE, badRequest\n  See: certconnector"));
  EXPECT_EQ(run({"scep", "test", "phones", "--json"}), 1);
  EXPECT_THAT(out_, HasSubstr(R"("passed":false)"));
}

TEST_F(ScepCli, TestTakesTheChallengeFromAFile) {
  const std::string file = folder_.write("challenge", "the-secret\nmore\n");
  EXPECT_EQ(run({"scep", "test", "phones", "--challenge-file", file, "--subject", "CN=x"}), 0);
  EXPECT_EQ(scep_.tested.challenge, "the-secret");
  EXPECT_EQ(scep_.tested.subject, "CN=x");
  EXPECT_EQ(run({"scep", "test", "phones", "--challenge-file", "-"}, "from-input\n"), 0);
  EXPECT_EQ(scep_.tested.challenge, "from-input");
  EXPECT_EQ(run({"scep", "test", "phones", "--challenge-file", folder_.file("none")}), 1);
  EXPECT_EQ(run({"scep", "test"}), 64);
}

}  // namespace
}  // namespace certconnector::testing
