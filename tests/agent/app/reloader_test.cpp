#include "agent/app/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/agent/app/scripted_controls.h"
#include "tests/support/fake_clock.h"

namespace certconnector::app {
namespace {

using certconnector::testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReloaderTest : public ::testing::Test {
 protected:
  // As the thread of the service host.
  void serve_one() {
    while (controls_.next(std::chrono::seconds(60)) != platform::ServiceControl::reload) continue;
    reloader_.run();
  }

  control::ReloadView view_;
  int runs_ = 0;
  ScriptedControls controls_{{}};
  StopSource stop_;
  std::vector<core::HealthFinding> earlier_;
  Reloader reloader_{[this](const std::vector<core::HealthFinding>& earlier) {
                       ++runs_;
                       earlier_ = earlier;
                       return view_;
                     },
                     controls_, stop_.token()};
};

TEST_F(ReloaderTest, AnswersWithTheOutcome) {
  view_.taken = true;
  view_.changed = {"[log] level"};
  std::thread host([this] { serve_one(); });
  const auto answer = reloader_.reload();
  host.join();
  ASSERT_TRUE(answer.ok());
  EXPECT_THAT(answer->changed, ::testing::ElementsAre("[log] level"));
  EXPECT_EQ(runs_, 1);
  EXPECT_THAT(reloader_.findings({}), IsEmpty());
}

TEST_F(ReloaderTest, WhatAReloadBrokeIsKnownToThoseAfterIt) {
  view_.taken = true;
  view_.new_findings = {core::found(core::finding::kCaUnusable, "ca.lab", "no key", "put it back")};
  reloader_.run();
  EXPECT_THAT(earlier_, IsEmpty());
  view_.new_findings.clear();
  view_.taken = false;
  reloader_.run();
  EXPECT_THAT(earlier_, SizeIs(1));
  view_.taken = true;
  reloader_.run();
  EXPECT_THAT(earlier_, SizeIs(1)) << "one that was refused looked at nothing";
  reloader_.run();
  EXPECT_THAT(earlier_, IsEmpty());
}

TEST_F(ReloaderTest, AStopEndsTheWait) {
  stop_.request_stop();
  const auto answer = reloader_.reload();
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message(), HasSubstr("the agent stops"));
}

TEST_F(ReloaderTest, WhatIsNotInUseStandsInHealthUntilItIs) {
  EXPECT_THAT(reloader_.findings({}), IsEmpty()) << "nobody has reloaded";
  view_.at = FakeClock::kStart;
  view_.refused = {"certconnectord.conf:3: no such key\ncertconnectord.conf:4: another"};
  view_.needs_restart = {"[http] listen"};
  reloader_.run();
  const auto findings = reloader_.findings({});
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].code, &core::finding::kReloadRefused);
  EXPECT_THAT(findings[0].message, HasSubstr("2026-01-01T00:00:00Z was refused: certconnectord"));
  EXPECT_THAT(findings[0].message, HasSubstr("no such key; certconnectord.conf:4")) << "one line";
  EXPECT_THAT(findings[0].remedy, HasSubstr("certconnector reload"));
  EXPECT_EQ(findings[1].code, &core::finding::kRestartNeeded);
  EXPECT_THAT(findings[1].message, HasSubstr("[http] listen"));
  view_ = {};
  view_.taken = true;
  reloader_.run();
  EXPECT_THAT(reloader_.findings({}), IsEmpty());
}

}  // namespace
}  // namespace certconnector::app
