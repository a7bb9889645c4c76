#include "tests/endpoint/job_store.h"

#include <algorithm>

#include "tests/endpoint/counters.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/schema.h"

namespace certconnector::endpoint {

Status JobStore::add(const std::vector<NewJob>& jobs, bool replace) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  std::int64_t added = 0;
  for (const NewJob& job : jobs) CC_TRY(add_one(job, replace, added));
  Tally tally;
  tally.add("queued", added);
  CC_TRY(tally.flush(db_));
  return transaction.commit();
}

Status JobStore::add_one(const NewJob& job, bool replace, std::int64_t& added) {
  {
    auto known = db_.query("SELECT seq, digest, state FROM jobs WHERE id = ?");
    CC_TRY_ASSIGN(const bool found, known.bind(job.id).next());
    if (found && known.text(1) == job.digest && !job.digest.empty()) return {};
    if (found && replace && known.integer(2) != kStateFinished) {
      if (known.integer(2) == kStateLeased) ++added;
      return replace_job(known.integer(0), job);
    }
    if (found) {
      return Error(EndpointErrc::conflict, ErrorKind::permanent,
                   "job " + job.id + " exists already with other content or is finished");
    }
  }
  auto insert = db_.query(
      "INSERT INTO jobs(id, type, ca, priority, digest, state) VALUES(?, ?, ?, ?, ?, 0) "
      "RETURNING seq");
  insert.bind(job.id).bind(job.type).bind(job.ca).bind(job.priority).bind(job.digest);
  CC_TRY_ASSIGN(const bool inserted, insert.next());
  if (!inserted) return Error(EndpointErrc::storage, ErrorKind::corrupt, "a job was not stored");
  const std::int64_t seq = insert.integer(0);
  ++added;
  return db_.query("INSERT INTO job_bodies(seq, body) VALUES(?, ?)").bind(seq).bind(job.body).run();
}

Status JobStore::replace_job(std::int64_t seq, const NewJob& job) {
  Tally tally;
  auto update = db_.query(
      "UPDATE jobs SET type = ?, ca = ?, priority = ?, digest = ?, state = 0, lease_agent = NULL, "
      "lease_request = NULL, lease_until = NULL, available_at = NULL WHERE seq = ? AND state = 1");
  update.bind(job.type).bind(job.ca).bind(job.priority).bind(job.digest).bind(seq);
  CC_TRY(update.run());
  tally.add("leased", -db_.changes());
  CC_TRY(tally.flush(db_));
  CC_TRY(db_.query("UPDATE jobs SET type = ?, ca = ?, priority = ?, digest = ? WHERE seq = ?")
             .bind(job.type)
             .bind(job.ca)
             .bind(job.priority)
             .bind(job.digest)
             .bind(seq)
             .run());
  return db_.query("UPDATE job_bodies SET body = ? WHERE seq = ?").bind(job.body).bind(seq).run();
}

Status JobStore::release_expired(Timestamp now) {
  CC_TRY(db_.query("UPDATE jobs SET state = 0, available_at = NULL "
                   "WHERE state = 1 AND available_at <= ?")
             .bind(to_millis(now))
             .run());
  const std::int64_t released = db_.changes();
  Tally tally;
  tally.add("queued", released);
  tally.add("leased", -released);
  return tally.flush(db_);
}

Result<std::vector<LeasedJob>> JobStore::lease(const LeaseQuery& query, Timestamp now) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  CC_TRY(release_expired(now));
  CC_TRY_ASSIGN(std::vector<LeasedJob> jobs, repeat(query, now));
  if (jobs.empty()) {
    // Revocations first: a certificate that must not be used is more urgent than one that is
    // awaited.
    std::vector<std::string> types = query.types;
    std::sort(types.begin(), types.end(), std::greater<>());
    for (const std::string& type : types) {
      for (const std::string& ca : query.cas) CC_TRY(pick(query, ca, type, now, jobs));
    }
    Tally tally;
    const auto count = static_cast<std::int64_t>(jobs.size());
    tally.add("queued", -count);
    tally.add("leased", count);
    CC_TRY(tally.flush(db_));
  }
  CC_TRY(transaction.commit());
  return jobs;
}

Result<std::vector<LeasedJob>> JobStore::repeat(const LeaseQuery& query, Timestamp now) {
  std::vector<LeasedJob> jobs;
  auto held = db_.query(
      "SELECT body, lease_number, lease_until FROM jobs JOIN job_bodies USING(seq) "
      "WHERE state = 1 AND lease_request = ? AND lease_agent = ? AND lease_until > ? "
      "ORDER BY type DESC, priority DESC, seq");
  held.bind(query.request_id).bind(query.agent_id).bind(to_millis(now));
  while (true) {
    CC_TRY_ASSIGN(const bool more, held.next());
    if (!more) return jobs;
    jobs.push_back({held.text(0), held.integer(1), from_millis(held.integer(2))});
  }
}

