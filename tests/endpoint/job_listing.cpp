// The queries of JobStore, for people.
#include "tests/endpoint/job_store.h"

namespace certconnector::endpoint {
namespace {

constexpr std::string_view kStateNames[] = {"queued", "leased", "finished"};

std::optional<Timestamp> time_or_nothing(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return from_millis(query.integer(column));
}

JobRow row_of(const Query& query) {
  JobRow row;
  row.seq = query.integer(0);
  row.id = query.text(1);
  row.type = query.text(2);
  row.ca = query.text(3);
  row.priority = query.integer(4);
  row.digest = query.text(5);
  row.state = kStateNames[query.integer(6)];
  row.lease_number = query.integer(7);
  row.lease_agent = query.text(8);
  row.lease_until = time_or_nothing(query, 9);
  row.outcome = query.text(10);
  row.serial = query.text(11);
  row.finished_at = time_or_nothing(query, 12);
  return row;
}

std::optional<std::int64_t> state_number(const std::string& name) {
  for (std::int64_t i = 0; i < 3; ++i) {
    if (kStateNames[i] == name) return i;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<JobRow>> JobStore::list(const std::string& state, std::int64_t limit) {
  std::vector<JobRow> rows;
  auto query = db_.query(
      "SELECT seq, id, type, ca, priority, digest, state, lease_number, lease_agent, lease_until, "
      "outcome, serial, finished_at FROM jobs WHERE ?1 IS NULL OR state = ?1 ORDER BY seq LIMIT "
      "?2");
  query.bind(state_number(state)).bind(limit);
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return rows;
    rows.push_back(row_of(query));
  }
}

Result<std::optional<JobRow>> JobStore::find(const std::string& id) {
  auto query = db_.query(
      "SELECT seq, id, type, ca, priority, digest, state, lease_number, lease_agent, lease_until, "
      "outcome, serial, finished_at, (SELECT body FROM job_bodies b WHERE b.seq = jobs.seq), "
      "(SELECT count(*) FROM leases WHERE job = jobs.seq) FROM jobs WHERE id = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(id).next());
  if (!found) return std::optional<JobRow>();
  JobRow row = row_of(query);
  row.body = query.text(13);
  row.lease_count = query.integer(14);
  return std::optional<JobRow>(std::move(row));
}

}  // namespace certconnector::endpoint
