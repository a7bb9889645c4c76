#include "agent/enrollment/rules/challenge_rules.h"

#include <gtest/gtest.h>

#include "tests/agent/enrollment/rules/planted_rows.h"

namespace certconnector::enrollment {
namespace {

using core::ChallengeConflict;
using core::ChallengeState;

TEST(ChallengeRules, UseFollowsFromTheHolder) {
  struct Row {
    Progress holder;
    ChallengeUse use;
    std::optional<ChallengeConflict> refusal;
  };
  const std::vector<Row> table{
      {Progress::failed, ChallengeUse::free, {}},
      {Progress::under_way, ChallengeUse::in_use, ChallengeConflict::challenge_in_use},
      {Progress::succeeded, ChallengeUse::used, ChallengeConflict::challenge_used},
      {Progress::unknown, ChallengeUse::used, ChallengeConflict::challenge_used},
      {Progress::gone, ChallengeUse::used, ChallengeConflict::challenge_used}};
  for (const Row& row : table) {
    EXPECT_EQ(use_by(row.holder), row.use) << static_cast<int>(row.holder);
    EXPECT_EQ(conflict_for(row.use), row.refusal) << static_cast<int>(row.holder);
    PlantedRows rows;
    rows.holders["c"] = {1};
    rows.jobs[1].progress = row.holder;
    EXPECT_EQ(use_of("c", rows).value(), row.use);
    EXPECT_EQ(use_of("d", rows).value(), ChallengeUse::free);
  }
}

TEST(ChallengeRules, AllTwelveStatesOfAPassword) {
  for (const auto use : {ChallengeUse::free, ChallengeUse::in_use, ChallengeUse::used}) {
    for (const bool in_time : {false, true})
      EXPECT_EQ(state_of(true, use, in_time), ChallengeState::revoked);
  }
  EXPECT_EQ(state_of(false, ChallengeUse::free, true), ChallengeState::open);
  EXPECT_EQ(state_of(false, ChallengeUse::free, false), ChallengeState::expired);
  for (const bool in_time : {false, true}) {
    EXPECT_EQ(state_of(false, ChallengeUse::in_use, in_time), ChallengeState::in_use);
    EXPECT_EQ(state_of(false, ChallengeUse::used, in_time), ChallengeState::used);
  }
}

TEST(ChallengeRules, TimesEndWhereTheySay) {
  const Timestamp end = from_millis(1000);
  EXPECT_TRUE(is_in_time(end, from_millis(999)));
  EXPECT_FALSE(is_in_time(end, end));
  EXPECT_FALSE(may_forget_password(end, false, end));
  EXPECT_TRUE(may_forget_password(end, false, from_millis(1001)));
  EXPECT_FALSE(may_forget_password(end, true, from_millis(1001)));
  EXPECT_FALSE(may_forget_revocation(end, end));
  EXPECT_TRUE(may_forget_revocation(end, from_millis(1001)));
}

TEST(ChallengeRules, WhichRetryMayHaveItsChallengeBack) {
  struct Row {
    ChallengeHold hold;
    TakeBack answer;
  };
  const std::vector<Row> table{
      {{true, false, false, {}}, TakeBack::replaced},
      {{true, true, true, {}}, TakeBack::replaced},
      {{true, true, false, Progress::under_way}, TakeBack::replaced},
      {{false, false, false, {}}, TakeBack::nothing_to_take},
      {{false, true, true, {}}, TakeBack::nothing_to_take},
      {{false, true, false, {}}, TakeBack::takes},
      {{false, true, false, Progress::failed}, TakeBack::takes},
      {{false, true, false, Progress::under_way}, TakeBack::taken},
      {{false, true, false, Progress::succeeded}, TakeBack::taken},
      {{false, true, false, Progress::unknown}, TakeBack::taken},
      {{false, true, false, Progress::gone}, TakeBack::taken},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(may_take_challenge_back(table[i].hold), table[i].answer) << "row " << i;
  }
}

TEST(ChallengeRules, ARetryTakesTheChallengeFromAFailedEnrollment) {
  PlantedRows rows;
  rows.holders["c"] = {2};
  rows.jobs[2].progress = Progress::failed;
  auto step = take_challenge_back({{1}, false, "c"}, rows).value();
  EXPECT_TRUE(step.takes);
  EXPECT_EQ(step.releases->value, 2);
  EXPECT_FALSE(step.why_not);
  rows.jobs[2].progress = Progress::under_way;
  step = take_challenge_back({{1}, false, "c"}, rows).value();
  EXPECT_FALSE(step.takes);
  EXPECT_NE(step.why_not->find("challenge c"), std::string::npos);
  step = take_challenge_back({{1}, true, "c"}, rows).value();
  EXPECT_NE(step.why_not->find("scep explain"), std::string::npos);
  EXPECT_TRUE(take_challenge_back({{1}, false, "d"}, rows).value().takes) << "nobody holds it";
  EXPECT_FALSE(take_challenge_back({{2}, false, "c"}, rows).value().takes) << "it has it";
  rows.asked = 0;
  EXPECT_FALSE(take_challenge_back({{1}, false, ""}, rows).value().takes);
  EXPECT_EQ(rows.asked, 0);
}

}  // namespace
}  // namespace certconnector::enrollment
