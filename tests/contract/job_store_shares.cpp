// What belongs to one cloud's session: every implementation says what core::includes() says.
#include "agent/core/cloud_share.h"
#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const core::CloudShare kEast{"east", false, {"west"}};
const core::CloudShare kWest{"west", true, {"east"}};  // with the remainder

core::NewJob of_cloud(const std::string& cloud) {
  core::NewJob job = leased(issue_job("of " + cloud), 1, at(100));
  job.job.key.instance = cloud;
  return job;
}

class JobStoreShares : public JobStoreContract {
 protected:
  // One job of each kind; "north" is a cloud that is not configured any more.
  std::vector<core::NewJob> jobs() {
    return {of_cloud("east"), of_cloud("west"), of_cloud("north"), device_job("device", true)};
  }
  std::vector<std::string> reports_of(const core::CloudShare& share) {
    return ids(store().unreported(share, 10).value());
  }
  std::vector<std::string> leases_of(const core::CloudShare& share) {
    return ids(store().leases_ending(share, at(101), {kCa}, 10).value());
  }
  // As the rule has it.
  std::vector<std::string> expected(const core::CloudShare& share, bool leased_alone) {
    std::vector<std::string> all;
    for (const auto& one : jobs()) {
      const auto& key = one.job.key;
      const bool listed = !leased_alone || one.lease;
      if (listed && core::includes(share, key.source, key.instance)) all.push_back(key.id);
    }
    return all;
  }
};

TEST_P(JobStoreShares, AReportIsOfferedToItsShareAlone) {
  for (const auto& job : jobs()) ended(job, issued(job.job.key.id));
  for (const core::CloudShare& share : {kEast, kWest, core::CloudShare{}}) {
    EXPECT_THAT(reports_of(share), ::testing::UnorderedElementsAreArray(expected(share, false)))
        << share.cloud;
  }
  EXPECT_THAT(reports_of(kEast), UnorderedElementsAre("of east"));
  EXPECT_THAT(reports_of(kWest), UnorderedElementsAre("of west", "of north", "device"));
}

TEST_P(JobStoreShares, AnEndingLeaseIsListedInItsShareAlone) {
  for (const auto& job : jobs()) insert(job);
  for (const core::CloudShare& share : {kEast, kWest, core::CloudShare{}}) {
    EXPECT_THAT(leases_of(share), ::testing::UnorderedElementsAreArray(expected(share, true)))
        << share.cloud;
  }
  EXPECT_THAT(leases_of(kEast), UnorderedElementsAre("of east"));
  EXPECT_THAT(leases_of(kWest), UnorderedElementsAre("of west", "of north"));
}

TEST_P(JobStoreShares, AnAcknowledgementInOneShareLeavesTheOtherItsReports) {
  const auto east = ended(of_cloud("east"), issued("e"));
  ended(of_cloud("west"), issued("w"));
  acknowledge(east);
  EXPECT_THAT(reports_of(kEast), IsEmpty());
  EXPECT_THAT(reports_of(kWest), UnorderedElementsAre("of west"));
}

TEST_P(JobStoreShares, TheLimitCountsTheJobsOfTheShare) {
  for (const auto& job : jobs()) ended(job, issued(job.job.key.id), at(2));
  EXPECT_EQ(store().unreported(kWest, 2).value().size(), 2U);
  EXPECT_EQ(store().unreported(kEast, 1).value().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreShares, ::testing::ValuesIn(job_stores()), name_of);

}  // namespace
}  // namespace certconnector::contract
