#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {

QueueTest::QueueTest() { reopen(); }

void QueueTest::reopen() {
  close();
  stores_ = std::make_unique<OpenStores>(file("agent.db"));
  store_ = &stores_->jobs;
}

void QueueTest::close() {
  store_ = nullptr;
  stores_.reset();
}

core::InsertResult QueueTest::insert(const core::NewJob& job, Timestamp now) {
  const auto results = store_->insert({job}, now);
  EXPECT_TRUE(results.ok()) << results.error().message();
  return results->front();
}

std::vector<core::ClaimedJob> QueueTest::claim(std::size_t max, Timestamp now,
                                               const core::CaFingerprint& ca,
                                               const core::ClaimOwner& owner) {
  auto claimed = store_->claim({ca, max, owner, now, now + std::chrono::minutes(5)});
  EXPECT_TRUE(claimed.ok()) << claimed.error().message();
  return std::move(claimed).value();
}

core::JobTicket QueueTest::claim_one(Timestamp now) {
  const auto claimed = claim(10, now);
  EXPECT_EQ(claimed.size(), 1U);
  return claimed.empty() ? core::JobTicket() : claimed.front().ticket;
}

void QueueTest::settle(core::JobTicket ticket, core::Verdict verdict, Timestamp now,
                       const core::ClaimOwner& owner) {
  const auto settled =
      store_->settle({stored_jobs::settlement(ticket, std::move(verdict))}, owner, now);
  EXPECT_TRUE(settled.ok()) << settled.error().message();
}

void QueueTest::acknowledge(core::JobTicket ticket, core::ReportVerdict verdict, Timestamp now) {
  const Status done = store_->acknowledge({{ticket, verdict, "", {}}}, now);
  EXPECT_TRUE(done.ok()) << done.error().message();
}

core::JobRecord QueueTest::record(const std::string& id) {
  auto records = store_->find(id);
  EXPECT_TRUE(records.ok() && records->size() == 1) << "job " << id;
  return records.ok() && !records->empty() ? records->front() : core::JobRecord();
}

std::vector<core::Report> QueueTest::unreported() {
  auto reports = store_->unreported({}, 100);
  EXPECT_TRUE(reports.ok()) << reports.error().message();
  return std::move(reports).value();
}

std::vector<std::string> QueueTest::history_kinds(const std::string& id) {
  const auto events = store_->history(record(id).ticket);
  EXPECT_TRUE(events.ok()) << events.error().message();
  std::vector<std::string> kinds;
  for (const auto& event : *events) kinds.push_back(event.kind);
  return kinds;
}

std::uint64_t QueueTest::count(core::JobState state, core::JobType type) {
  const auto counts = store_->counts();
  EXPECT_TRUE(counts.ok()) << counts.error().message();
  for (const auto& count : *counts) {
    if (count.state == state && count.type == type && count.ca == kCa) return count.count;
  }
  return 0;
}

}  // namespace certconnector::store
