// Results: the first one of a job becomes its outcome, and the store keeps every one. The
// enrollment ledger judges results of enrollments.
#pragma once

#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/counters.h"
#include "tests/endpoint/enrollment_ledger.h"
#include "tests/endpoint/reported_result.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

struct ResultRow {
  std::int64_t n = 0;
  std::string job_id, agent_id, verdict, body;
  Timestamp received_at;
};

class ResultStore {
 public:
  // Both outlive it.
  ResultStore(Database& db, EnrollmentLedger& enrollments) : db_(db), enrollments_(enrollments) {}

  // One verdict for each result, in order, in one transaction.
  [[nodiscard]] Result<std::vector<Verdict>> submit(const std::string& agent_id,
                                                    const std::vector<ReportedResult>& results,
                                                    Timestamp now);
  // Keeps a CA's chain (JSON array of base64) for `results`.
  [[nodiscard]] Status keep_chain(const std::string& ca, const std::string& certificates);
  [[nodiscard]] Result<std::string> chain_of(const std::string& ca);  // "[]" when none came

  // Accepted results behind `after`, oldest first.
  [[nodiscard]] Result<std::vector<ResultRow>> accepted(std::int64_t after, std::int64_t limit);
  [[nodiscard]] Result<std::vector<ResultRow>> all_of_job(std::int64_t job_seq);

 private:
  [[nodiscard]] Result<Verdict> judge(const std::string& agent_id, const ReportedResult& result,
                                      Timestamp now, Tally& tally,
                                      std::optional<std::int64_t>& job);
  [[nodiscard]] Result<bool> was_leased_to(const std::string& agent_id, std::int64_t job,
                                           std::int64_t number);
  [[nodiscard]] Status finish(std::int64_t job, const ReportedResult& result, Timestamp now);

  Database& db_;
  EnrollmentLedger& enrollments_;
};

}  // namespace certconnector::endpoint
