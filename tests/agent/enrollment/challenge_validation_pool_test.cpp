#include "agent/enrollment/challenge_validation_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "agent/core/errors.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::CapturingLogger;
using certconnector::testing::FakeChallengeValidator;
using certconnector::testing::FakeClock;
using std::chrono::seconds;
using ::testing::HasSubstr;

struct ChallengeValidationPoolTest : ::testing::Test {
  ~ChallengeValidationPoolTest() override { validation_pool_.close(); }
  bool ask_once() { return validation_pool_.ask({"phones", "T1", {}, ""}).ok(); }
  void answer_well() {
    validator_.answer_with(
        [](const core::ChallengeQuestion&) { return core::ChallengeAccepted(); });
  }

  FakeClock clock_;
  CapturingLogger logger_;
  FakeChallengeValidator validator_;
  ChallengeValidationPool validation_pool_{validator_, clock_, logger_, 2};
};

TEST_F(ChallengeValidationPoolTest, ASilentEndpointOpensTheCircuitBreaker) {
  EXPECT_EQ(validation_pool_.trouble(), "");
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(ask_once());
  EXPECT_EQ(validator_.asked().size(), 5U);
  EXPECT_THAT(validation_pool_.trouble(), HasSubstr("nobody answers"));
  EXPECT_EQ(logger_.count("challenge.endpoint_silent"), 1U) << "not once for each device";
  const auto refused = validation_pool_.ask({"phones", "T1", {}, ""});
  EXPECT_THAT(refused.error().message(), HasSubstr("nobody answers"));

  clock_.advance(seconds(11));
  EXPECT_FALSE(ask_once());
  EXPECT_FALSE(ask_once());
  EXPECT_EQ(validator_.asked().size(), 6U) << "one tries";
  EXPECT_THAT(validation_pool_.trouble(), HasSubstr("nobody answers"));

  clock_.advance(seconds(11));
  answer_well();
  EXPECT_TRUE(ask_once());
  EXPECT_TRUE(ask_once());
  EXPECT_EQ(logger_.count("challenge.endpoint_answers"), 1U);
  EXPECT_EQ(validation_pool_.trouble(), "");
}

// Otherwise every later device would get "come again" until a restart.
TEST_F(ChallengeValidationPoolTest, AQuestionThatThrowsIsOverForTheOthersToo) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(ask_once());
  clock_.advance(seconds(11));
  validator_.answer_with([](const core::ChallengeQuestion&) -> core::ChallengeVerdict {
    throw std::runtime_error("no memory left");
  });
  EXPECT_THROW(ask_once(), std::runtime_error) << "the one that tries";
  clock_.advance(seconds(11));
  answer_well();
  EXPECT_TRUE(ask_once());
}

TEST_F(ChallengeValidationPoolTest, TheCircuitBreakerStaysOpenAsLongAsTheEndpointAsks) {
  validator_.fail_with(Error(core::CoreErrc::bad_answer, ErrorKind::transient, "throttled")
                           .with_retry_after(seconds(60)));
  EXPECT_FALSE(ask_once());
  answer_well();
  clock_.advance(seconds(59));
  EXPECT_FALSE(ask_once());
  clock_.advance(seconds(2));
  EXPECT_TRUE(ask_once());
}

TEST_F(ChallengeValidationPoolTest, NoVerdictAndDenialsAreAnswers) {
  validator_.answer_with(
      [](const core::ChallengeQuestion&) { return core::VerdictUnavailable{"later"}; });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask_once());
  validator_.answer_with([](const core::ChallengeQuestion&) {
    return core::ChallengeDenied{"challenge_wrong", ""};
  });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask_once());
  EXPECT_EQ(validator_.asked().size(), 40U);
}

TEST_F(ChallengeValidationPoolTest, AQuestionThatIsNotTakenKeepsNoOtherBack) {
  validator_.fail_with(Error(core::CoreErrc::bad_answer, ErrorKind::permanent, "400"));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(ask_once());
  EXPECT_EQ(validator_.asked().size(), 20U);
}

TEST_F(ChallengeValidationPoolTest, AtMostSoManyAtATimeAndSoManyWait) {
  validator_.hold();
  validation_pool_.set_limit(std::chrono::minutes(5));
  std::size_t taken = 0;
  while (taken < 10000 && validation_pool_.post([this](bool) { ask_once(); })) ++taken;
  EXPECT_GE(taken, 512U);
  EXPECT_LE(taken, 514U);
  EXPECT_TRUE(validator_.wait_for_held(2));
  EXPECT_EQ(validator_.asked().size(), 2U);
  validation_pool_.close();
  EXPECT_FALSE(validation_pool_.post([](bool) {}));
}

TEST_F(ChallengeValidationPoolTest, DropsAQuestionThatWaitedTooLong) {
  validator_.hold();
  validation_pool_.set_limit(seconds(5));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(validation_pool_.post([this](bool) { ask_once(); }));
  ASSERT_TRUE(validator_.wait_for_held(2));
  std::promise<bool> late;
  ASSERT_TRUE(validation_pool_.post([&](bool in_time) { late.set_value(in_time); }));
  clock_.advance(seconds(6));
  answer_well();
  validator_.release();
  EXPECT_FALSE(late.get_future().get());
  std::promise<bool> next;
  ASSERT_TRUE(validation_pool_.post([&](bool in_time) { next.set_value(in_time); }));
  EXPECT_TRUE(next.get_future().get());
}

TEST_F(ChallengeValidationPoolTest, CloseEndsTheQuestionsUnderWay) {
  validator_.hold();
  validation_pool_.set_limit(std::chrono::hours(1));
  std::atomic<bool> failed{false};
  ASSERT_TRUE(validation_pool_.post([&](bool) { failed = !ask_once(); }));
  ASSERT_TRUE(validator_.wait_for_held(1));
  validation_pool_.close();
  EXPECT_TRUE(failed);
}

}  // namespace
}  // namespace certconnector::enrollment
