// No list or search reads a table from its begin to its end.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <set>

#include "agent/store/sqlite/statement.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Plans : public ::testing::Test {
 protected:
  // The plans of all statements that the connection of people's reads has prepared.
  std::vector<std::string> plans() {
    std::set<std::string> texts;
    const Status walked = stores_.file().browse([&](Database& database) -> Status {
      for (auto* one = sqlite3_next_stmt(database.handle(), nullptr); one != nullptr;
           one = sqlite3_next_stmt(database.handle(), one)) {
        texts.insert(sqlite3_sql(one));
      }
      return {};
    });
    EXPECT_TRUE(walked.ok());
    std::vector<std::string> plans;
    for (const std::string& text : texts) plans.push_back(text + "\n" + plan_of(text));
    return plans;
  }
  // `but`: an index of few rows.
  void expect_no_scan_of(const std::string& table, const std::string& but = "") {
    const std::string allowed = "SCAN " + table + " USING INDEX " + but;
    for (std::string plan : plans()) {
      const std::size_t at = but.empty() ? std::string::npos : plan.find(allowed);
      if (at != std::string::npos) plan.erase(at, allowed.size());
      EXPECT_THAT(plan, Not(HasSubstr("SCAN " + table + "\n")));
      EXPECT_THAT(plan, Not(HasSubstr("SCAN " + table + " USING")));
    }
  }

  certconnector::testing::TempDirectory folder_;
  OpenStores stores_{folder_.file("agent.db")};

 private:
  std::string plan_of(const std::string& text) {
    std::string plan;
    const Status asked = stores_.file().browse([&](Database& database) -> Status {
      sqlite3_stmt* explained = nullptr;
      const std::string question = "EXPLAIN QUERY PLAN " + text;
      if (sqlite3_prepare_v2(database.handle(), question.c_str(), -1, &explained, nullptr) !=
          SQLITE_OK) {
        ADD_FAILURE() << question;
        return {};
      }
      while (sqlite3_step(explained) == SQLITE_ROW) {
        plan +=
            reinterpret_cast<const char*>(sqlite3_column_text(explained, 3)) + std::string("\n");
      }
      sqlite3_finalize(explained);
      return {};
    });
    EXPECT_TRUE(asked.ok());
    return plan;
  }
};

TEST_F(Plans, ListsOfCertificatesUseTheirIndexes) {
  core::CertificateEntry entry;
  entry.certificate = issued("one").certificate;
  ASSERT_TRUE(stores_.certificates.record(kCa, {entry}, at(1)).ok());
  core::CertificateFilter filters[8];
  filters[1].device = "d";
  filters[2].transaction_id = "t";
  filters[3].lineage = core::LineageId{1};
  filters[4].since = at(0);
  filters[5].subject = "CN=x";
  filters[6].subject = "x";
  filters[7].service = "s";
  for (const core::CertificateFilter& filter : filters) {
    ASSERT_TRUE(stores_.certificates.list(filter).ok());
  }
  for (const Bytes& thumbprint : {Bytes(20, 1), Bytes(32, 1)}) {
    ASSERT_TRUE(stores_.certificates.find(core::CertificateId{{}, thumbprint}).ok());
  }
  ASSERT_TRUE(stores_.certificates.find(core::CertificateId{Bytes(2, 1), {}}).ok());
  ASSERT_TRUE(stores_.certificates.index_subjects().ok());
  ASSERT_GT(plans().size(), 10U);
  expect_no_scan_of("certificate");
  expect_no_scan_of("subject_gram");
}

TEST_F(Plans, ListsOfJobsUseTheirIndexes) {
  std::vector<core::NewJob> jobs;
  for (int i = 0; i < 6000; ++i)
    jobs.push_back(leased(issue_job("j" + std::to_string(i)), 1, at(900)));
  jobs.push_back(leased(revoke_job("r"), 1, at(900)));
  ASSERT_TRUE(stores_.jobs.insert(jobs, at(0)).ok());
  const auto list = [&](const core::JobFilter& filter) {
    ASSERT_TRUE(stores_.jobs.list(filter).ok());
  };
  list({});
  core::JobFilter filter;
  filter.since = at(0);
  filter.after = core::JobTicket{3};
  list(filter);
  filter = {};
  filter.type = core::JobType::revoke;
  list(filter);
  filter.state = core::JobState::queued;
  list(filter);
  expect_no_scan_of("job");
  expect_no_scan_of("enrollment");
}

