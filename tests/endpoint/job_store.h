// Jobs and their leases. A lease belongs to one agent until it ends; its number rises with every
// lease of the job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

struct NewJob {
  std::string id;
  std::string type;  // "issue" or "revoke": which agents it is offered to
  std::string ca;    // SHA-256 of the CA certificate, lower-case hex
  std::int64_t priority = 0;
  std::string digest;  // empty: any digest is taken in the result
  std::string body;    // the wire object without `lease`
};

struct LeaseQuery {
  std::string agent_id;
  std::string request_id;
  std::int64_t max_jobs = 1;
  Duration lease{};
  std::vector<std::string> cas;
  std::vector<std::string> types;
};

struct LeasedJob {
  std::string body;
  std::int64_t number = 0;
  Timestamp until;
};

struct LeaseRef {
  std::string id;
  std::int64_t number = 0;
};
struct LeaseState {
  LeaseRef lease;
  std::optional<Timestamp> held_until;  // nothing: lost
};

struct JobRow {
  std::string id, type, ca, state, body, digest, lease_agent, outcome, serial;
  std::int64_t seq = 0;
  std::int64_t priority = 0;
  std::int64_t lease_number = 0;
  std::optional<Timestamp> lease_until, finished_at;
  std::int64_t lease_count = 0;
};

class JobStore {
 public:
  // `redelivery`: how long a lease may stay unacknowledged before the job is given again.
  JobStore(Database& db, Duration redelivery) : db_(db), redelivery_(redelivery) {}

  // All or nothing. The same id with the same digest again is no error. With another one it is
  // `conflict`, unless `replace`, which puts the new content in place of an unfinished job's.
  [[nodiscard]] Status add(const std::vector<NewJob>& jobs, bool replace);

  // The jobs that this request got before and still holds, else new jobs, revocations first.
  [[nodiscard]] Result<std::vector<LeasedJob>> lease(const LeaseQuery& query, Timestamp now);
  [[nodiscard]] Result<std::vector<LeaseState>> acknowledge(const std::string& agent_id,
                                                            const std::vector<LeaseRef>& leases,
                                                            Timestamp now);
  [[nodiscard]] Result<std::vector<LeaseState>> extend(const std::string& agent_id,
                                                       const std::vector<LeaseRef>& leases,
                                                       Duration lease, Timestamp now);
  // Leases that this agent holds, for deliveries that are doubled on purpose.
  [[nodiscard]] Result<std::vector<LeasedJob>> held_by(const std::string& agent_id,
                                                       std::int64_t limit, Timestamp now);
  // When the next lease ends by itself; nothing when there is none.
  [[nodiscard]] Result<std::optional<Timestamp>> next_release();

  // `state`: "queued", "leased", "finished" or empty for all; in the order of arrival, without
  // bodies.
  [[nodiscard]] Result<std::vector<JobRow>> list(const std::string& state, std::int64_t limit);
  [[nodiscard]] Result<std::optional<JobRow>> find(const std::string& id);

 private:
  [[nodiscard]] Status add_one(const NewJob& job, bool replace, std::int64_t& added);
  [[nodiscard]] Status replace_job(std::int64_t seq, const NewJob& job);
  [[nodiscard]] Status release_expired(Timestamp now);
  [[nodiscard]] Result<std::vector<LeasedJob>> repeat(const LeaseQuery& query, Timestamp now);
  [[nodiscard]] Status pick(const LeaseQuery& query, const std::string& ca, const std::string& type,
                            Timestamp now, std::vector<LeasedJob>& out);
  [[nodiscard]] Status give(const LeaseQuery& query, std::int64_t seq, std::int64_t number,
                            Timestamp now);
  [[nodiscard]] Result<std::string> body_of(std::int64_t seq);
  [[nodiscard]] Result<LeaseState> hold(const std::string& agent_id, const LeaseRef& lease,
                                        std::optional<Timestamp> until, Timestamp now);

  Database& db_;
  Duration redelivery_;
};

}  // namespace certconnector::endpoint
