// The job store in agent.db. Thread-safe. Memory and the cost of calls do not grow with the queue.
// page() looks at the jobs it passes over, of those that an index gives: by time of arrival, by
// state but `reported`, by outcome but `succeeded`, and revocations; at so many in one call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/store/sqlite/agent_database.h"
#include "common/result/result.h"

namespace certconnector::store {

class SqliteJobStore final : public core::JobStore {
 public:
  // `file` outlives it.
  explicit SqliteJobStore(AgentDatabase& file) : file_(file) {}

  Result<std::vector<core::InsertResult>> insert(const std::vector<core::NewJob>& jobs,
                                                 Timestamp now) override;
  Result<std::vector<core::ClaimedJob>> claim(const core::ClaimQuery& query) override;
  Result<std::optional<Timestamp>> next_due(const core::CaFingerprint& ca) override;
  [[nodiscard]] std::size_t settle_at_once() override;
  Result<std::vector<core::Settled>> settle(const std::vector<core::Settlement>& settlements,
                                            const core::ClaimOwner& owner, Timestamp now) override;
  Result<std::uint64_t> recover(const core::ClaimOwner& owner, Timestamp now) override;

  Result<std::vector<core::LeaseHolding>> leases_ending(
      const core::CloudShare& share, Timestamp before,
      const std::vector<core::CaFingerprint>& served, std::size_t max) override;
  Status renew_leases(const std::vector<core::LeaseHolding>& renewed) override;
  Status lose_leases(const std::vector<core::JobTicket>& lost, Timestamp now) override;
  Result<std::uint64_t> expire(Timestamp now, std::size_t max) override;

  Result<std::vector<core::Report>> unreported(const core::CloudShare& share,
                                               std::size_t max) override;
  Status acknowledge(const std::vector<core::ReportAcknowledgement>& acks, Timestamp now) override;

  Result<std::vector<core::JobCount>> counts() override;
  Result<core::JobOutcomes> outcomes(Timestamp since, Timestamp now, std::size_t max) override;
  Result<core::JobPage> page(const core::JobFilter& filter) override;
  Result<std::vector<core::JobRecord>> find(const std::string& id) override;
  Result<std::vector<std::string>> ids_with_beginning(const std::string& beginning,
                                                      std::size_t max) override;
  Result<std::optional<core::JobRecord>> find(const core::JobKey& key) override;
  Result<std::vector<core::JobEvent>> history(core::JobTicket ticket) override;

  Status retry(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status cancel(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status approve(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status deny(core::JobTicket ticket, Timestamp now, const std::string& who,
              const std::string& why) override;

  Result<std::uint64_t> purge(Timestamp before, Timestamp now, std::size_t max) override;
  Status probe() override;
  Status check_in_place() override;

 private:
  AgentDatabase& file_;
};

}  // namespace certconnector::store
