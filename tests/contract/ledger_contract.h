// The contract suites of the enrollment ledger, the challenge ledger and external enrollments, and
// what they run on. Another implementation adds a factory to ledgers_under_test.cpp.
//
// The suites reach a job's life through the job store's port alone: what an enrollment is follows
// from its job.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/failure_codes.h"
#include "agent/core/ports/challenge_ledger.h"
#include "agent/core/ports/external_enrollments.h"
#include "agent/core/ports/lineage_ledger.h"

namespace certconnector::contract {

class LedgersUnderTest {
 public:
  virtual ~LedgersUnderTest() = default;
  [[nodiscard]] virtual core::JobStore& jobs() = 0;
  [[nodiscard]] virtual core::EnrollmentLedger& enrollments() = 0;
  [[nodiscard]] virtual core::ExternalEnrollments& external() = 0;
  [[nodiscard]] virtual core::ChallengeLedger& challenges() = 0;
  [[nodiscard]] virtual core::CertificateStore& certificates() = 0;
  [[nodiscard]] virtual core::LineageLedger& lineages() = 0;
  // As the end of the process and a new start; what is only in memory anyway goes on.
  virtual void restart() {}
};

struct LedgersFactory {
  const char* name;
  std::unique_ptr<LedgersUnderTest> (*make)();
};
[[nodiscard]] std::vector<LedgersFactory> all_ledgers();
[[nodiscard]] std::string ledgers_name(const ::testing::TestParamInfo<LedgersFactory>& tested);

// `seconds` after the start of every test.
[[nodiscard]] inline Timestamp at(std::int64_t seconds) {
  return from_millis(1'790'000'000'000 + seconds * 1000);
}
[[nodiscard]] core::Issued certificate(const std::string& name, Timestamp not_after = at(86400));
[[nodiscard]] core::Failed denied();

// A request for an enrollment of the service "phones"; `key` fills the public key.
[[nodiscard]] core::NewEnrollment request(const std::string& challenge, std::uint8_t key,
                                          const std::string& job);
// The same, of an NDES: asked after from at(900) on, with a deadline at(1000).
[[nodiscard]] core::NewEnrollment external_request(const std::string& challenge, std::uint8_t key,
                                                   const std::string& job);
[[nodiscard]] core::NewEnrollment refusal(core::NewEnrollment of, const core::Failed& reason);

// How the newest enrollment of the same request stands when the request comes again.
enum class Before { nothing, under_way, succeeded, failed, unknown, gone };

class LedgerContract : public ::testing::TestWithParam<LedgersFactory> {
 protected:
  LedgerContract() : ledgers_(GetParam().make()) {}

  core::BeginAnswer begin(const core::NewEnrollment& wanted, Timestamp now = at(0));
  core::EnrollmentStanding begun(const core::NewEnrollment& wanted, Timestamp now = at(0));
  std::optional<core::ChallengeConflict> refused(const core::NewEnrollment& wanted,
                                                 Timestamp now = at(0));
  std::optional<core::EnrollmentStanding> find(const core::EnrollmentKey& key);
  std::vector<core::EnrollmentRecord> list(const core::EnrollmentFilter& filter = {});
  core::ExternalCompletion complete(core::JobTicket ticket, const core::ExternalOutcome& news,
                                    Timestamp now = at(5));
  // Ends the one job that is due.
  void end(const core::Outcome& outcome, Timestamp now = at(2),
           const core::CaFingerprint& ca = {});  // empty: the CA of request()
  void acknowledge(core::JobTicket ticket,
                   core::ReportVerdict verdict = core::ReportVerdict::accepted);
  // Begins a request and brings it into the state; its ticket.
  core::JobTicket bring(Before before, const core::NewEnrollment& first);
  // The endpoint has every report, and the jobs' retention is over.
  void forget_jobs(Timestamp before = at(100000));
  core::JobState state(const std::string& job);
  std::vector<core::Report> reports();

  std::unique_ptr<LedgersUnderTest> ledgers_;
};

class EnrollmentLedgerContract : public LedgerContract {};
class ExternalEnrollmentsContract : public LedgerContract {};
class ChallengeLedgerContract : public LedgerContract {};

}  // namespace certconnector::contract
