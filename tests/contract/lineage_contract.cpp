#include "tests/contract/lineage_contract.h"

namespace certconnector::contract {
namespace {

using core::LineageConflict;
using core::RevocationReason;

TEST_P(LineageContract, ARenewalJoinsTheLineageAndItsDevice) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("b", "c"), "c", at(3));
  EXPECT_EQ(record("b").lineage, record("a").lineage);
  EXPECT_EQ(record("c").lineage, record("a").lineage);
  EXPECT_NE(record("a").lineage.value, 0);
  EXPECT_EQ(record("c").entry.holder.device, "device-7");
  EXPECT_EQ(record("c").entry.holder.job, "job-c");
  EXPECT_EQ(record("c").entry.holder.transaction_id, "T-c");
  core::EnrollmentFilter of_device;
  of_device.device = "device-7";
  EXPECT_EQ(list(of_device).size(), 3U);
}

TEST_P(LineageContract, ARenewalAtTheNextCaJoinsTheLineageToo) {
  issue(first(), "a", at(1));
  issue(renewal_at_next("a", "b"), "b", at(2));
  EXPECT_EQ(record("b", next_ca()).lineage, record("a").lineage);
  EXPECT_EQ(record("b", next_ca()).entry.holder.device, "device-7");
  issue(renewal_at_next("a", "c"), "c", at(3));
  EXPECT_EQ(conflict(renewal_at_next("a", "d"), at(4)), LineageConflict::full);
}

TEST_P(LineageContract, ThreeMayBeInForce) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  EXPECT_EQ(conflict(renewal("a", "d"), at(4)), LineageConflict::full);
  EXPECT_EQ(conflict(renewal("c", "d"), at(4)), LineageConflict::full) << "whoever renews";
  revoke("b", RevocationReason::superseded);
  EXPECT_FALSE(conflict(renewal("c", "d"), at(5)));
}

TEST_P(LineageContract, OneThatIsUnderWayCounts) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  ASSERT_TRUE(begun(renewal("a", "c"), at(3)).begun);
  EXPECT_EQ(conflict(renewal("a", "d"), at(4)), LineageConflict::full);
  EXPECT_FALSE(begun(renewal("a", "c"), at(4)).begun) << "the same request again stands";
}

TEST_P(LineageContract, WhatHasEndedIsNotInForce) {
  issue(first(), "a", at(1), at(100));
  issue(renewal("a", "b"), "b", at(2), at(100));
  issue(renewal("a", "c"), "c", at(3));
  EXPECT_EQ(conflict(renewal("c", "d"), at(99)), LineageConflict::full);
  EXPECT_FALSE(conflict(renewal("c", "d"), at(101)));
}

TEST_P(LineageContract, ACompromisedKeyEndsTheLineage) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  revoke("a", RevocationReason::key_compromise);
  ledgers_->restart();
  EXPECT_EQ(conflict(renewal("b", "c"), at(60)), LineageConflict::compromised);
  EXPECT_TRUE(begun(request("d", 1, "job-new"), at(61)).begun) << "a challenge opens another";
}

TEST_P(LineageContract, AStolenKeyEndsItAlsoWhereTheCaIsNotEmbedded) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  core::NewJob job;
  job.job.key.source = core::JobSource::local;
  job.job.key.instance = "operator";
  job.job.key.id = "revoke-a";
  job.job.ca = first().job.job.ca;
  core::RevokeRequest request;
  request.serial = serial_of("a");
  request.reason = RevocationReason::key_compromise;
  job.job.request = request;
  job.report = false;
  ASSERT_TRUE(ledgers_->jobs().insert({job}, at(3)).ok());
  end(core::Revoked{at(4), false}, at(4));
  EXPECT_EQ(conflict(renewal("b", "c"), at(5)), LineageConflict::compromised);
}

TEST_P(LineageContract, AnotherReasonDoesNotEndIt) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  revoke("a", RevocationReason::superseded);
  EXPECT_FALSE(conflict(renewal("b", "c"), at(60)));
}

