#include "agent/enrollment/rules/lineage_rules.h"

#include <gtest/gtest.h>

namespace certconnector::enrollment {
namespace {

using core::LineageConflict;

constexpr core::LineageLimits kLimits{3, 6};

LineageFacts lineage(std::size_t in_force, std::size_t under_way = 0, std::size_t lately = 0) {
  LineageFacts facts;
  facts.in_force = in_force;
  facts.under_way = under_way;
  facts.lately = lately;
  return facts;
}

TEST(LineageRules, SoManyMayBeInForce) {
  EXPECT_FALSE(lineage_step(lineage(2), kLimits).conflict);
  EXPECT_EQ(lineage_step(lineage(3), kLimits).conflict, LineageConflict::full);
  EXPECT_EQ(lineage_step(lineage(2, 1), kLimits).conflict, LineageConflict::full)
      << "one that is under way counts";
}

TEST(LineageRules, SoManyMayComeInADay) {
  EXPECT_FALSE(lineage_step(lineage(1, 0, 5), kLimits).conflict);
  EXPECT_EQ(lineage_step(lineage(1, 0, 6), kLimits).conflict, LineageConflict::too_often);
  EXPECT_EQ(lineage_step(lineage(1, 1, 5), kLimits).conflict, LineageConflict::too_often);
}

TEST(LineageRules, APersonAllowsWhatTheLimitsDoNot) {
  for (LineageFacts facts : {lineage(3), lineage(1, 0, 6)}) {
    facts.allowed = 1;
    EXPECT_FALSE(lineage_step(facts, kLimits).conflict);
    EXPECT_TRUE(lineage_step(facts, kLimits).uses_allowance);
  }
  LineageFacts within = lineage(1);
  within.allowed = 1;
  EXPECT_FALSE(lineage_step(within, kLimits).uses_allowance) << "it is kept for when it is needed";
}

TEST(LineageRules, NobodyAllowsACompromisedOne) {
  LineageFacts facts = lineage(1);
  facts.compromised = true;
  facts.allowed = 5;
  EXPECT_EQ(lineage_step(facts, kLimits).conflict, LineageConflict::compromised);
}

}  // namespace
}  // namespace certconnector::enrollment
