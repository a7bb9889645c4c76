#include <gmock/gmock.h>

#include "common/text/hex.h"
#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LineageCommands : public testing::CommandDispatcherTest {
 protected:
  // Two of one lineage, and one of another.
  LineageCommands() {
    for (int number = 1; number <= 3; ++number) {
      jobs_.push_back(testing::issued_job("job-" + std::to_string(number), number, "CN=phone"));
      testing::record_certificate(certificates_, jobs_.back());
    }
    certificates_.join_lineage(testing::kExampleCa, certificate(1).serial, core::LineageId{1});
    agent_.run_outcome = core::Revoked{clock_.now(), false};
  }

  const core::IssuedCertificate& certificate(std::size_t job) {
    return std::get<core::Issued>(*jobs_.at(job).outcome).certificate;
  }
  std::string serial(std::size_t job) { return text::to_hex(certificate(job).serial); }
  std::string of(std::size_t job, const std::string& more = "") {
    return R"({"id":")" + serial(job) + R"(")" + more + "}";
  }
  std::string to_revoke(std::size_t job, const std::string& reason) {
    return R"({"serial":")" + serial(job) + R"(","reason":")" + reason + R"("})";
  }
  std::vector<std::string> revoked() {
    std::vector<std::string> serials;
    for (const core::NewJob& job : agent_.run) {
      serials.push_back(text::to_hex(std::get<core::RevokeRequest>(job.job.request).serial));
    }
    return serials;
  }

  std::vector<core::JobRecord> jobs_;
};

TEST_F(LineageCommands, ShowHasAllOfItByAnyOfIt) {
  for (const std::size_t job : {std::size_t{0}, std::size_t{1}}) {
    const auto shown = result_of<wire::LineageResult>(wire::command::kLineageShow, of(job));
    EXPECT_EQ(shown.lineage, "1");
    ASSERT_THAT(shown.certificates, SizeIs(2));
    EXPECT_EQ(shown.certificates[0].serial, serial(1)) << "the newest first";
    EXPECT_FALSE(shown.compromised);
    EXPECT_FALSE(shown.more);
  }
  const auto list =
      result_of<wire::CertsListResult>(wire::command::kCertsList, R"({"lineage":"1"})");
  EXPECT_THAT(list.certificates, SizeIs(2));
}

TEST_F(LineageCommands, AllowAddsToWhatIsAllowed) {
  EXPECT_EQ(result_of<wire::LineageResult>(wire::command::kLineageAllow, of(0)).allowed, 1U);
  const auto more =
      result_of<wire::LineageResult>(wire::command::kLineageAllow, of(1, R"(,"count":3)"));
  EXPECT_EQ(more.allowed, 4U);
  EXPECT_EQ(result_of<wire::LineageResult>(wire::command::kLineageShow, of(2)).allowed, 0U)
      << "another lineage";
  EXPECT_EQ(logger_.count("control.command"), 2U);
}

TEST_F(LineageCommands, NobodyAllowsACompromisedOne) {
  ASSERT_TRUE(enrollments_.compromise(core::LineageId{1}).ok());
  const auto answer = ask(wire::command::kLineageAllow, of(0));
  ASSERT_TRUE(answer.error);
  EXPECT_THAT(answer.error->message, HasSubstr("keyCompromise"));
}

TEST_F(LineageCommands, RevokeIsAJobForEachThatIsInForce) {
  const auto done = result_of<wire::LineageRevokedResult>(wire::command::kLineageRevoke,
                                                          to_revoke(0, "superseded"));
  EXPECT_THAT(revoked(), ElementsAre(serial(1), serial(0)));
  ASSERT_THAT(done.revocations, SizeIs(2));
  EXPECT_EQ(done.revocations[0].serial, serial(1));
  EXPECT_EQ(done.revocations[0].revoked_at, clock_.now());
  EXPECT_FALSE(done.compromised);
  EXPECT_EQ(agent_.run[0].job.correlation_id, "by alice");
}

TEST_F(LineageCommands, RevokeLeavesOutWhatIsRevokedOrOver) {
  core::RevokeEntry entry;
  entry.id.serial = certificate(1).serial;
  entry.revocation = {clock_.now(), core::RevocationReason::superseded, std::nullopt};
  ASSERT_TRUE(certificates_.revoke(testing::kExampleCa, {entry}, clock_.now()).ok());
  ask(wire::command::kLineageRevoke, to_revoke(1, "keyCompromise"));
  EXPECT_THAT(revoked(), ElementsAre(serial(0)));
  agent_.run.clear();
  clock_.advance(std::chrono::hours(24 * 366));
  ask(wire::command::kLineageRevoke, to_revoke(1, "superseded"));
  EXPECT_THAT(agent_.run, IsEmpty());
}

TEST_F(LineageCommands, AStolenKeyEndsItAtOnce) {
  agent_.run_outcome.reset();  // the CA does not answer
  const auto done = result_of<wire::LineageRevokedResult>(wire::command::kLineageRevoke,
                                                          to_revoke(0, "keyCompromise"));
  EXPECT_TRUE(done.compromised);
  ASSERT_THAT(done.revocations, SizeIs(2));
  EXPECT_EQ(done.revocations[0].state, "queued");
  EXPECT_TRUE((*enrollments_.find(core::LineageId{1}, clock_.now()))->compromised);
}

struct FailedLineageCommand {
  std::string_view command;
  std::string arguments;
  const char* code;
};

TEST_F(LineageCommands, RefusesWhatMakesNoSense) {
  const FailedLineageCommand rows[] = {
      {wire::command::kLineageShow, R"({"id":"0102"})", "no_such_certificate"},
      {wire::command::kLineageShow, R"({"id":"phone"})", "bad_value"},
      {wire::command::kLineageAllow, of(0, R"(,"count":0)"), "bad_value"},
      {wire::command::kLineageAllow, of(0, R"(,"count":101)"), "bad_value"},
      {wire::command::kLineageRevoke, to_revoke(0, "removeFromCRL"), "bad_value"},
      {wire::command::kLineageRevoke, to_revoke(0, "anger"), "bad_value"},
      {wire::command::kCertsList, R"({"lineage":"0102030405060708090a0b0c0d0e"})",
       "no_such_certificate"}};
  for (const FailedLineageCommand& row : rows) {
    EXPECT_EQ(refusal_of(row.command, row.arguments), row.code) << row.arguments;
  }
  EXPECT_THAT(agent_.run, IsEmpty());
}

}  // namespace
}  // namespace certconnector::control
