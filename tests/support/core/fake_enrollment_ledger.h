// An enrollment ledger in memory that keeps the ports' contracts by the rules of
// agent/enrollment/rules, and answers what a test has planted before that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/ports/external_enrollments.h"
#include "agent/core/ports/lineage_ledger.h"
#include "agent/enrollment/rules/begin_rules.h"
#include "agent/enrollment/rules/challenge_rules.h"
#include "agent/enrollment/rules/enrollment_identity.h"
#include "agent/enrollment/rules/request_signers.h"
#include "agent/enrollment/rules/supersede_rules.h"
#include "tests/support/core/fake_job_store.h"

namespace certconnector::testing {

class FakeEnrollmentLedger final : public core::EnrollmentLedger,
                                   public core::ExternalEnrollments,
                                   public core::LineageLedger,
                                   private EnrollmentsBeside {
 public:
  FakeEnrollmentLedger();  // makes its job store
  // `jobs` outlives the ledger.
  explicit FakeEnrollmentLedger(FakeJobStore& jobs);

  // By the id of the enrollment's job; an enrollment without a planted answer begins by the rules.
  std::map<std::string, core::BeginAnswer> answers;
  std::optional<core::EnrollmentStanding> standing;  // set: what find() gives
  std::vector<core::EnrollmentRecord> records;       // set: what list() looks through, newest first
  std::vector<core::JobTicket> given_renewals;       // what given() got
  std::optional<Error> failure;
  std::function<void()> while_beginning = [] {};   // after the jobs have their tickets
  std::size_t at_once = 256;                       // what begin_at_once() says
  std::vector<std::size_t> batches;                // sizes, in order
  std::vector<core::NewEnrollment> asked;          // what begin() was given, one after another
  std::map<std::string, core::JobTicket> tickets;  // by job id

  // The rows that the rules read.
  [[nodiscard]] enrollment::EnrollmentRows& rows() { return rows_; }

  Result<std::vector<core::BeginAnswer>> begin(const std::vector<core::NewEnrollment>& enrollments,
                                               Timestamp now) override;
  [[nodiscard]] std::size_t begin_at_once() override { return at_once; }
  Result<std::optional<core::EnrollmentStanding>> find(const core::EnrollmentKey& key) override;
  Result<std::optional<core::EnrollmentStanding>> find_for_poll(
      const core::EnrollmentKey& signer) override;
  Result<std::vector<core::EnrollmentRecord>> list(const core::EnrollmentFilter& filter) override;
  Status given(const std::vector<core::JobTicket>& renewals, Timestamp now) override;
  Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) override;

  Result<core::SupersedeLook> supersede(const std::vector<core::SupersedeTerms>& terms,
                                        Timestamp now, std::size_t max) override;
  Status note_use(const std::vector<core::CertificateOfCa>& used) override;
  // A test of commands has its certificates elsewhere: then any lineage stands with none in force.
  Result<std::optional<core::LineageState>> find(core::LineageId lineage, Timestamp now) override;
  Result<core::LineageState> allow(core::LineageId lineage, std::size_t renewals,
                                   Timestamp now) override;
  Status compromise(core::LineageId lineage) override;

  Result<std::vector<core::ExternalEnrollment>> external(
      const core::ExternalSearch& search) override;
  Result<std::vector<core::ExternalEnrollment>> overdue(Timestamp now, std::size_t max) override;
  Result<core::ExternalCompletion> complete(core::JobTicket ticket,
                                            const core::ExternalOutcome& news,
                                            const std::string& late_job, Timestamp now) override;
  Result<core::ExternalCompletion> record(const core::NewEnrollment& enrollment,
                                          const core::Issued& issued, Timestamp now) override;

