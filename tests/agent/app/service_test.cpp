#include "agent/app/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "agent/app/errors.h"
#include "agent/app/load_configuration.h"
#include "agent/app/run.h"
#include "agent/app/watchdog.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/service_manager.h"
#include "common/http/server.h"
#include "common/http/static_artifacts.h"
#include "tests/agent/app/identity_fixture.h"
#include "tests/agent/app/scripted_controls.h"
#include "tests/agent/config/reading.h"
#include "tests/support/fake_clock.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::issue;
using certconnector::testing::shared_pki;
using platform::ServiceControl;
using ::testing::HasSubstr;
using ::testing::Not;

class ServiceTest : public ::testing::Test {
 protected:
  int serve_until(std::deque<ServiceControl> script) {
    log::LogOptions options;
    options.file = folder_.file("agent.log");
    const auto logger = log::make_logger(options);
    EXPECT_TRUE(logger.ok());
    ScriptedControls events(std::move(script), before_event_);
    const auto service_manager = platform::service_manager();
    core::NoCrashPoints crash_points;
    const std::string text = "[agent]\nstate_dir=" + folder_.file("state") +
                             "\nruntime_dir=" + folder_.file("run") + agent_keys_ +
                             "\n[http]\nlisten=" + listen_ + "\n";
    const std::string file =
        folder_.write("agent.conf", changed_configuration_.empty() ? text : changed_configuration_);
    const int code = serve(*config::read(text).settings,
                           {file, events, *service_manager, crash_points, **logger});
    return code;
  }
  [[nodiscard]] std::string log() const { return folder_.read("agent.log"); }

