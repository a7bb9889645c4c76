#include "proto/json/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certconnector::json {
namespace {

using ::testing::ElementsAre;

TEST(JsonSplit, GivesMembersAndItemsAsTheyStand) {
  const auto members =
      split_object(" { \"a\" : {\"x\":[1,\"}]\\\"\"]} , \"\\u0062\":null,\"a\":2}\n");
  ASSERT_TRUE(members) << members.error().message();
  ASSERT_EQ(members->size(), 3U);
  EXPECT_EQ((*members)[0].name, "a");
  EXPECT_EQ((*members)[0].value, "{\"x\":[1,\"}]\\\"\"]}");
  EXPECT_EQ((*members)[1].name, "b");
  EXPECT_EQ((*members)[1].value, "null");
  EXPECT_EQ((*members)[2].name, "a");

  const auto items = split_array("[ 1 ,\"a,b\", [] , {\"c\":\"\\\\\"} ]");
  ASSERT_TRUE(items) << items.error().message();
  EXPECT_THAT(*items, ElementsAre("1", "\"a,b\"", "[]", "{\"c\":\"\\\\\"}"));
}

TEST(JsonSplit, GivesNothingForEmptyContainers) {
  EXPECT_TRUE(split_object("{}")->empty());
  EXPECT_TRUE(split_array(" [ ] ")->empty());
}

TEST(JsonSplit, DoesNotLookIntoItems) {
  const auto items = split_array("[{bad json}, [\xFF], 01]");
  ASSERT_TRUE(items);
  EXPECT_THAT(*items, ElementsAre("{bad json}", "[\xFF]", "01"));
}

TEST(JsonSplit, RefusesWhatDoesNotFitAtItsOwnLevel) {
  for (const char* text : {"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]x", "[\"a]", "[{]",
                           "[\"a\\", "1", "{}"}) {
    EXPECT_FALSE(split_array(text)) << text;
  }
  for (const char* text : {"", "{", "{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                           "{\"a\":1 \"b\":2}", "{\"a\":1}}", "{\"\xFF\":1}", "[]"}) {
    EXPECT_FALSE(split_object(text)) << text;
  }
}

}  // namespace
}  // namespace certconnector::json