Status JobStore::pick(const LeaseQuery& query, const std::string& ca, const std::string& type,
                      Timestamp now, std::vector<LeasedJob>& out) {
  const std::int64_t room = query.max_jobs - static_cast<std::int64_t>(out.size());
  if (room <= 0) return {};
  std::vector<std::pair<std::int64_t, std::int64_t>> picked;
  {
    auto ready = db_.query(
        "SELECT seq, lease_number FROM jobs WHERE state = 0 AND ca = ? AND type = ? "
        "ORDER BY priority DESC, seq LIMIT ?");
    ready.bind(ca).bind(type).bind(room);
    while (true) {
      CC_TRY_ASSIGN(const bool more, ready.next());
      if (!more) break;
      picked.emplace_back(ready.integer(0), ready.integer(1) + 1);
    }
  }
  for (const auto& [seq, number] : picked) {
    CC_TRY(give(query, seq, number, now));
    CC_TRY_ASSIGN(std::string body, body_of(seq));
    out.push_back({std::move(body), number, now + query.lease});
  }
  return {};
}

Status JobStore::give(const LeaseQuery& query, std::int64_t seq, std::int64_t number,
                      Timestamp now) {
  const Timestamp until = now + query.lease;
  CC_TRY(
      db_.query("UPDATE jobs SET state = 1, lease_number = ?, lease_agent = ?, lease_request = ?, "
                "lease_until = ?, available_at = ? WHERE seq = ?")
          .bind(number)
          .bind(query.agent_id)
          .bind(query.request_id)
          .bind(to_millis(until))
          .bind(to_millis(std::min(until, now + redelivery_)))
          .bind(seq)
          .run());
  return db_.query("INSERT INTO leases(job, number, agent_id, given_at) VALUES(?, ?, ?, ?)")
      .bind(seq)
      .bind(number)
      .bind(query.agent_id)
      .bind(to_millis(now))
      .run();
}

Result<std::string> JobStore::body_of(std::int64_t seq) {
  auto query = db_.query("SELECT body FROM job_bodies WHERE seq = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(seq).next());
  if (!found) return Error(EndpointErrc::storage, ErrorKind::corrupt, "a job has no content");
  return query.text(0);
}

Result<std::vector<LeaseState>> JobStore::acknowledge(const std::string& agent_id,
                                                      const std::vector<LeaseRef>& leases,
                                                      Timestamp now) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  std::vector<LeaseState> out;
  for (const LeaseRef& lease : leases) {
    CC_TRY_ASSIGN(LeaseState state, hold(agent_id, lease, std::nullopt, now));
    out.push_back(std::move(state));
  }
  CC_TRY(transaction.commit());
  return out;
}

Result<std::vector<LeaseState>> JobStore::extend(const std::string& agent_id,
                                                 const std::vector<LeaseRef>& leases,
                                                 Duration lease, Timestamp now) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(db_));
  std::vector<LeaseState> out;
  for (const LeaseRef& ref : leases) {
    CC_TRY_ASSIGN(LeaseState state, hold(agent_id, ref, now + lease, now));
    out.push_back(std::move(state));
  }
  CC_TRY(transaction.commit());
  return out;
}

// A lease is held while its number is the job's latest, its agent asks and its time has not passed.
// That also covers one whose job went back to the queue for want of an acknowledgement but was not
// given again yet.
Result<LeaseState> JobStore::hold(const std::string& agent_id, const LeaseRef& lease,
                                  std::optional<Timestamp> until, Timestamp now) {
  std::int64_t seq = 0;
  std::int64_t state = 0;
  Timestamp held_until;
  {
    auto found = db_.query(
        "SELECT seq, state, lease_until FROM jobs WHERE id = ? AND lease_number = ? AND "
        "lease_agent = ? AND lease_until > ? AND state != 2");
    found.bind(lease.id).bind(lease.number).bind(agent_id).bind(to_millis(now));
    CC_TRY_ASSIGN(const bool held, found.next());
    if (!held) return LeaseState{lease, std::nullopt};
    seq = found.integer(0);
    state = found.integer(1);
    held_until = from_millis(found.integer(2));
  }
  // Extending never shortens a lease.
  if (until) held_until = std::max(held_until, *until);
  if (state == kStateQueued) {
    Tally tally;
    tally.add("queued", -1);
    tally.add("leased", 1);
    CC_TRY(tally.flush(db_));
  }
  CC_TRY(db_.query("UPDATE jobs SET state = 1, lease_until = ?, available_at = ? WHERE seq = ?")
             .bind(to_millis(held_until))
             .bind(to_millis(held_until))
             .bind(seq)
             .run());
  return LeaseState{lease, held_until};
}

Result<std::vector<LeasedJob>> JobStore::held_by(const std::string& agent_id, std::int64_t limit,
                                                 Timestamp now) {
  std::vector<LeasedJob> jobs;
  auto held = db_.query(
      "SELECT body, lease_number, lease_until FROM jobs JOIN job_bodies USING(seq) "
      "WHERE state = 1 AND lease_agent = ? AND lease_until > ? ORDER BY random() LIMIT ?");
  held.bind(agent_id).bind(to_millis(now)).bind(limit);
  while (true) {
    CC_TRY_ASSIGN(const bool more, held.next());
    if (!more) return jobs;
    jobs.push_back({held.text(0), held.integer(1), from_millis(held.integer(2))});
  }
}

Result<std::optional<Timestamp>> JobStore::next_release() {
  auto query = db_.query("SELECT min(available_at) FROM jobs WHERE state = 1");
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found || query.is_null(0)) return std::optional<Timestamp>();
  return std::optional<Timestamp>(from_millis(query.integer(0)));
}

}  // namespace certconnector::endpoint
