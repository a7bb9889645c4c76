#include "common/http/message.h"

#include <gtest/gtest.h>

#include <optional>

namespace certconnector::http::testing {
namespace {

class ReplyTest : public ::testing::Test {
 protected:
  Reply make() {
    return Reply([this](const Response& response) {
      ++count_;
      last_ = response.status;
    });
  }

  int count_ = 0;
  unsigned last_ = 0;
};

TEST_F(ReplyTest, AnswersOnce) {
  auto reply = make();
  reply.send(text_response(201, "made"));
  reply.send(text_response(202, "again"));
  EXPECT_EQ(count_, 1);
  EXPECT_EQ(last_, 201U);
}

TEST_F(ReplyTest, Says500WhenItIsLost) {
  { const auto reply = make(); }
  EXPECT_EQ(count_, 1);
  EXPECT_EQ(last_, 500U);
}

TEST_F(ReplyTest, MovesItsDebt) {
  std::optional<Reply> kept;
  {
    auto reply = make();
    kept.emplace(std::move(reply));
  }
  EXPECT_EQ(count_, 0);
  kept->send(text_response(200, "late"));
  EXPECT_EQ(last_, 200U);
  kept.reset();
  EXPECT_EQ(count_, 1);
}

TEST_F(ReplyTest, AssigningOverAnUnansweredOneAnswersIt) {
  auto first = make();
  auto second = make();
  first = std::move(second);
  EXPECT_EQ(count_, 1);
  EXPECT_EQ(last_, 500U);
  first.send(text_response(200, "second"));
  EXPECT_EQ(count_, 2);
  EXPECT_EQ(last_, 200U);
}

TEST(HttpRequest, TheFirstHeaderOfANameCounts) {
  Request request;
  request.headers = {{"a", "1"}, {"b", "2"}, {"b", "3"}};
  EXPECT_EQ(request.header("b"), "2");
  EXPECT_EQ(request.header("c"), "");
}

}  // namespace
}  // namespace certconnector::http::testing
