#include "agent/jobs/outcome_writer.h"

#include <gmock/gmock.h>

#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::testing {
namespace {

using ::testing::SizeIs;

class HeardOutcomes final : public core::OutcomeListener {
 public:
  std::vector<core::Settlement> all;
  void settled(const std::vector<core::Settlement>& settlements) override {
    all.insert(all.end(), settlements.begin(), settlements.end());
  }
  void acknowledged(const std::vector<core::ReportAcknowledgement>&) override {}
};

class OutcomeWriterTest : public CoreFixture {
 protected:
  // The settlement of each claimed job, with a certificate.
  std::vector<core::Settlement> claimed(std::size_t jobs, const core::ClaimOwner& owner = "me") {
    for (std::size_t i = 0; i < jobs; ++i) insert(issue_job("job-" + std::to_string(i)));
    const auto some =
        store.claim({kTestCa, jobs, owner, clock.now(), clock.now() + std::chrono::minutes(5)});
    std::vector<core::Settlement> settlements;
    for (const core::ClaimedJob& job : *some) {
      core::Issued issued = stored_jobs::issued(job.job.key.id);
      issued.certificate.serial = Bytes(job.job.key.id.begin(), job.job.key.id.end());
      settlements.push_back(stored_jobs::settlement(job.ticket, core::Finish{std::move(issued)}));
    }
    return settlements;
  }

  HeardOutcomes heard;
  jobs::OutcomeWriter writer{{store, storage, clock, random, logger, &heard}, "me"};
};

TEST_F(OutcomeWriterTest, NoCallHasMoreThanTheStoreTakesAtOnce) {
  store.at_once = 2;
  EXPECT_TRUE(writer.settle(claimed(5)));
  EXPECT_EQ(store.calls("settle"), 3);
  EXPECT_EQ(store.count(core::JobState::succeeded), 5U);
  EXPECT_THAT(heard.all, SizeIs(5));
}

TEST_F(OutcomeWriterTest, WhatWasKeptGoesInTheSamePortions) {
  auto settlements = claimed(5);
  store.at_once = 2;
  store.fail_writes(FakeJobStore::disk_full());
  EXPECT_FALSE(writer.settle(std::move(settlements)));
  EXPECT_EQ(writer.kept(), 5U);
  store.fail_writes(std::nullopt);
  EXPECT_EQ(writer.step(never), runtime::kIdle);
  EXPECT_EQ(store.calls("settle"), 6) << "three in vain, three that were stored";
  EXPECT_EQ(store.count(core::JobState::succeeded), 5U);
  EXPECT_EQ(writer.kept(), 0U);
}

// The device gets the certificate that stands, not the one that was made in vain.
TEST_F(OutcomeWriterTest, ListenersHearOfTheCertificateOfBefore) {
  auto settlements = claimed(1);
  const core::CertificateLabel label = *std::get<core::Finish>(settlements[0].verdict).label;
  const core::IssuedCertificate before = stored_jobs::issued("before").certificate;
  ASSERT_TRUE(store.certificates()
                  .record(kTestCa, {{label.key, label.template_name, before}}, clock.now())
                  .ok());
  EXPECT_TRUE(writer.settle(std::move(settlements)));
  ASSERT_THAT(heard.all, SizeIs(1));
  const auto& finish = std::get<core::Finish>(heard.all[0].verdict);
  EXPECT_EQ(std::get<core::Issued>(finish.outcome).certificate.certificate, before.certificate);
}

TEST_F(OutcomeWriterTest, ACertificateThatTheStoreDidNotTakeReachesNobody) {
  EXPECT_TRUE(writer.settle(claimed(1, "another life")));
  ASSERT_THAT(heard.all, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<core::LeaseLost>(heard.all[0].verdict));
  EXPECT_EQ(store.certificates().count(kTestCa).value(), 0U);
}

}  // namespace
}  // namespace certconnector::testing
