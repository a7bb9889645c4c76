#include "tests/contract/job_store_contract.h"

#include <utility>

namespace certconnector::contract {
namespace {

template <typename T>
std::vector<std::string> ids_of(const std::vector<T>& items,
                                const std::string& (*id)(const T& item)) {
  std::vector<std::string> ids;
  ids.reserve(items.size());
  for (const T& item : items) ids.push_back(id(item));
  return ids;
}

}  // namespace

std::string name_of(const ::testing::TestParamInfo<JobStoreImplementation>& info) {
  return info.param.name;
}

std::vector<std::string> ids(const std::vector<core::ClaimedJob>& jobs) {
  return ids_of<core::ClaimedJob>(
      jobs, [](const core::ClaimedJob& job) -> const std::string& { return job.job.key.id; });
}

std::vector<std::string> ids(const std::vector<core::LeaseHolding>& leases) {
  return ids_of<core::LeaseHolding>(
      leases, [](const core::LeaseHolding& lease) -> const std::string& { return lease.id; });
}

std::vector<std::string> ids(const std::vector<core::Report>& reports) {
  return ids_of<core::Report>(
      reports, [](const core::Report& report) -> const std::string& { return report.key.id; });
}

JobStoreContract::JobStoreContract() { start_anew(); }

void JobStoreContract::start_anew() {
  host_.reset();
  host_ = GetParam().make();
}

core::InsertResult JobStoreContract::insert(const core::NewJob& job, Timestamp now) {
  const auto results = store().insert({job}, now);
  EXPECT_TRUE(results.ok()) << results.error().message();
  return results->front();
}

std::vector<core::ClaimedJob> JobStoreContract::claim(std::size_t max, Timestamp now,
                                                      const core::CaFingerprint& ca,
                                                      const core::ClaimOwner& owner) {
  auto claimed = store().claim({ca, max, owner, now, now + std::chrono::minutes(5)});
  EXPECT_TRUE(claimed.ok()) << claimed.error().message();
  return std::move(claimed).value();
}

core::JobTicket JobStoreContract::claim_one(Timestamp now) {
  const auto claimed = claim(10, now);
  EXPECT_EQ(claimed.size(), 1U);
  return claimed.empty() ? core::JobTicket() : claimed.front().ticket;
}

void JobStoreContract::settle(core::JobTicket ticket, core::Verdict verdict, Timestamp now,
                              const core::ClaimOwner& owner) {
  const auto settled =
      store().settle({stored_jobs::settlement(ticket, std::move(verdict))}, owner, now);
  EXPECT_TRUE(settled.ok()) << settled.error().message();
}

void JobStoreContract::acknowledge(core::JobTicket ticket, core::ReportVerdict verdict,
                                   Timestamp now) {
  const Status done = store().acknowledge({{ticket, verdict, "", {}}}, now);
  EXPECT_TRUE(done.ok()) << done.error().message();
}

core::JobTicket JobStoreContract::ended(const core::NewJob& job, core::Outcome outcome,
                                        Timestamp now) {
  insert(job);
  const core::JobTicket claimed = claim_one();
  settle(claimed, core::Finish{std::move(outcome)}, now);
  return claimed;
}

core::JobRecord JobStoreContract::record(const std::string& id) {
  auto records = store().find(id);
  EXPECT_TRUE(records.ok() && records->size() == 1) << "job " << id;
  return records.ok() && !records->empty() ? records->front() : core::JobRecord();
}

std::vector<core::Report> JobStoreContract::unreported(std::size_t max) {
  auto reports = store().unreported({}, max);
  EXPECT_TRUE(reports.ok()) << reports.error().message();
  return std::move(reports).value();
}

std::vector<core::LeaseHolding> JobStoreContract::leases_ending(
    Timestamp before, const std::vector<core::CaFingerprint>& served, std::size_t max) {
  auto ending = store().leases_ending({}, before, served, max);
  EXPECT_TRUE(ending.ok()) << ending.error().message();
  return std::move(ending).value();
}

std::vector<core::JobEvent> JobStoreContract::history(const std::string& id) {
  auto events = store().history(ticket(id));
  EXPECT_TRUE(events.ok()) << events.error().message();
  return std::move(events).value();
}

std::vector<std::string> JobStoreContract::history_kinds(const std::string& id) {
  std::vector<std::string> kinds;
  for (const auto& event : history(id)) kinds.push_back(event.kind);
  return kinds;
}

std::uint64_t JobStoreContract::count(core::JobState state, core::JobType type) {
  const auto counts = store().counts();
  EXPECT_TRUE(counts.ok()) << counts.error().message();
  for (const auto& count : *counts) {
    if (count.state == state && count.type == type && count.ca == kCa) return count.count;
  }
  return 0;
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreContract, ::testing::ValuesIn(job_stores()), name_of);

}  // namespace certconnector::contract