TEST_P(LineageContract, SoManyComeInADay) {
  issue(first(), "a", at(0));
  std::string last = "a";
  for (const std::string name : {"b", "c", "d", "e", "f", "g"}) {
    issue(renewal(last, name), name, at(10));
    revoke(last, RevocationReason::superseded);
    last = name;
  }
  EXPECT_EQ(conflict(renewal(last, "h"), at(20)), LineageConflict::too_often);
  EXPECT_FALSE(conflict(renewal(last, "h"), at(10 + 86'400)));
}

TEST_P(LineageContract, AGoodChallengeOfARenewalBeginsALineageThoughTheOldOneIsFull) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  core::NewEnrollment anew = request("fresh", 1, "job-d");
  anew.instead = std::make_shared<const core::NewEnrollment>(renewal("a", "d"));
  issue(anew, "d", at(4));
  EXPECT_FALSE(record("d").lineage == record("a").lineage);
  EXPECT_EQ(record("d").entry.holder.challenge, "fresh");
}

TEST_P(LineageContract, AUsedChallengeOfARenewalChangesNothing) {
  issue(first(), "a", at(1));
  core::NewEnrollment again = request("c", 1, "job-x");
  again.key.transaction_id = "T-b";
  again.instead = std::make_shared<const core::NewEnrollment>(renewal("a", "b"));
  issue(again, "b", at(2));
  EXPECT_EQ(record("b").lineage, record("a").lineage);
  EXPECT_FALSE(begun(again, at(3)).begun) << "the same request again stands";
  issue(renewal("a", "c"), "c", at(3));
  again.key.transaction_id = "T-d";
  again.instead = std::make_shared<const core::NewEnrollment>(renewal("a", "d"));
  EXPECT_EQ(conflict(again, at(4)), LineageConflict::full);
}

TEST_P(LineageContract, APersonAllowsRenewalsBeyondTheLimits) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  const core::LineageId lineage = record("a").lineage;
  ASSERT_EQ(conflict(renewal("a", "d"), at(4)), LineageConflict::full);
  const auto allowed = ledgers_->lineages().allow(lineage, 2, at(4));
  ASSERT_TRUE(allowed.ok());
  EXPECT_EQ(allowed->allowed, 2U);
  EXPECT_EQ(allowed->in_force, 3U);
  EXPECT_EQ(allowed->lately, 2U);
  ledgers_->restart();
  ASSERT_TRUE(begun(renewal("a", "d"), at(5)).begun);
  const auto state = ledgers_->lineages().find(lineage, at(5));
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->allowed, 1U);
  EXPECT_EQ((*state)->under_way, 1U);
  EXPECT_FALSE(begun(renewal("a", "d"), at(6)).begun) << "a repeat uses none";
  ASSERT_TRUE(begun(renewal("a", "e"), at(7)).begun);
  EXPECT_EQ(conflict(renewal("a", "f"), at(8)), LineageConflict::full) << "both are used";
}

TEST_P(LineageContract, NobodyAllowsWithoutEnd) {
  issue(first(), "a", at(1));
  const core::LineageId lineage = record("a").lineage;
  ASSERT_TRUE(ledgers_->lineages().allow(lineage, 900, at(2)).ok());
  EXPECT_EQ(ledgers_->lineages().allow(lineage, 900, at(2))->allowed, 1000U);
}

TEST_P(LineageContract, APersonEndsALineage) {
  issue(first(), "a", at(1));
  const core::LineageId lineage = record("a").lineage;
  ASSERT_TRUE(ledgers_->lineages().allow(lineage, 5, at(2)).ok());
  ASSERT_TRUE(ledgers_->lineages().compromise(lineage).ok());
  ledgers_->restart();
  EXPECT_TRUE((*ledgers_->lineages().find(lineage, at(3)))->compromised);
  EXPECT_EQ(conflict(renewal("a", "b"), at(4)), LineageConflict::compromised);
}

// Of a CA that is not embedded, which issued it to somebody else.
TEST_P(LineageContract, ACertificateThatNobodyKnewBeginsOneLineage) {
  const auto unknown = [](const std::string& name) {
    core::NewEnrollment enrollment = renewal("z", name);
    enrollment.renewal->certificate = certificate("z", at(1'000'000)).certificate;
    enrollment.renewal->certificate.serial = serial_of("z");
    return enrollment;
  };
  issue(unknown("b"), "b", at(1));
  issue(unknown("c"), "c", at(2));
  EXPECT_EQ(record("b").lineage, record("z").lineage);
  EXPECT_EQ(record("c").lineage, record("z").lineage);
  EXPECT_EQ(record("z").entry.holder.job, "");
  EXPECT_EQ(conflict(unknown("d"), at(3)), LineageConflict::full)
      << "a copied key brings no more for it";
}

TEST_P(LineageContract, LineagesDoNotSeeEachOther) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  core::NewEnrollment other = request("other", 2, "job-x");
  issue(other, "x", at(4));
  EXPECT_FALSE(conflict(renewal("x", "y"), at(5)));
  EXPECT_FALSE(record("x").lineage == record("a").lineage);
}

INSTANTIATE_TEST_SUITE_P(On, LineageContract, ::testing::ValuesIn(all_ledgers()), ledgers_name);

}  // namespace
}  // namespace certconnector::contract
