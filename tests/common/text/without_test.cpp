#include "common/text/without.h"

#include <gtest/gtest.h>

namespace certconnector::text {
namespace {

TEST(Without, KeepsWordsAndHidesThoseWithTheSecret) {
  EXPECT_EQ(without("pw-1", "the CA is away"), "the CA is away");
  EXPECT_EQ(without("pw-1", "challenge pw-1 is wrong"), "(its text holds the challenge itself)");
  EXPECT_EQ(without("", "the CA is away"), "the CA is away");
}

}  // namespace
}  // namespace certconnector::text
