// Verdicts that depend on clock, disk and running agent. tests/integration/doctor_test.py breaks
// real set-ups.
#include "agent/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "agent/app/ca_backends.h"
#include "agent/app/ca_sections.h"
#include "agent/app/load_configuration.h"
#include "agent/app/version.h"
#include "agent/control/transport_errors.h"
#include "agent/platform/file_key_source.h"
#include "agent/platform/last_failure.h"
#include "proto/control/codec.h"
#include "proto/control/commands.h"
#include "tests/support/fake_clock.h"
#include "tests/support/keys/fake_machine_store.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::doctor {
namespace {

namespace wire = control_proto;
using certconnector::testing::FakeClock;
using certconnector::testing::FakeMachineStore;
using certconnector::testing::TempDirectory;
using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kMebioctet = 1024UL * 1024;

// An agent that answers `health` and `version` with these.
class Answering final : public control::ControlClient {
 public:
  Answering(wire::HealthResult health, wire::VersionResult version)
      : health_(std::move(health)), version_(std::move(version)) {}

  Result<wire::Answer> call(const wire::Request& request, Duration /*limit*/) override {
    wire::Answer answer;
    answer.result =
        request.command == wire::command::kHealth ? wire::encode(health_) : wire::encode(version_);
    return answer;
  }

 private:
  const wire::HealthResult health_;
  const wire::VersionResult version_;
};

class DoctorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    configure("");
    wire::VersionResult version;
    version.version = app::kVersion;
    version.commit = app::kCommit;
    version.protocol = 1;
    running_ = version;
  }

  void configure(const std::string& more) {
    std::filesystem::create_directories(folder_.path() / "state");
    certconnector::testing::close_to_others(folder_.file("state"));
    options_.configuration_file =
        folder_.write("agent.conf", "[agent]\nstate_dir = " + folder_.file("state") +
                                        "\nruntime_dir = " + folder_.file("run") + "\n" + more);
    certconnector::testing::let_others_only_read(options_.configuration_file);
  }

  // The embedded CA of the configuration gets a root of ten years.
  void make_ca() {
    const auto settings = app::load_configuration(options_.configuration_file);
    ASSERT_TRUE(settings.ok()) << settings.error().message();
    const ca::Backend* backend = ca::find_backend(app::ca_backends(), "local");
    platform::FileKeySource keys;
    const auto made =
        backend->set_up->create_root(app::ca_section(settings->cas.front(), *settings),
                                     {"CN=Root", {crypto::KeyKind::ec, 256}}, {keys, clock_});
    ASSERT_TRUE(made.ok()) << made.error().message();
  }

  [[nodiscard]] Parts parts() {
    return {clock_,
            store_,
            {},
            [this](const std::string&) -> Result<std::unique_ptr<control::ControlClient>> {
              if (!running_) {
                return Error(refusal_, ErrorKind::transient, "nobody answers");
              }
              return std::unique_ptr<control::ControlClient>(
                  std::make_unique<Answering>(health_, *running_));
            },
            [](const std::string&, std::uint16_t) -> Result<std::vector<std::string>> {
              return std::vector<std::string>{"192.0.2.1"};
            },
            [](const http::Peer&, const http::Request&, const http::FetchLimits&) {
              return Result<http::Response>(http::Response{});
            },
            [](const std::string&) { return Status(); },
            [this](const std::string&) { return Result<std::uint64_t>(room_); },
            [this] { return synchronized_; }};
  }

  // The findings of one check.
  std::vector<Finding> findings(const Check& check) {
    Examination examination({std::string(check.area())});
    examine(options_, false, parts(), examination);
    std::vector<Finding> found;
    for (const Finding& one : examination.findings()) {
      if (one.check == &check) found.push_back(one);
    }
    return found;
  }
  // Of a check with one finding.
  Finding finding(const Check& check) {
    const auto found = findings(check);
    EXPECT_EQ(found.size(), 1U) << check.id;
    return found.empty() ? Finding{} : found.front();
  }

  TempDirectory folder_;
  FakeClock clock_;
  FakeMachineStore store_;
  app::RunOptions options_;
  std::optional<wire::VersionResult> running_;
  control::TransportErrc refusal_ = control::TransportErrc::not_running;
  wire::HealthResult health_{"ok", {}};
  std::uint64_t room_ = 9000 * kMebioctet;
  std::optional<bool> synchronized_ = true;
};

TEST_F(DoctorTest, NothingElseIsLookedAtWhereTheConfigurationHasAMistake) {
  configure("[queue]\nhigh_watr = 7\n");
  Examination examination({});
  examine(options_, false, parts(), examination);
  ASSERT_EQ(examination.findings().size(), 1U);
  const Finding& one = examination.findings().front();
  EXPECT_EQ(one.check, &check::kConfigurationFile);
  EXPECT_EQ(one.verdict, Verdict::failed);
  EXPECT_EQ(one.subject, options_.configuration_file + ":5");
  EXPECT_THAT(one.evidence, HasSubstr("high_watr"));
}