  // The files of an enrollment.
  void put_identity(const CertificateSpec& spec) {
    const auto client = issue(shared_pki().intermediate(), spec);
    certconnector::testing::close_to_others(
        folder_.write("state/identity/key.pem", client.key_pem()));
    folder_.write("state/identity/certificate.pem", client.certificate.to_pem());
    folder_.write("state/identity/endpoint.json",
                  R"({"url":"https://localhost:1","agent_id":"agent-7"})");
    folder_.write("state/identity/endpoint_ca.pem", shared_pki().root().certificate.to_pem());
  }

  certconnector::testing::TempDirectory folder_;
  std::string changed_configuration_;
  std::string agent_keys_;
  std::function<void(ServiceControl)> before_event_;
  std::string listen_ = "127.0.0.1:0";
};

TEST_F(ServiceTest, AStopEndsItWithCodeZero) {
  EXPECT_EQ(serve_until({ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("event=agent.started"));
  EXPECT_THAT(log(), HasSubstr("event=agent.stopped"));
  EXPECT_EQ(serve_until({ServiceControl::stop}), kOk);  // and it starts again on its own files
}

TEST_F(ServiceTest, AReloadSaysWhatTakesARestart) {
  changed_configuration_ = "[agent]\nstate_dir=/elsewhere\n[queue]\nhigh_water=5\n";
  EXPECT_EQ(serve_until({ServiceControl::reload, ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("[agent] state_dir has changed and takes effect after a restart"));
  EXPECT_THAT(log(), HasSubstr("event=reload.done"));
}

TEST_F(ServiceTest, AWrongConfigurationChangesNothing) {
  changed_configuration_ = "[agent]\nworkers=many\n";
  EXPECT_EQ(serve_until({ServiceControl::reload, ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("event=reload.refused"));
  EXPECT_THAT(log(), HasSubstr("workers must be a number"));
}

TEST_F(ServiceTest, AReloadIsRefusedWhereTheNextStartWouldBe) {
  changed_configuration_ = "[queue]\nhigh_water=5\n";
  before_event_ = [this](ServiceControl) {
    certconnector::testing::let_others_write(folder_.file("state"));
  };
  EXPECT_EQ(serve_until({ServiceControl::reload, ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("event=reload.refused"));
  EXPECT_THAT(
      log(),
      HasSubstr("run: " + certconnector::testing::command_against_writers(folder_.file("state"))));
  EXPECT_THAT(log(), Not(HasSubstr("event=reload.done")));
}

TEST_F(ServiceTest, AReloadTellsWhatIsWrongSinceThen) {
  changed_configuration_ = "[ca.lab]\n[queue]\nhigh_water=5\n";
  EXPECT_EQ(serve_until({ServiceControl::reload, ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("After the reload: "));
  EXPECT_THAT(log(), HasSubstr("event=reload.found component=ca.lab code=ca_not_set_up"));
}

TEST_F(ServiceTest, ASecondAgentOnTheSameFolderDoesNotStart) {
  std::filesystem::create_directory(folder_.path() / "state");
  const auto lock = platform::InstanceLock::take(folder_.file("state"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(serve_until({ServiceControl::stop}), kTemporary);
  EXPECT_THAT(log(), HasSubstr("another agent (process "));
}

TEST_F(ServiceTest, AFolderThatOthersMayWriteEndsTheStartWithTheCommandThatHelps) {
  for (const char* name : {"state", "run"}) {
    const std::string folder = folder_.file(name);
    std::filesystem::create_directory(folder);
    certconnector::testing::let_others_write(folder);
    EXPECT_EQ(serve_until({ServiceControl::stop}), kDamaged) << name;
    EXPECT_THAT(log(),
                HasSubstr("run: " + certconnector::testing::command_against_writers(folder)));
    certconnector::testing::close_to_others(folder);
  }
  EXPECT_EQ(serve_until({ServiceControl::stop}), kOk);
}

TEST_F(ServiceTest, ASocketPathThatIsTooLongIsAMistakeOfTheConfiguration) {
  agent_keys_ = "\nsocket=" + folder_.file("run/" + std::string(107, 's'));
  EXPECT_EQ(serve_until({ServiceControl::stop}), kConfiguration);
  EXPECT_THAT(log(), HasSubstr("Choose a shorter one"));
}

TEST_F(ServiceTest, AConfigurationThatOthersMayWriteIsNotRead) {
  const std::string file = folder_.write("open.conf", "");
  certconnector::testing::let_others_write(file);
  const auto settings = load_configuration(file);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message(),
              HasSubstr("run: " + certconnector::testing::command_against_writers(file)));
  certconnector::testing::let_others_only_read(file);
  EXPECT_TRUE(load_configuration(file).ok());
}

TEST_F(ServiceTest, ADamagedDatabaseEndsTheStartAndIsLeftAsItIs) {
  for (const char* name : {"state/agent.db"}) {
    folder_.write(name, "this is no database, and it must stay as it is");
    EXPECT_EQ(serve_until({ServiceControl::stop}), kDamaged) << name;
    EXPECT_EQ(folder_.read(name), "this is no database, and it must stay as it is");
    std::filesystem::remove(folder_.path() / name);
  }
}

TEST_F(ServiceTest, AnUnusableEnrollmentStopsTheEndpointAlone) {
  folder_.write("state/identity/certificate.pem", "x");
  EXPECT_EQ(serve_until({ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), AllOf(HasSubstr("identity/key.pem"),
                           HasSubstr("SCEP, CRLs and the CAs go on without it")));
}

TEST_F(ServiceTest, AnExpiredEnrollmentStopsTheEndpointAlone) {
  CertificateSpec expired = client_named("CN=agent");
  expired.not_after = SystemClock().wall() - std::chrono::hours(1);
  put_identity(expired);
  EXPECT_EQ(serve_until({ServiceControl::stop}), kOk);
  EXPECT_THAT(log(), HasSubstr("SCEP, CRLs and the CAs go on without it"));
}

TEST_F(ServiceTest, WhatMayPassByItselfIsTriedAgainByTheServiceManager) {
  log::LogOptions options;
  options.file = folder_.file("other.log");
  const auto logger = log::make_logger(options);
  http::StaticArtifacts artifacts;
  const auto other = http::Server::start({listen_}, artifacts, **logger);
  ASSERT_TRUE(other.ok());
  listen_ = "127.0.0.1:" + std::to_string((*other)->port());
  EXPECT_EQ(serve_until({ServiceControl::stop}), kTemporary);
  EXPECT_THAT(log(), HasSubstr("cannot listen on " + listen_));
}

TEST_F(ServiceTest, ADatabaseThatNoRestartMakesWritableEndsTheAgentForGood) {
  std::filesystem::create_directories(folder_.path() / "state/agent.db");
  EXPECT_EQ(serve_until({ServiceControl::stop}), kDamaged);
  EXPECT_THAT(log(), HasSubstr("agent.db is a folder"));
}

TEST(ExitCode, FollowsTheKindOfTheError) {
  const auto of = [](ErrorKind kind) {
    return exit_code(Error(AppErrc::stopping, kind, ""), kConfiguration);
  };
  EXPECT_EQ(of(ErrorKind::transient), kTemporary);
  EXPECT_EQ(of(ErrorKind::corrupt), kDamaged);
  EXPECT_EQ(of(ErrorKind::permanent), kConfiguration);
  EXPECT_EQ(of(ErrorKind::denied), kConfiguration);
}

TEST(Watchdog, NamesALoopThatHangs) {
  certconnector::testing::FakeClock clock;
  Watchdog watch(clock, std::chrono::minutes(1));
  std::optional<std::string> seen;
  const runtime::Step step = watch.watch("poller", [&](const StopToken&) {
    EXPECT_EQ(watch.stuck(), std::nullopt);
    clock.advance(std::chrono::minutes(2));
    seen = watch.stuck();
    return Duration(0);
  });
  (void)step({});
  EXPECT_EQ(seen, "poller");
  EXPECT_EQ(watch.stuck(), std::nullopt);
}

}  // namespace
}  // namespace certconnector::app
