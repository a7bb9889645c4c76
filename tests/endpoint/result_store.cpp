#include "tests/endpoint/result_store.h"

#include "tests/endpoint/schema.h"

namespace certconnector::endpoint {
namespace {

std::string counter_of(const std::string& verdict) {
  if (verdict == "duplicate") return "duplicates";
  return verdict;
}

// The part of a success that does not fit the job; empty: it fits. A failure may be about that very
// type or CA, so every failure fits.
std::string misfit_of(const ReportedResult& result, const std::string& type,
                      const std::string& ca) {
  if (result.status != "issued" && result.status != "revoked") return {};
  const std::string fitting = result.status == "issued" ? "issue" : "revoke";
  if (type != fitting || result.type != fitting)
    return "the status does not fit a job of type " + type;
  if (result.ca != ca) return "the job is for another CA";
  return {};
}

}  // namespace

Result<std::vector<Verdict>> ResultStore::submit(const std::string& agent_id,
                                                 const std::vector<ReportedResult>& results,
                                                 Timestamp now) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  std::vector<Verdict> verdicts;
  Tally tally;
  for (const ReportedResult& result : results) {
    std::optional<std::int64_t> job;
    CC_TRY_ASSIGN(Verdict verdict, judge(agent_id, result, now, tally, job));
    tally.add("results_received", 1);
    tally.add(counter_of(verdict.status), 1);
    CC_TRY(db_.query("INSERT INTO results(job, job_id, agent_id, received_at, verdict, body) "
                     "VALUES(?, ?, ?, ?, ?, ?)")
               .bind(job)
               .bind(result.id)
               .bind(agent_id)
               .bind(to_millis(now))
               .bind(verdict.status)
               .bind(result.body)
               .run());
    verdicts.push_back(std::move(verdict));
  }
  CC_TRY(tally.flush(db_));
  CC_TRY(transaction.commit());
  return verdicts;
}

Result<Verdict> ResultStore::judge(const std::string& agent_id, const ReportedResult& result,
                                   Timestamp now, Tally& tally, std::optional<std::int64_t>& job) {
  if (result.enrollment) return enrollments_.judge(agent_id, result, now, tally);
  if (!result.defect.empty()) return Verdict{"refused", result.defect};
  auto known =
      db_.query("SELECT seq, state, digest, outcome, serial, type, ca FROM jobs WHERE id = ?");
  CC_TRY_ASSIGN(const bool found, known.bind(result.id).next());
  if (!found) return Verdict{"refused", "there is no such job"};
  job = known.integer(0);
  if (!known.text(2).empty() && known.text(2) != result.digest) {
    return Verdict{"refused", "the digest is not that of the job"};
  }
  const std::string misfit = misfit_of(result, known.text(5), known.text(6));
  if (!misfit.empty()) return Verdict{"refused", misfit};
  CC_TRY_ASSIGN(const bool leased, was_leased_to(agent_id, *job, result.lease_number));
  if (!leased) return Verdict{"refused", "this agent never had that lease of the job"};
  if (known.integer(1) == kStateFinished) {
    const bool same = known.text(3) == result.status && known.text(4) == result.serial;
    if (same) return Verdict{"duplicate", ""};
    return Verdict{"superseded", "the result that was kept is: " + known.text(3)};
  }
  tally.add(known.integer(1) == kStateLeased ? "leased" : "queued", -1);
  tally.add("finished_" + result.status, 1);
  CC_TRY(finish(*job, result, now));
  return Verdict{"accepted", ""};
}

Result<bool> ResultStore::was_leased_to(const std::string& agent_id, std::int64_t job,
                                        std::int64_t number) {
  auto query = db_.query("SELECT 1 FROM leases WHERE job = ? AND number = ? AND agent_id = ?");
  return query.bind(job).bind(number).bind(agent_id).next();
}

Status ResultStore::finish(std::int64_t job, const ReportedResult& result, Timestamp now) {
  return db_
      .query(
          "UPDATE jobs SET state = 2, available_at = NULL, outcome = ?, serial = ?, "
          "finished_at = ? WHERE seq = ?")
      .bind(result.status)
      .bind(result.serial)
      .bind(to_millis(now))
      .bind(job)
      .run();
}

Status ResultStore::keep_chain(const std::string& ca, const std::string& certificates) {
  CC_TRY_ASSIGN(const std::string known, chain_of(ca));
  if (known == certificates) return {};
  return db_
      .query(
          "INSERT INTO chains(ca, certificates) VALUES(?, ?) "
          "ON CONFLICT(ca) DO UPDATE SET certificates = excluded.certificates")
      .bind(ca)
      .bind(certificates)
      .run();
}

Result<std::string> ResultStore::chain_of(const std::string& ca) {
  auto query = db_.query("SELECT certificates FROM chains WHERE ca = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(ca).next());
  return found ? query.text(0) : std::string("[]");
}

Result<std::vector<ResultRow>> ResultStore::accepted(std::int64_t after, std::int64_t limit) {
  std::vector<ResultRow> rows;
  auto query = db_.query(
      "SELECT n, job_id, agent_id, verdict, body, received_at FROM results "
      "WHERE n > ? AND verdict = 'accepted' ORDER BY n LIMIT ?");
  query.bind(after).bind(limit);
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return rows;
    rows.push_back({query.integer(0), query.text(1), query.text(2), query.text(3), query.text(4),
                    from_millis(query.integer(5))});
  }
}

Result<std::vector<ResultRow>> ResultStore::all_of_job(std::int64_t job_seq) {
  std::vector<ResultRow> rows;
  auto query = db_.query(
      "SELECT n, job_id, agent_id, verdict, body, received_at FROM results WHERE job = ? ORDER BY "
      "n");
  query.bind(job_seq);
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return rows;
    rows.push_back({query.integer(0), query.text(1), query.text(2), query.text(3), query.text(4),
                    from_millis(query.integer(5))});
  }
}

}  // namespace certconnector::endpoint
