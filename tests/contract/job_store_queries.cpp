#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobFilter;
using core::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobStoreListContract : public JobStoreContract {
 protected:
  JobStoreListContract() {
    for (int i = 0; i < 6; ++i) {
      core::NewJob job = i % 2 == 0 ? issue_job("job-" + std::to_string(i))
                                    : revoke_job("job-" + std::to_string(i));
      if (i >= 4) job.job.ca = kOtherCa;
      insert(job, at(std::int64_t{i} * 10));
    }
    settle(claim(1, at(100)).front().ticket, core::Finish{core::Revoked{at(100), false}});
  }

  std::uint64_t ended(JobState outcome, Timestamp since) {
    std::uint64_t found = 0;
    const auto outcomes = store().outcomes(since, at(1000), 10);
    for (const auto& count : outcomes->counts) {
      if (count.state == outcome) found += count.count;
    }
    return found;
  }
  void acknowledge_all(Timestamp now) {
    std::vector<core::ReportAcknowledgement> all;
    for (const auto& report : unreported()) {
      core::ReportAcknowledgement one;
      one.ticket = report.ticket;
      one.verdict = core::ReportVerdict::accepted;
      all.push_back(one);
    }
    ASSERT_TRUE(store().acknowledge(all, now).ok());
  }
  std::vector<std::string> list(const JobFilter& filter) {
    const auto records = store().list(filter);
    EXPECT_TRUE(records.ok()) << records.error().message();
    std::vector<std::string> ids;
    for (const auto& record : *records) ids.push_back(record.job.key.id);
    return ids;
  }
};

TEST_P(JobStoreListContract, TheNewestComesFirst) {
  EXPECT_THAT(list({}), ElementsAre("job-5", "job-4", "job-3", "job-2", "job-1", "job-0"));
}

TEST_P(JobStoreListContract, FiltersCombine) {
  JobFilter filter;
  filter.type = core::JobType::revoke;
  EXPECT_THAT(list(filter), ElementsAre("job-5", "job-3", "job-1"));
  filter.ca = kCa;
  EXPECT_THAT(list(filter), ElementsAre("job-3", "job-1"));
  filter.state = JobState::succeeded;
  EXPECT_THAT(list(filter), ElementsAre("job-1"));
  filter.state = JobState::held;
  EXPECT_THAT(list(filter), IsEmpty());
  filter = {};
  filter.since = at(20);
  filter.until = at(40);
  EXPECT_THAT(list(filter), ElementsAre("job-4", "job-3", "job-2"));
  filter.ca = core::CaFingerprint(64, 'c');
  EXPECT_THAT(list(filter), IsEmpty());
}

TEST_P(JobStoreListContract, PagesFollowEachOtherWithoutGapsAlsoWhenJobsArrive) {
  JobFilter filter;
  filter.limit = 4;
  const auto first = *store().list(filter);
  ASSERT_EQ(first.size(), 4U);
  insert(issue_job("new"), at(200));
  filter.after = first.back().ticket;
  EXPECT_THAT(list(filter), ElementsAre("job-1", "job-0"));
}

TEST_P(JobStoreListContract, PagesOfARangeOfTimeFollowEachOther) {
  JobFilter filter;
  filter.since = at(10);
  filter.until = at(40);
  filter.limit = 1;
  std::vector<std::string> ids;
  for (;;) {
    const auto page = *store().list(filter);
    if (page.empty()) break;
    ids.push_back(page.front().job.key.id);
    filter.after = page.back().ticket;
  }
  EXPECT_THAT(ids, ElementsAre("job-4", "job-3", "job-2", "job-1"));
}

TEST_P(JobStoreListContract, APageIsBounded) {
  std::vector<core::NewJob> jobs;
  jobs.reserve(1100);
  for (int i = 0; i < 1100; ++i) jobs.push_back(issue_job("many-" + std::to_string(i)));
  ASSERT_TRUE(store().insert(jobs, at(300)).ok());
  JobFilter filter;
  filter.limit = 1'000'000;
  EXPECT_EQ(store().list(filter)->size(), 1000U);
}

TEST_P(JobStoreListContract, CountsFollowTheStates) {
  EXPECT_EQ(count(JobState::queued), 2U);
  EXPECT_EQ(count(JobState::queued, core::JobType::revoke), 1U);
  EXPECT_EQ(count(JobState::succeeded, core::JobType::revoke), 1U);
  reopen();
  EXPECT_EQ(count(JobState::queued), 2U);
}

TEST_P(JobStoreListContract, AnOutcomeIsFoundBeforeAndAfterItsReport) {
  settle(claim(1, at(110)).front().ticket,
         core::Finish{core::failed(core::failure::kWeakKey, "no")}, at(110));
  JobFilter failed;
  failed.outcome = JobState::failed;
  EXPECT_THAT(list(failed), ElementsAre("job-3"));
  acknowledge_all(at(120));
  EXPECT_THAT(list(failed), ElementsAre("job-3"));
  failed.outcome = JobState::succeeded;
  EXPECT_THAT(list(failed), ElementsAre("job-1"));
  failed.type = core::JobType::issue;
  EXPECT_THAT(list(failed), IsEmpty());
  failed.outcome = JobState::dead;
  EXPECT_THAT(list(failed), IsEmpty());
}

TEST_P(JobStoreListContract, OutcomesAreCountedForAWhileAndUntilTheirReport) {
  settle(claim(1, at(110)).front().ticket,
         core::Finish{core::failed(core::failure::kWeakKey, "no")}, at(110));
  EXPECT_EQ(ended(JobState::failed, at(500)), 1U) << "long ago, and not reported yet";
  acknowledge_all(at(120));
  EXPECT_EQ(ended(JobState::failed, at(50)), 1U);
  EXPECT_EQ(ended(JobState::succeeded, at(0)), 1U);
  EXPECT_EQ(ended(JobState::failed, at(115)), 0U) << "it ended before";
  EXPECT_TRUE(store().outcomes(at(0), at(1000), 3)->complete);
  const auto bounded = store().outcomes(at(0), at(1000), 1).value();
  EXPECT_FALSE(bounded.complete);
  EXPECT_EQ(bounded.counts.size(), 1U);
}

TEST_P(JobStoreListContract, AnUnknownIdFindsNothing) {
  EXPECT_THAT(*store().find("nobody"), IsEmpty());
}

TEST_P(JobStoreListContract, IdsAreFoundByTheirBeginning) {
  EXPECT_THAT(*store().ids_with_beginning("job-", 10),
              ElementsAre("job-0", "job-1", "job-2", "job-3", "job-4", "job-5"));
  EXPECT_THAT(*store().ids_with_beginning("job-", 2), ElementsAre("job-0", "job-1"));
  EXPECT_THAT(*store().ids_with_beginning("job-3", 10), ElementsAre("job-3"));
  for (const char* none : {"job-33", "ob-", "JOB-", "job-%", "job-_", "job.", "k"}) {
    EXPECT_THAT(*store().ids_with_beginning(none, 10), IsEmpty()) << none;
  }
  EXPECT_THAT(*store().ids_with_beginning("", 1), ElementsAre("job-0"));
}

TEST_P(JobStoreListContract, TheStoreCanBeProbed) { EXPECT_TRUE(store().probe().ok()); }

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreListContract, ::testing::ValuesIn(job_stores()), name_of);

}  // namespace
}  // namespace certconnector::contract
