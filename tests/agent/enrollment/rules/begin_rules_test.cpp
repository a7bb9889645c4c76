#include "agent/enrollment/rules/begin_rules.h"

#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/agent/enrollment/rules/planted_rows.h"

namespace certconnector::enrollment {
namespace {

using core::ChallengeConflict;
using core::EnrollmentStanding;

const Timestamp kNow = from_millis(5000);
constexpr KnownEnrollment kOld{{7}, false};

core::NewEnrollment with_challenge(const std::string& challenge) {
  core::NewEnrollment one;
  one.challenge = challenge;
  return one;
}

core::Outcome certificate_until(Timestamp end) { return core::Issued{{{1}, {1}, {}, end}, ""}; }

BeginDecision decide(const core::NewEnrollment& one, const std::optional<KnownEnrollment>& known,
                     PlantedRows& rows) {
  return decide_begin(one, known, rows, kNow).value();
}

TEST(BeginRules, StepsOfAKnownEnrollment) {
  struct Row {
    Progress progress;
    KnownStep own_challenge;
    KnownStep shared;
    KnownStep denial;
  };
  const std::vector<Row> rows{
      {Progress::under_way, KnownStep::stands, KnownStep::stands, KnownStep::stands},
      {Progress::succeeded, KnownStep::stands, KnownStep::stands, KnownStep::stands},
      {Progress::failed, KnownStep::replaced, KnownStep::replaced, KnownStep::stands},
      {Progress::unknown, KnownStep::stands, KnownStep::replaced, KnownStep::stands},
      {Progress::gone, KnownStep::used_up, KnownStep::replaced, KnownStep::replaced},
  };
  for (const Row& row : rows) {
    const int progress = static_cast<int>(row.progress);
    EXPECT_EQ(known_step(row.progress, EnrollmentKind::own_challenge), row.own_challenge)
        << progress;
    EXPECT_EQ(known_step(row.progress, EnrollmentKind::shared), row.shared) << progress;
    EXPECT_EQ(known_step(row.progress, EnrollmentKind::denial), row.denial) << progress;
  }
}

TEST(BeginRules, ADenialStaysADenialWhateverItNames) {
  core::NewEnrollment one = with_challenge("c");
  EXPECT_EQ(kind_of(one), EnrollmentKind::own_challenge);
  EXPECT_TRUE(holds_challenge(one));
  one.job.rejection = core::failed(core::failure::kDeniedByCa, "no");
  EXPECT_EQ(kind_of(one), EnrollmentKind::denial);
  EXPECT_FALSE(holds_challenge(one));
  EXPECT_EQ(kind_of(with_challenge("")), EnrollmentKind::shared);
}

TEST(BeginRules, AnotherBeginsBesideASharedOneWhoseCertificateHasEnded) {
  for (const auto kind :
       {EnrollmentKind::own_challenge, EnrollmentKind::shared, EnrollmentKind::denial}) {
    const bool shared = kind == EnrollmentKind::shared;
    EXPECT_FALSE(begins_beside(kind, {}, kNow));
    EXPECT_FALSE(begins_beside(kind, core::failed(core::failure::kDeniedByCa, ""), kNow));
    EXPECT_FALSE(begins_beside(kind, certificate_until(kNow + Duration(1)), kNow));
    EXPECT_EQ(begins_beside(kind, certificate_until(kNow), kNow), shared);
  }
}

TEST(BeginRules, ANewOneAsksOnlyForTheHolderOfItsChallenge) {
  PlantedRows rows;
  EXPECT_TRUE(std::holds_alternative<BeginNew>(decide(with_challenge(""), {}, rows)));
  EXPECT_EQ(rows.asked, 0);
  const auto begin = std::get<BeginNew>(decide(with_challenge("c"), {}, rows));
  EXPECT_FALSE(begin.replaces || begin.releases);
  EXPECT_EQ(rows.asked, 1);
}

TEST(BeginRules, AStandingOneIsTheAnswerAndAsksForNoChallenge) {
  PlantedRows rows;
  rows.jobs[7] = {Progress::under_way, core::JobState::running, false};
  const auto standing = std::get<EnrollmentStanding>(decide(with_challenge("c"), kOld, rows));
  EXPECT_EQ(standing.ticket.value, 7);
  EXPECT_EQ(standing.state, core::JobState::running);
  EXPECT_EQ(rows.asked, 1);
}

TEST(BeginRules, AChallengeGoesToOneAlone) {
  struct Row {
    Progress holder;
    std::optional<ChallengeConflict> denial;
  };
  const std::vector<Row> table{{Progress::under_way, ChallengeConflict::challenge_in_use},
                               {Progress::succeeded, ChallengeConflict::challenge_used},
                               {Progress::unknown, ChallengeConflict::challenge_used},
                               {Progress::gone, ChallengeConflict::challenge_used},
                               {Progress::failed, {}}};
  for (const Row& row : table) {
    PlantedRows rows;
    rows.jobs[7] = {Progress::failed, core::JobState::failed, false};
    rows.jobs[9] = {row.holder, core::JobState::queued, false};
    rows.holders["c"] = {9};
    for (const bool is_known : {false, true}) {
      const auto known = is_known ? std::make_optional(kOld) : std::nullopt;
      const BeginDecision decision = decide(with_challenge("c"), known, rows);
      if (row.denial) {
        ASSERT_TRUE(std::holds_alternative<ChallengeConflict>(decision));
        EXPECT_EQ(std::get<ChallengeConflict>(decision), *row.denial);
        continue;
      }
      const auto begin = std::get<BeginNew>(decision);
      EXPECT_EQ(begin.releases->value, 9);
      EXPECT_EQ(begin.replaces.has_value(), is_known);
    }
  }
}

TEST(BeginRules, ItsOwnFailedJobStandsInNobodysWay) {
  PlantedRows rows;
  rows.jobs[7] = {Progress::failed, core::JobState::failed, false};
  rows.holders["c"] = {7};
  const auto begin = std::get<BeginNew>(decide(with_challenge("c"), kOld, rows));
  EXPECT_EQ(begin.replaces->value, 7);
  EXPECT_FALSE(begin.releases);
}

TEST(BeginRules, AUsedChallengeIsDeniedWithoutAnAnswerLeft) {
  PlantedRows rows;
  EXPECT_EQ(std::get<ChallengeConflict>(decide(with_challenge("c"), kOld, rows)),
            ChallengeConflict::challenge_used);
  const auto begin = std::get<BeginNew>(decide(with_challenge(""), kOld, rows));
  EXPECT_EQ(begin.replaces->value, 7);
}

TEST(BeginRules, OneBesideTheOldReplacesNothing) {
  PlantedRows rows;
  rows.jobs[7] = {Progress::succeeded, core::JobState::reported, false};
  rows.outcomes.emplace(7, certificate_until(kNow));
  EXPECT_FALSE(std::get<BeginNew>(decide(with_challenge(""), kOld, rows)).replaces);
  EXPECT_TRUE(std::holds_alternative<EnrollmentStanding>(decide(with_challenge("c"), kOld, rows)));
}

TEST(BeginRules, ADenialIsNotBegun) {
  core::NewEnrollment one = with_challenge("c");
  EXPECT_TRUE(begun_standing(one, {3}).begun);
  EXPECT_EQ(begun_standing(one, {3}).state, core::JobState::queued);
  one.job.rejection = core::failed(core::failure::kDeniedByCa, "no");
  const EnrollmentStanding noted = begun_standing(one, {3});
  EXPECT_FALSE(noted.begun);
  EXPECT_EQ(noted.state, core::JobState::failed);
  EXPECT_EQ(std::get<core::Failed>(*noted.outcome).code, "denied_by_ca");
}

TEST(BeginRules, ARenewalAsksForItsLineage) {
  core::NewEnrollment renewal;
  renewal.renewal = core::Renewal{{1, 2, 3}, {3, 6}};
  PlantedRows rows;
  auto decision = decide_begin(renewal, std::nullopt, rows, {}).value();
  EXPECT_FALSE(std::get<BeginNew>(decision).lineage) << "nobody knows it";
  rows.planted_lineage.emplace();
  rows.planted_lineage->in_force = 2;
  decision = decide_begin(renewal, std::nullopt, rows, {}).value();
  EXPECT_TRUE(std::get<BeginNew>(decision).lineage);
  rows.planted_lineage->in_force = 3;
  decision = decide_begin(renewal, std::nullopt, rows, {}).value();
  EXPECT_EQ(std::get<core::LineageConflict>(decision), core::LineageConflict::full);
  renewal.job.rejection = core::failed(core::failure::kWeakKey, "weak");
  decision = decide_begin(renewal, std::nullopt, rows, {}).value();
  EXPECT_TRUE(std::holds_alternative<BeginNew>(decision)) << "a denial is noted all the same";
}

}  // namespace
}  // namespace certconnector::enrollment
