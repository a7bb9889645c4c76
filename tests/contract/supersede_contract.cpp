// When the agent revokes a certificate that a renewal replaced.
#include "tests/contract/lineage_contract.h"

namespace certconnector::contract {
namespace {

using core::RevocationReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kDay = 86'400;

class SupersedeContract : public LineageContract {
 protected:
  void give(const std::string& name, Timestamp now) {
    ASSERT_TRUE(ledgers_->enrollments().given({ticket_of(name)}, now).ok());
  }
  void use(const std::string& name) {
    ASSERT_TRUE(ledgers_->lineages().note_use({{ca(), serial_of(name)}}).ok());
  }
  core::CaFingerprint ca() { return first().job.job.ca; }
  // The names of what is revoked now, in one call.
  std::vector<std::string> superseded(Timestamp now, std::size_t max = 10) {
    const auto look = ledgers_->lineages().supersede(terms_, now, max);
    EXPECT_TRUE(look.ok());
    std::vector<std::string> names;
    if (!look.ok()) return names;
    for (const core::SupersededCertificate& one : look->revoked) {
      names.emplace_back(one.serial.begin(), one.serial.end());
      EXPECT_EQ(one.ca, ca());
      last_job_ = one.job;
    }
    return names;
  }
  // Looks once a day, until a day after `now`: the first day on which it is revoked.
  std::optional<std::int64_t> day_of(const std::string& name, std::int64_t days) {
    for (std::int64_t day = 0; day <= days; ++day) {
      const auto names = superseded(at(day * kDay + 10));
      if (std::find(names.begin(), names.end(), name) != names.end()) return day;
    }
    return std::nullopt;
  }
  void issue_one_renewal() {
    issue(first(), "a", at(1), at(100 * kDay));
    issue(renewal("a", "b"), "b", at(2), at(200 * kDay));
  }