TEST_F(Plans, ListsOfRareJobsUseTheIndexesOfTheseJobs) {
  core::NewJob rejected = leased(issue_job("failed"), 1, at(900));
  rejected.rejection = core::failed(core::failure::kBadJob, "no");
  ASSERT_TRUE(stores_.jobs.insert({rejected, leased(issue_job("queued"), 1, at(900))}, at(0)).ok());
  core::JobFilter filter;
  filter.state = core::JobState::queued;
  EXPECT_EQ(stores_.jobs.list(filter)->size(), 1U);
  filter = {};
  filter.outcome = core::JobState::failed;
  EXPECT_EQ(stores_.jobs.list(filter)->size(), 1U);
  filter.until = at(0);
  EXPECT_EQ(stores_.jobs.list(filter)->size(), 1U);
  filter.until = at(-1);
  EXPECT_EQ(stores_.jobs.list(filter)->size(), 0U);
  expect_no_scan_of("job", "job_due");
  std::string all;
  for (const std::string& plan : plans()) all += plan;
  EXPECT_THAT(all, HasSubstr("USING INDEX job_failed (ended_as=? AND rowid<?)"));
}

TEST_F(Plans, OnePageOfJobsLooksAtSoManyJobs) {
  core::NewJob rare = leased(issue_job("rare"), 1, at(900));
  rare.job.ca = kOtherCa;
  ASSERT_TRUE(stores_.jobs.insert({rare}, at(0)).ok());
  constexpr int kOthers = 21000;
  std::vector<core::NewJob> jobs;
  for (int i = 0; i < kOthers; ++i)
    jobs.push_back(leased(issue_job(std::to_string(i)), 1, at(900)));
  ASSERT_TRUE(stores_.jobs.insert(jobs, at(1)).ok());
  for (const auto& since : {std::optional<Timestamp>(), std::make_optional(at(0))}) {
    SCOPED_TRACE(since.has_value());
    core::JobFilter filter;
    filter.ca = kOtherCa;
    filter.since = since;
    for (int page = 0; page < 2; ++page) {
      const core::JobPage found = stores_.jobs.page(filter).value();
      EXPECT_TRUE(found.jobs.empty());
      ASSERT_TRUE(found.next);
      EXPECT_EQ(found.searched_to, at(1));
      EXPECT_LT(found.next->value, kOthers + 2 - 9000 * (page + 1));
      filter.after = found.next;
    }
    const core::JobPage last = stores_.jobs.page(filter).value();
    ASSERT_EQ(last.jobs.size(), 1U);
    EXPECT_EQ(last.jobs[0].job.key.id, "rare");
    EXPECT_FALSE(last.next);
  }
  expect_no_scan_of("job");
}

// Each row goes to separate pages then: a transaction of as many would write too much.
TEST_F(Plans, TransactionsAreSmallerAmongManyCertificates) {
  EXPECT_EQ(stores_.jobs.settle_at_once(), 64U);
  EXPECT_EQ(stores_.enrollments.begin_at_once(), 256U);
  const Status many = stores_.file().write([](StoreWriter& writer) {
    return run(writer.database(), "UPDATE meta SET value = 50000 WHERE name = 'next_entry'");
  });
  ASSERT_TRUE(many.ok());
  EXPECT_EQ(stores_.jobs.settle_at_once(), 16U);
  EXPECT_EQ(stores_.enrollments.begin_at_once(), 40U);
}

TEST_F(Plans, ListsOfEnrollmentsUseTheirIndexes) {
  core::EnrollmentFilter filters[5];
  filters[1].transaction_id = "t";
  filters[2].device = "d";
  filters[3].challenge = "c";
  filters[4].subject = "CN";
  for (const core::EnrollmentFilter& filter : filters) {
    ASSERT_TRUE(stores_.enrollments.list(filter).ok());
  }
  expect_no_scan_of("enrollment");
  expect_no_scan_of("job");
}

}  // namespace
}  // namespace certconnector::store
