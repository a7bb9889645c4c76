#include "agent/scep/set_time_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core/enrollment_site.h"

namespace certconnector::scep {
namespace {

using certconnector::testing::Awaited;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Time = SetTimeAnswers::Time;

class SetTimeAnswersTest : public ::testing::Test {
 protected:
  Awaited<http::Response> hold(Time due) {
    Awaited<http::Response> answer;
    answers_.add(http::Reply(answer), http::text_response(200, "held"), due);
    return answer;
  }

  const Time start_{std::chrono::hours(1)};
  SetTimeAnswers answers_;
};

TEST_F(SetTimeAnswersTest, TheTimeIsThatOfTheArrivalAndNotOfTheWork) {
  for (const auto work :
       {microseconds(0), microseconds(40), microseconds(545), microseconds(99999)}) {
    EXPECT_EQ(SetTimeAnswers::due_at(start_, start_ + work), start_ + milliseconds(100));
  }
  EXPECT_EQ(SetTimeAnswers::due_at(start_, start_ + milliseconds(100)), start_ + milliseconds(200));
  EXPECT_EQ(SetTimeAnswers::due_at(start_, start_ + milliseconds(350)), start_ + milliseconds(400));
}

TEST_F(SetTimeAnswersTest, ATurnEndsAtASetTimeAsWell) {
  for (const auto work : {microseconds(0), microseconds(545), microseconds(4999)}) {
    EXPECT_EQ(SetTimeAnswers::turn_ends(start_, start_ + work), start_ + milliseconds(5));
  }
  EXPECT_EQ(SetTimeAnswers::turn_ends(start_, start_ + milliseconds(5)), start_ + milliseconds(10));
  const auto now = std::chrono::steady_clock::now();
  answers_.finish_turn(now);
  EXPECT_GE(std::chrono::steady_clock::now(), now + milliseconds(5));
  answers_.close();
  answers_.finish_turn(std::chrono::steady_clock::now() +
                       std::chrono::hours(1));  // returns at once
}

TEST_F(SetTimeAnswersTest, EachGoesWhenItIsDue) {
  const auto later = hold(start_ + milliseconds(5));
  const auto first = hold(start_);
  answers_.send_until(start_ - microseconds(1));
  EXPECT_FALSE(first.is_there());
  answers_.send_until(start_ + milliseconds(1));
  EXPECT_TRUE(first.is_there());
  EXPECT_FALSE(later.is_there());
  answers_.send_until(start_ + milliseconds(5));
  EXPECT_EQ(later.get()->status, 200U);
}

TEST_F(SetTimeAnswersTest, TheThreadSendsThem) {
  answers_.start();
  const auto now = std::chrono::steady_clock::now();
  const auto never = hold(now + std::chrono::hours(1));
  EXPECT_EQ(hold(now + milliseconds(5)).get()->status, 200U);
  EXPECT_GE(std::chrono::steady_clock::now(), now + milliseconds(5));
  EXPECT_FALSE(never.is_there());
  answers_.close();
  EXPECT_TRUE(never.is_there()) << "nobody is left without an answer";
  EXPECT_TRUE(hold(now + std::chrono::hours(1)).is_there());
}

}  // namespace
}  // namespace certconnector::scep