  std::vector<core::SupersedeTerms> terms_{{"phones", ca(), std::chrono::hours(24 * 7)}};
  std::string last_job_;
};

TEST_P(SupersedeContract, RevokesTheOneOfTheFormerCaToo) {
  issue(first(), "a", at(1), at(100 * kDay));
  issue(renewal_at_next("a", "b"), "b", at(2), at(200 * kDay));
  EXPECT_THAT(superseded(at(3)), IsEmpty());
  ASSERT_TRUE(ledgers_->lineages().note_use({{next_ca(), serial_of("b")}}).ok());
  EXPECT_THAT(superseded(at(4)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, RevokesTheOldOneOnceTheNewOneIsUsed) {
  issue_one_renewal();
  EXPECT_THAT(superseded(at(3)), IsEmpty());
  use("b");
  EXPECT_THAT(superseded(at(4)), ::testing::ElementsAre("a"));
  const auto jobs = ledgers_->jobs().find(last_job_);
  ASSERT_TRUE(jobs.ok() && jobs->size() == 1);
  const core::JobRecord& job = jobs->front();
  const auto& request = std::get<core::RevokeRequest>(job.job.request);
  EXPECT_EQ(request.serial, serial_of("a"));
  EXPECT_EQ(request.reason, RevocationReason::superseded);
  EXPECT_EQ(job.job.ca, ca());
  EXPECT_EQ(job.job.key.source, core::JobSource::local);
  EXPECT_FALSE(job.reports);
  const auto history = ledgers_->jobs().history(job.ticket);
  ASSERT_TRUE(history.ok() && !history->empty());
  EXPECT_EQ(history->back().kind, "renewed");
  EXPECT_THAT(history->back().message, HasSubstr("Its key has signed a request"));
  EXPECT_THAT(superseded(at(5)), IsEmpty()) << "once";
}

TEST_P(SupersedeContract, ARenewalUsesTheCertificateThatSignsIt) {
  issue_one_renewal();
  superseded(at(3));
  ASSERT_TRUE(begun(renewal("b", "c"), at(4)).begun);
  EXPECT_THAT(superseded(at(5)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, RevokesTheOldOneSomeTimeAfterTheDeviceGotTheNewOne) {
  issue_one_renewal();
  give("b", at(3));
  EXPECT_EQ(day_of("a", 20), 7);
}

TEST_P(SupersedeContract, NeverWhileTheDeviceMayWaitForTheAnswer) {
  issue_one_renewal();
  EXPECT_EQ(day_of("a", 99), std::nullopt);
}

TEST_P(SupersedeContract, ADeviceThatAsksAgainGetsMoreTime) {
  issue_one_renewal();
  give("b", at(3));
  for (std::int64_t day = 0; day < 6; ++day)
    EXPECT_THAT(superseded(at(day * kDay + 10)), IsEmpty());
  give("b", at(6 * kDay));
  EXPECT_EQ(day_of("a", 20), 13);
}

TEST_P(SupersedeContract, NeverWhileAnotherRenewalIsUnderWay) {
  issue_one_renewal();
  use("b");
  ASSERT_TRUE(begun(renewal("a", "c"), at(4)).begun);
  EXPECT_THAT(superseded(at(5)), IsEmpty()) << "the device may wait for that one";
  end(denied(), at(6));
  EXPECT_THAT(superseded(at(2 * kDay)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, NeverBeforeEachSuccessorHasArrived) {
  issue_one_renewal();
  issue(renewal("a", "c"), "c", at(3), at(200 * kDay));
  use("c");
  EXPECT_EQ(day_of("a", 30), std::nullopt)
      << "whoever has a copy of the key uses one; the device waits for the other";
  give("b", at(30 * kDay));
  EXPECT_EQ(day_of("a", 50), 37);
}

TEST_P(SupersedeContract, ALostSuccessorDoesNotCount) {
  issue_one_renewal();
  give("b", at(3));
  revoke("b", RevocationReason::superseded);
  EXPECT_EQ(day_of("a", 30), std::nullopt) << "the device has no other";
  issue(renewal("a", "c"), "c", at(31 * kDay), at(200 * kDay));
  use("c");
  EXPECT_THAT(superseded(at(32 * kDay)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, AnEndpointThatDeniesTheNewOneKeepsTheOldOne) {
  core::NewEnrollment reported = renewal("a", "b");
  issue(first(), "a", at(1), at(100 * kDay));
  issue(reported, "b", at(2), at(200 * kDay));
  acknowledge(ticket_of("b"), core::ReportVerdict::refused);
  give("b", at(3));
  use("b");
  EXPECT_EQ(day_of("a", 30), std::nullopt);
}

TEST_P(SupersedeContract, AHoldKeepsItUntilItIsLifted) {
  issue_one_renewal();
  use("b");
  revoke("a", RevocationReason::certificate_hold);
  EXPECT_THAT(superseded(at(60)), IsEmpty());
  revoke("a", RevocationReason::remove_from_crl);
  EXPECT_THAT(superseded(at(2 * kDay)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, AServiceMayKeepTheOldOnes) {
  issue_one_renewal();
  use("b");
  const auto terms = std::exchange(terms_, {});
  EXPECT_EQ(day_of("a", 10), std::nullopt);
  terms_ = terms;
  EXPECT_THAT(superseded(at(12 * kDay)), ::testing::ElementsAre("a")) << "the switch is on again";
}

TEST_P(SupersedeContract, OnlyUseCountsWithoutATime) {
  issue_one_renewal();
  give("b", at(3));
  terms_.front().after.reset();
  EXPECT_EQ(day_of("a", 30), std::nullopt);
  use("b");
  EXPECT_THAT(superseded(at(31 * kDay)), ::testing::ElementsAre("a"));
}

TEST_P(SupersedeContract, WhatHasEndedIsLeftAlone) {
  issue_one_renewal();
  use("b");
  EXPECT_THAT(superseded(at(101 * kDay)), IsEmpty());
  const auto look = ledgers_->lineages().supersede(terms_, at(300 * kDay), 10);
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->looked_at, 0U) << "it is looked at no more";
}

TEST_P(SupersedeContract, LooksAtNoMoreThanItMay) {
  issue(first(), "a", at(1), at(100 * kDay));
  core::NewEnrollment other = request("other", 2, "job-x");
  issue(other, "x", at(1), at(100 * kDay));
  issue(renewal("a", "b"), "b", at(2), at(200 * kDay));
  issue(renewal("x", "y"), "y", at(2), at(200 * kDay));
  use("b");
  use("y");
  const auto first_look = superseded(at(3), 1);
  ASSERT_EQ(first_look.size(), 1U);
  const auto second_look = superseded(at(3), 1);
  ASSERT_EQ(second_look.size(), 1U);
  EXPECT_NE(first_look, second_look);
}

TEST_P(SupersedeContract, ItGoesOnAfterARestart) {
  issue_one_renewal();
  give("b", at(3));
  ledgers_->restart();
  EXPECT_THAT(superseded(at(4)), IsEmpty());
  ledgers_->restart();
  EXPECT_EQ(day_of("a", 20), 7);
}

TEST_P(SupersedeContract, AStolenKeyEndsTheLineageAlsoOfARevokedCertificate) {
  issue_one_renewal();
  revoke("a", RevocationReason::superseded);
  revoke("a", RevocationReason::key_compromise);
  EXPECT_EQ(conflict(renewal("b", "c"), at(60)), core::LineageConflict::compromised);
}

INSTANTIATE_TEST_SUITE_P(On, SupersedeContract, ::testing::ValuesIn(all_ledgers()), ledgers_name);

}  // namespace
}  // namespace certconnector::contract
