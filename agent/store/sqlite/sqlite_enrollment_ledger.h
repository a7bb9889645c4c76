// The enrollment ledger in agent.db. Thread-safe.
#pragma once

#include <vector>

#include "agent/core/ports/external_enrollments.h"
#include "agent/core/ports/lineage_ledger.h"
#include "agent/store/sqlite/agent_database.h"

namespace certconnector::store {

class SqliteEnrollmentLedger final : public core::EnrollmentLedger,
                                     public core::ExternalEnrollments,
                                     public core::LineageLedger {
 public:
  // `file` outlives the ledger.
  explicit SqliteEnrollmentLedger(AgentDatabase& file) : file_(file) {}

  Result<std::vector<core::BeginAnswer>> begin(const std::vector<core::NewEnrollment>& enrollments,
                                               Timestamp now) override;
  [[nodiscard]] std::size_t begin_at_once() override;
  Result<std::optional<core::EnrollmentStanding>> find(const core::EnrollmentKey& key) override;
  Result<std::optional<core::EnrollmentStanding>> find_for_poll(
      const core::EnrollmentKey& signer) override;
  Result<std::vector<core::EnrollmentRecord>> list(const core::EnrollmentFilter& filter) override;
  Status given(const std::vector<core::JobTicket>& renewals, Timestamp now) override;
  Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) override;

  Result<std::vector<core::ExternalEnrollment>> external(
      const core::ExternalSearch& search) override;
  Result<std::vector<core::ExternalEnrollment>> overdue(Timestamp now, std::size_t max) override;
  Result<core::ExternalCompletion> complete(core::JobTicket ticket,
                                            const core::ExternalOutcome& news,
                                            const std::string& late_job, Timestamp now) override;
  Result<core::ExternalCompletion> record(const core::NewEnrollment& enrollment,
                                          const core::Issued& issued, Timestamp now) override;

  Result<core::SupersedeLook> supersede(const std::vector<core::SupersedeTerms>& terms,
                                        Timestamp now, std::size_t max) override;
  Status note_use(const std::vector<core::CertificateOfCa>& used) override;
  Result<std::optional<core::LineageState>> find(core::LineageId lineage, Timestamp now) override;
  Result<core::LineageState> allow(core::LineageId lineage, std::size_t renewals,
                                   Timestamp now) override;
  Status compromise(core::LineageId lineage) override;

 private:
  AgentDatabase& file_;
};

}  // namespace certconnector::store
