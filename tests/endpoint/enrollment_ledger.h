// Devices' enrollments, as agents report them, and the challenges that the endpoint minted for
// them. enrollment.h has the onboarding of agents.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/challenge_mint.h"
#include "tests/endpoint/counters.h"
#include "tests/endpoint/reported_result.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

struct MintedChallenge {
  std::string id;  // as enrollments name it: the key's id, a colon, the challenge's id
  std::string service, device;
  Timestamp expires;
};

struct EnrollmentRow {
  std::int64_t n = 0;
  std::string job_id, digest, agent_id, ca, status, serial, code;
  ReportedEnrollment details;
  Verdict verdict;
  Timestamp received_at;
};

class EnrollmentLedger {
 public:
  // Both outlive it.
  EnrollmentLedger(Database& db, const ChallengeMint& mint) : db_(db), mint_(mint) {}

  [[nodiscard]] Status note_minted(const MintedChallenge& challenge);

  // Judges a result that has an enrollment and keeps it, within the caller's transaction. The first
  // accepted result "issued" uses up its challenge; a failure does not.
  [[nodiscard]] Result<Verdict> judge(const std::string& agent_id, const ReportedResult& result,
                                      Timestamp now, Tally& tally);

  // Those after `after`, in the order of their first report; each with the verdict on its last one.
  [[nodiscard]] Result<std::vector<EnrollmentRow>> list(std::int64_t after, std::int64_t limit);

 private:
  struct Known {
    std::int64_t n = 0;
    std::string verdict, status, serial;
  };
  [[nodiscard]] Result<std::optional<Known>> find(const ReportedResult& result);
  [[nodiscard]] Result<Verdict> look_at(const ReportedResult& result);
  [[nodiscard]] Result<std::string> misfit_of(const ReportedEnrollment& enrollment);
  [[nodiscard]] Result<bool> is_of_own_key(const std::string& challenge);
  [[nodiscard]] Status keep(const std::string& agent_id, const ReportedResult& result,
                            const Verdict& verdict, Timestamp now);

  Database& db_;
  const ChallengeMint& mint_;
};

}  // namespace certconnector::endpoint