 private:
  struct Row {
    core::JobTicket ticket;
    core::NewEnrollment begun;
    enrollment::EnrollmentIdentity identity;
    bool holds = false;
    bool withheld = false;
    bool replaced = false;
    int attempts = 1;
    enrollment::RequestSigners signers;
    int signer_count = 1;
    Timestamp at;
    std::optional<Timestamp> external_until;
    std::optional<core::LineageId> lineage;
    Bytes renews;  // serial number
    std::optional<Timestamp> given;
  };
  // A certificate that was renewed.
  struct Replaced {
    core::CaFingerprint ca;
    Bytes serial;
    std::optional<Timestamp> look_at;
  };
  class Rows final : public enrollment::EnrollmentRows {
   public:
    explicit Rows(FakeEnrollmentLedger& ledger) : ledger_(ledger) {}
    Result<enrollment::EnrollmentJob> job(core::JobTicket ticket) override;
    Result<std::optional<core::Outcome>> outcome(core::JobTicket ticket) override;
    Result<std::optional<core::JobTicket>> holder(const std::string& challenge) override;
    Result<std::optional<enrollment::LineageFacts>> lineage(const core::NewEnrollment& enrollment,
                                                            Timestamp now) override;

   private:
    FakeEnrollmentLedger& ledger_;
  };

  [[nodiscard]] Status may_retry(core::JobTicket ticket) override;
  void retried(core::JobTicket ticket) override;
  void withhold(core::JobTicket ticket) override;
  [[nodiscard]] jobs::JobTies ties(core::JobTicket ticket,
                                   std::optional<Timestamp> certificate_end) override;
  [[nodiscard]] std::optional<core::EnrollmentDetails> details(core::JobTicket ticket) override;
  [[nodiscard]] std::optional<core::LineageId> complete(core::JobTicket ticket,
                                                        core::CertificateHolder& holder) override;

  [[nodiscard]] Row* find_row(core::JobTicket ticket);
  [[nodiscard]] std::optional<core::JobRecord> job_of(core::JobTicket ticket) const;
  [[nodiscard]] Result<core::JobTicket> ticket_of(const core::JobKey& key) const;
  [[nodiscard]] Result<enrollment::TakeBackStep> take_back(const Row& row);
  Result<core::BeginAnswer> begin_one(const core::NewEnrollment& enrollment, Timestamp now);
  Result<core::BeginAnswer> start(const core::NewEnrollment& enrollment,
                                  const enrollment::BeginNew& begin, Timestamp now);
  Result<std::optional<core::JobTicket>> begin_ended(const core::NewEnrollment& enrollment,
                                                     const core::Issued& issued, Timestamp now);
  Result<core::ExternalCompletion> record_late(Row& row, const core::Issued& issued,
                                               const std::string& late_job, Timestamp now);
  Result<std::optional<core::EnrollmentStanding>> find_among(
      const std::function<bool(const Row&)>& fits, const std::vector<core::EnrollmentKey>& keys);
  Result<std::optional<core::EnrollmentStanding>> standing_without_job(
      const core::EnrollmentKey& key);
  void note_use(const core::CertificateOfCa& used);
  [[nodiscard]] enrollment::SupersededFacts facts_of(const Replaced& one,
                                                     const std::vector<core::SupersedeTerms>& terms,
                                                     Timestamp now);
  [[nodiscard]] enrollment::Standing standing_of(const core::CaFingerprint& ca, const Bytes& serial,
                                                 Timestamp now);
  [[nodiscard]] Replaced& replaced(const core::CaFingerprint& ca, const Bytes& serial);
  Status revoke(const core::NewJob& job, const std::string& why, Timestamp now);
  [[nodiscard]] core::EnrollmentRecord listed(const Row& row) const;
  [[nodiscard]] core::ExternalEnrollment as_external(const Row& row,
                                                     const core::JobRecord& job) const;

  std::unique_ptr<FakeJobStore> own_jobs_;
  FakeJobStore& jobs_;
  std::map<std::int64_t, Row> enrollments_;  // by ticket
  [[nodiscard]] std::size_t under_way(core::LineageId lineage) const;

  std::map<std::int64_t, std::size_t> allowed_;  // renewals, by lineage
  std::vector<Replaced> replaced_;
  std::set<std::pair<core::CaFingerprint, Bytes>> used_;
  Rows rows_{*this};
};

}  // namespace certconnector::testing
