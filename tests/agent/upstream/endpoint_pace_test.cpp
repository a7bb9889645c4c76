#include "agent/upstream/endpoint_pace.h"

#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/upstream/endpoint_slot.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"

namespace certconnector::upstream {
namespace {

using testing::FakeEndpoint;
using testing::FakeJobStore;

class EndpointPaceTest : public testing::CoreFixture {
 protected:
  EndpointPace pace = session.pace();
};

TEST_F(EndpointPaceTest, AFailureOfTheCloudHoldsTheLoopBackForItsWholeWait) {
  EXPECT_FALSE(pace.waits().has_value());
  const Error busy = FakeEndpoint::unreachable().with_retry_after(std::chrono::seconds(90));
  EXPECT_EQ(pace.failed(busy), std::chrono::seconds(90));
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(pace.waits(), std::chrono::seconds(60));
  clock.advance(std::chrono::seconds(60));
  EXPECT_FALSE(pace.waits().has_value());
  EXPECT_EQ(health.finding().level(), core::HealthLevel::degraded);
  pace.succeeded();
  EXPECT_EQ(health.finding().level(), core::HealthLevel::ok);
}

TEST_F(EndpointPaceTest, WaitsAtLeastAsLongAsTheLoopAsks) {
  EXPECT_EQ(pace.failed(FakeEndpoint::unreachable(), std::chrono::minutes(1)),
            std::chrono::minutes(1));
  EXPECT_EQ(pace.waits(), std::chrono::minutes(1));
}

TEST_F(EndpointPaceTest, AStoreThatClosesTheModeIsWaitedForWithoutABackoff) {
  EXPECT_EQ(pace.store_failed(FakeJobStore::disk_full()), runtime::kIdle);
  EXPECT_FALSE(operating_mode.may_report());
  EXPECT_FALSE(pace.waits().has_value()) << "the change of the mode ends it";
}

TEST_F(EndpointPaceTest, AnotherErrorOfTheStoreHoldsTheLoopBack) {
  const Error odd(core::CoreErrc::bad_answer, ErrorKind::permanent, "cannot be written like that");
  EXPECT_EQ(pace.store_failed(odd), Duration(2000));
  EXPECT_EQ(pace.waits(), Duration(2000));
  EXPECT_EQ(health.finding().level(), core::HealthLevel::ok) << "it is not the cloud's";
}

TEST_F(EndpointPaceTest, ARoleThatACloudLacksIsNull) {
  const CloudRoles roles = roles_of(endpoint);
  EXPECT_EQ(roles.feed, &endpoint);
  EXPECT_EQ(roles.results, &endpoint);
  EXPECT_EQ(roles.heartbeats, &endpoint);
  EXPECT_EQ(roles.credential, &endpoint);
  EXPECT_EQ(roles.challenges, nullptr);
  EndpointSlot slot;
  EXPECT_NE(roles_of(slot).challenges, nullptr);
  slot.set(std::make_shared<FakeEndpoint>(clock));
  EXPECT_TRUE(slot.report({}, never).ok());
  EXPECT_FALSE(slot.ask({}, Duration(1), never).ok());
}

}  // namespace
}  // namespace certconnector::upstream