TEST_F(DoctorTest, EachFindingOfTheRunningAgentIsOne) {
  health_ = {"down",
             {{"ok", "queue", "ok", "fine", ""},
              {"paused", "agent", "degraded", "it is paused", "certconnector resume"},
              {"ca_fails", "ca.default", "down", "it fails", "look at it"}}};
  const auto found = findings(check::kAgentHealth);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].verdict, Verdict::warning);
  EXPECT_EQ(found[0].remedy, "certconnector resume");
  EXPECT_EQ(found[1].verdict, Verdict::failed);
  EXPECT_EQ(found[1].subject, "ca.default");
}

TEST_F(DoctorTest, AnAgentOfAnotherVersionIsToBeRestarted) {
  EXPECT_EQ(finding(check::kAgentVersion).verdict, Verdict::ok);
  running_->version = "0.0.1";
  const Finding other = finding(check::kAgentVersion);
  EXPECT_EQ(other.verdict, Verdict::warning);
  EXPECT_THAT(other.evidence, HasSubstr("0.0.1"));
  EXPECT_THAT(other.remedy, HasSubstr("restart"));
}

TEST_F(DoctorTest, AnAgentThatDoesNotRunHasLeftWhy) {
  running_.reset();
  EXPECT_EQ(finding(check::kAgentRunning).verdict, Verdict::failed);
  folder_.write("state/last-failure",
                platform::encode({"2026-01-01T00:00:00Z", 78, true, "the configuration is wrong"}));
  EXPECT_THAT(finding(check::kAgentRunning).evidence,
              HasSubstr("exit code 78: the configuration is wrong"));
}

// The agent runs, and has its ports.
TEST_F(DoctorTest, WhoMayNotAskTheAgentIsToldSo) {
  configure("[http]\nlisten = 127.0.0.1:8080\n");
  refusal_ = control::TransportErrc::not_permitted;
  running_.reset();
  const Finding one = finding(check::kAgentRunning);
  EXPECT_EQ(one.verdict, Verdict::unknown);
  EXPECT_THAT(one.remedy, Not(IsEmpty()));
  EXPECT_EQ(finding(check::kListenersPort).verdict, Verdict::ok);
}

TEST_F(DoctorTest, RoomOnTheDiskIsMeasured) {
  EXPECT_EQ(finding(check::kDiskRoom).verdict, Verdict::ok);
  room_ = 1023 * kMebioctet;
  EXPECT_EQ(finding(check::kDiskRoom).verdict, Verdict::warning);
  room_ = 63 * kMebioctet;
  EXPECT_EQ(finding(check::kDiskRoom).verdict, Verdict::failed);
  EXPECT_THAT(finding(check::kDiskRoom).evidence, HasSubstr("63 MiB"));
}

TEST_F(DoctorTest, AClockThatNobodySetsIsAWarning) {
  EXPECT_EQ(finding(check::kClockSynchronized).verdict, Verdict::ok);
  synchronized_ = false;
  EXPECT_EQ(finding(check::kClockSynchronized).verdict, Verdict::warning);
  EXPECT_THAT(finding(check::kClockSynchronized).remedy, Not(IsEmpty()));
  synchronized_.reset();
  EXPECT_EQ(finding(check::kClockSynchronized).verdict, Verdict::unknown);
}

TEST_F(DoctorTest, ACaIsLookedAtInItsTime) {
  EXPECT_EQ(finding(check::kCertificatesCa).verdict, Verdict::warning) << "not set up";
  make_ca();
  EXPECT_EQ(finding(check::kCertificatesCa).verdict, Verdict::ok);
  clock_.advance(hours(24 * (3650 - 29)));
  EXPECT_EQ(finding(check::kCertificatesCa).verdict, Verdict::warning);
  clock_.advance(hours(24 * 30));
  EXPECT_EQ(finding(check::kCertificatesCa).verdict, Verdict::failed);
  clock_.jump_wall(-hours(24 * 3650 * 2));
  const Finding early = finding(check::kCertificatesCa);
  EXPECT_EQ(early.verdict, Verdict::failed);
  EXPECT_THAT(early.evidence, HasSubstr("is valid from"));
}

TEST_F(DoctorTest, ADatabaseThatWasNeverMadeIsNotWrong) {
  EXPECT_EQ(finding(check::kDatabaseReadable).verdict, Verdict::unknown);
}

TEST_F(DoctorTest, AFileThatIsNoDatabaseIsFound) {
  certconnector::testing::close_to_others(folder_.write("state/agent.db", "no database"));
  EXPECT_EQ(finding(check::kDatabaseReadable).verdict, Verdict::failed);
}

TEST_F(DoctorTest, TheStateAloneAsksNoAgent) {
  configure("[http]\nlisten = 127.0.0.1:8080\n");
  Examination examination({});
  examine(options_, true, parts(), examination);
  for (const Finding& one : examination.findings()) {
    EXPECT_NE(one.check->area(), "agent");
    EXPECT_NE(one.check->area(), "listeners");
  }
}

}  // namespace
}  // namespace certconnector::doctor
