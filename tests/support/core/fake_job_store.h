// A job store in memory, for tests of its users. It passes the contract suite of tests/contract, as
// the product's does. Its rules are those of agent/jobs/lifecycle. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/jobs/lifecycle/job_orders.h"
#include "tests/support/core/memory_certificate_store.h"

namespace certconnector::testing {

// The members of a job that a test sees beside its record.
struct FakeJobRow {
  core::JobRecord record;
  bool interrupted = false;
  std::optional<std::string> pending_request;
  Duration last_backoff{0};
  std::vector<core::JobEvent> history;
};

// The enrollments, which a real store keeps in the same file as the jobs. Called without the job
// store's lock.
class EnrollmentsBeside {
 public:
  virtual ~EnrollmentsBeside() = default;

  // Whether a person may retry the job, and that it is retried.
  [[nodiscard]] virtual Status may_retry(core::JobTicket ticket) = 0;
  virtual void retried(core::JobTicket ticket) = 0;
  // The endpoint denies the job's certificate.
  virtual void withhold(core::JobTicket ticket) = 0;
  // What a real store knows of a job's certificate by its enrollment. Nothing: no lineage.
  [[nodiscard]] virtual std::optional<core::LineageId> complete(
      core::JobTicket ticket, core::CertificateHolder& holder) = 0;
  // What it needs the job for, of which the job has brought this certificate or none.
  [[nodiscard]] virtual jobs::JobTies ties(core::JobTicket ticket,
                                           std::optional<Timestamp> certificate_end) = 0;
  // Of a report; nothing: no enrollment stands on the job.
  [[nodiscard]] virtual std::optional<core::EnrollmentDetails> details(core::JobTicket ticket) = 0;
};

class FakeJobStore final : public core::JobStore {
 public:
  // `beside` outlives the store's use.
  void stand_beside(EnrollmentsBeside& beside) { beside_ = &beside; }

  // Every writing call fails with this until it is reset; nothing of the call happens.
  // Runs once, after next_due() has read its answer and before it returns it: as another thread
  // may.
  std::function<void()> after_next_due;
  void fail_writes(std::optional<Error> error);
  // What check_in_place() answers from now on.
  void lose_file(std::optional<Error> error);
  std::size_t at_once = 64;  // what settle_at_once() says
  [[nodiscard]] static Error disk_full();

  // The store that keeps the certificates, which a real one keeps in the same file.
  [[nodiscard]] ca::testing::MemoryCertificateStore& certificates() { return certificates_; }

  // As a restart: forgets the state that lives no longer than the process.
  void forget_process();

  // Of an external job: as core::ExternalEnrollments completes it in the product.
  void end_external(const std::string& id, core::Outcome outcome, Timestamp now);
  // The same while it goes on. The event is noted unless its message was the last one.
  void change_external(core::JobTicket ticket, core::JobState state,
                       std::optional<Timestamp> deadline, const core::JobEvent& event);
  void add_note(core::JobTicket ticket, const core::JobEvent& event);

  // Looking in.
  [[nodiscard]] FakeJobRow row(const std::string& id) const;  // aborts when there is none
  [[nodiscard]] std::size_t count(core::JobState state) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] int calls(const std::string& name) const;

  Result<std::vector<core::InsertResult>> insert(const std::vector<core::NewJob>& jobs,
                                                 Timestamp now) override;
  Result<std::vector<core::ClaimedJob>> claim(const core::ClaimQuery& query) override;
  Result<std::optional<Timestamp>> next_due(const core::CaFingerprint& ca) override;
  [[nodiscard]] std::size_t settle_at_once() override { return at_once; }
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
  struct Row {
    core::JobTicket ticket;
    core::Job job;
    Timestamp received;
    jobs::JobLife life;
    core::ClaimOwner owner;
    std::optional<core::Outcome> outcome;  // the last one; it counts while the job is finished
    std::vector<core::JobEvent> history;
  };
  using Rows = std::map<std::int64_t, Row>;

  static void note(Row& row, core::JobEvent event);
  static void save(Row& row, jobs::JobChange change);
  [[nodiscard]] static core::JobRecord record_of(const Row& row);
  [[nodiscard]] static core::Report report_of(const Row& row);
  [[nodiscard]] static bool matches(const Row& row, const core::JobFilter& filter);

  using Decide = std::function<jobs::PersonAnswer(const jobs::JobLife& life)>;
  [[nodiscard]] Status by_person(const std::string& call, core::JobTicket ticket,
                                 const Decide& decide);
  // A device's job needs its challenge as well.
  [[nodiscard]] Status may_retry(core::JobTicket ticket, Timestamp now, const std::string& who);

  // Counts the call; the error that was planted for writes.
  [[nodiscard]] std::optional<Error> enter(const std::string& name, bool writes);
  [[nodiscard]] Row* find_row(core::JobTicket ticket);
  [[nodiscard]] Row* find_key(const core::JobKey& key);
  [[nodiscard]] Result<core::Settled> settle_one(const core::Settlement& settlement,
                                                 const core::ClaimOwner& owner, Timestamp now);
  core::InsertResult insert_one(const core::NewJob& job, Timestamp now);
  [[nodiscard]] std::vector<Row*> due_jobs(const core::ClaimQuery& query);
  // The jobs that have this time, by it, then by ticket.
  using TimeOf = std::optional<Timestamp> (*)(const jobs::JobLife&);
  [[nodiscard]] std::vector<Row*> ordered_by(TimeOf time);

  mutable std::mutex mutex_;
  std::optional<Error> write_failure_;
  std::optional<Error> lost_file_;
  std::map<std::string, int> calls_;
  Rows rows_;
  std::int64_t last_ticket_ = 0;
  EnrollmentsBeside* beside_ = nullptr;
  ca::testing::MemoryCertificateStore certificates_;
};

}  // namespace certconnector::testing
