#include "common/result/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace certconnector {
namespace {

enum class SampleErrc { broken };
ErrorCode error_code(SampleErrc /*errc*/) { return {"sample", "broken"}; }

Error broken(std::string message) {
  return {SampleErrc::broken, ErrorKind::permanent, std::move(message)};
}

Result<int> half(int value) {
  if (value % 2 != 0) return broken("odd");
  return value / 2;
}

Result<int> quarter(int value) {
  CC_TRY_ASSIGN(const int once, half(value));
  CC_TRY_ASSIGN(const int twice, half(once));
  return twice;
}

Status check_even(int value) {
  CC_TRY(half(value));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 7);
  const Result<int> bad = broken("no");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message(), "no");
  EXPECT_EQ(bad.error().code(), (ErrorCode{"sample", "broken"}));
}

TEST(Result, TryPassesTheValueOrLeavesWithTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message(), "odd");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_FALSE(check_even(3).ok());
}

TEST(Result, CarriesTypesThatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(ResultDeathTest, ReadingTheOtherSideAborts) {
  const Result<int> good = 1;
  const Result<int> bad = broken("no");
  const Status fine;
  EXPECT_DEATH((void)good.error(), "");
  EXPECT_DEATH((void)bad.value(), "");
  EXPECT_DEATH((void)fine.error(), "");
}

TEST(Error, ContextStandsBeforeTheMessageOutermostFirst) {
  const Error error = broken("disk full").with_context("writing the queue").with_context("leasing");
  EXPECT_EQ(error.message(), "leasing: writing the queue: disk full");
  EXPECT_EQ(error.kind(), ErrorKind::permanent);
}

TEST(Error, ContextLeavesTheOriginalAsItWas) {
  const Error error = broken("disk full");
  const Error outer = error.with_context("writing");
  EXPECT_EQ(error.message(), "disk full");
  EXPECT_EQ(outer.message(), "writing: disk full");
}

TEST(Error, KeepsRetryAfterThroughContext) {
  const Error error = broken("busy").with_retry_after(std::chrono::seconds(3)).with_context("x");
  EXPECT_EQ(error.retry_after(), std::chrono::milliseconds(3000));
  EXPECT_EQ(broken("busy").retry_after(), std::nullopt);
}

TEST(Error, KindsHaveNames) {
  EXPECT_EQ(to_string(ErrorKind::transient), "transient");
  EXPECT_EQ(to_string(ErrorKind::permanent), "permanent");
  EXPECT_EQ(to_string(ErrorKind::denied), "denied");
  EXPECT_EQ(to_string(ErrorKind::corrupt), "corrupt");
}

}  // namespace
}  // namespace certconnector
