// The job store in one SQLite file: WAL, synchronous=FULL, so that a call that has returned
// survives a power cut.
//
// Thread-safe. Writes go one after the other over one connection; what the CLI reads goes over a
// second one and waits for no writer. Memory and the cost of every call but list() do not grow with
// the queue; list() looks at the jobs it passes over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/result/result.h"

namespace certconnector::store {

class QueueConnections;

struct JobStoreOptions {
  std::string path;            // "<state_dir>/queue.db"; its folder must exist
  int cache_kib = 4096;        // pages kept in memory
  std::string vfs{};           // for tests: SQLite VFS name; empty: the file system
  std::int64_t max_pages = 0;  // for tests: the file cannot grow beyond; 0: no limit
};

class SqliteJobStore final : public core::JobStore {
 public:
  // Makes a missing file (0600). Errors: corrupt (damaged, empty or not ours; the message holds the
  // remedy), permanent (of a newer release), transient (cannot be opened or written now).
  [[nodiscard]] static Result<std::unique_ptr<SqliteJobStore>> open(const JobStoreOptions& options);
  // Reads a whole file that nobody uses, such as a backup before it is restored.
  [[nodiscard]] static Status check_file(const std::string& path);
  ~SqliteJobStore() override;

  SqliteJobStore(const SqliteJobStore&) = delete;
  SqliteJobStore& operator=(const SqliteJobStore&) = delete;

  Result<std::vector<core::InsertResult>> insert(const std::vector<core::NewJob>& jobs,
                                                 Timestamp now) override;
  Result<std::vector<core::ClaimedJob>> claim(const core::ClaimQuery& query) override;
  Result<std::optional<Timestamp>> next_due(const core::CaFingerprint& ca) override;
  Status settle(const std::vector<core::Settlement>& settlements, const core::ClaimOwner& owner,
                Timestamp now) override;
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
  Result<std::vector<core::JobRecord>> list(const core::JobFilter& filter) override;
  Result<std::vector<core::JobRecord>> find(const std::string& id) override;
  Result<std::optional<core::JobRecord>> find(const core::JobKey& key) override;
  Result<std::vector<core::JobEvent>> history(core::JobTicket ticket) override;

  Status retry(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status cancel(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status approve(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status deny(core::JobTicket ticket, Timestamp now, const std::string& who,
              const std::string& why) override;

  Result<std::uint64_t> purge(Timestamp before, std::size_t max) override;
  Status probe() override;

  // A consistent copy of this moment in a new file (0600, durable), while the store is in use.
  [[nodiscard]] Status backup_to(const std::string& path);

  // For what else is kept in the same file: lives as long as the store.
  [[nodiscard]] QueueConnections& connections() { return *parts_; }

 private:
  explicit SqliteJobStore(std::unique_ptr<QueueConnections> parts);
  std::unique_ptr<QueueConnections> parts_;
};

}  // namespace certconnector::store
