#include <algorithm>
#include <limits>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/store/sqlite/columns.h"
#include "agent/store/sqlite/outcome_columns.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxPage = 1000;

#define CC_RECORD_COLUMNS(FIRST, MORE)                           \
  FIRST(ticket, "job.ticket")                                    \
  MORE(id, "id")                                                 \
  MORE(source, "source")                                         \
  MORE(instance, "instance")                                     \
  MORE(digest, "digest")                                         \
  MORE(ca, "fingerprint")                                        \
  MORE(type, "type")                                             \
  MORE(correlation, "correlation")                               \
  MORE(priority, "priority")                                     \
  MORE(deadline, "deadline")                                     \
  MORE(state, "state")                                           \
  MORE(ended_as, "ended_as")                                     \
  MORE(lease_number, "lease_number")                             \
  MORE(lease_until, "lease_until")                               \
  MORE(attempts, "attempts")                                     \
  MORE(received, "received")                                     \
  MORE(due, "due")                                               \
  MORE(started, "started")                                       \
  MORE(finished, "finished")                                     \
  MORE(reported, "reported")                                     \
  MORE(last_code, "last_code")                                   \
  MORE(last_message, "last_message")                             \
  MORE(awaiting_approval, "awaiting_approval")                   \
  MORE(request, "request.record")                                \
  MORE(outcome, CC_OUTCOME_COLUMN)                               \
  MORE(certificate, CC_CERTIFICATE_COLUMN)                       \
  MORE(reports, "reports")                                       \
  MORE(begun, "interrupted <> 0 OR pending_request IS NOT NULL") \
  MORE(external, "job.outside")

struct RecordColumn {
  enum : int { CC_RECORD_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
};

#define CC_SELECT_RECORDS \
  "SELECT " CC_RECORD_COLUMNS(CC_FIRST_COLUMN, CC_NEXT_COLUMN)  \
  " FROM job JOIN origin ON origin.number = job.origin "        \
  "JOIN authority ON authority.number = job.authority "         \
  "LEFT JOIN request ON request.ticket = job.ticket "           \
  CC_JOIN_OUTCOME

// The page is chosen first, from the small rows alone. `choice` names an index and its condition;
// the other conditions are looked at on each row that it gives, on ?10 rows at most. These come in
// the order of the inner SELECT.
#define CC_CHECKS                                                                          \
  "(?2 IS NULL OR state = ?2) AND (?3 IS NULL OR type = ?3) "                              \
  "AND (?4 IS NULL OR authority = (SELECT coalesce(same_as, number) FROM authority WHERE " \
  "fingerprint = ?4)) "                                                                    \
  "AND (?5 IS NULL OR received >= ?5) AND (?6 IS NULL OR received <= ?6) "                 \
  "AND (?8 IS NULL OR ended_as = ?8) "
#define CC_CHOOSE(rows, order)                                                       \
  CC_SELECT_RECORDS                                                                  \
  "WHERE job.ticket IN (SELECT ticket FROM (SELECT ticket, state, type, authority, " \
  "received, ended_as FROM job " rows "LIMIT ?10) WHERE " CC_CHECKS "LIMIT ?7) ORDER BY " order
// And the last of these rows, when there are ?10.
#define CC_LAST(rows) "SELECT ticket, received FROM job " rows "LIMIT 1 OFFSET ?10 - 1"

struct JobList {
  StaticSql page;
  StaticSql last;
};
#define CC_LIST_JOBS(name, choice)                                                       \
  constexpr char name##Page[] =                                                          \
      CC_CHOOSE(choice "AND ticket < ?1 ORDER BY ticket DESC ", "job.ticket DESC");      \
  constexpr char name##Last[] = CC_LAST(choice "AND ticket < ?1 ORDER BY ticket DESC "); \
  constexpr JobList name{name##Page, name##Last};
CC_LIST_JOBS(kListAll, "WHERE TRUE ")
CC_LIST_JOBS(kListResting, "INDEXED BY job_resting WHERE state = ?2 AND state IN (2, 3) ")
CC_LIST_JOBS(kListClaimed, "INDEXED BY job_claimed WHERE owner IS NOT NULL ")
CC_LIST_JOBS(kListDue, "INDEXED BY job_due WHERE due IS NOT NULL ")
CC_LIST_JOBS(kListFailed, "INDEXED BY job_failed WHERE ended_as = ?8 AND ended_as > 4 ")
CC_LIST_JOBS(kListRevocations, "INDEXED BY job_revocation WHERE type = ?3 AND type = 1 ")
#undef CC_LIST_JOBS
// In the order of their arrival, after the job ?1, which was received at ?9. ?5 and ?6 are set.
#define CC_ARRIVED                                                  \
  "INDEXED BY job_arrival WHERE received >= ?5 AND received <= ?6 " \
  "AND (received < ?9 OR ticket < ?1) ORDER BY received DESC, ticket DESC "
constexpr char kListByArrivalPage[] = CC_CHOOSE(CC_ARRIVED, "job.received DESC, job.ticket DESC");
constexpr char kListByArrivalLast[] = CC_LAST(CC_ARRIVED);
constexpr JobList kListByArrival{kListByArrivalPage, kListByArrivalLast};
#undef CC_ARRIVED
#undef CC_LAST
#undef CC_CHOOSE
#undef CC_CHECKS
constexpr char kPlaceOf[] =
    "SELECT ticket, received FROM job WHERE ticket <= ? ORDER BY ticket DESC LIMIT 1";
constexpr char kFind[] = CC_SELECT_RECORDS "WHERE job.id = ? ORDER BY job.ticket DESC";
constexpr char kFindOne[] = CC_SELECT_RECORDS
    "WHERE job.id = ? AND job.origin = "
    "(SELECT number FROM origin WHERE source = ? AND instance = ?)";
#undef CC_SELECT_RECORDS
#undef CC_RECORD_COLUMNS
// A range of the index job_identity: few origins have one id.
constexpr char kIdsBetween[] =
    "SELECT DISTINCT id FROM job WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";

constexpr char kCounts[] =
    "SELECT fingerprint, type, state, jobs FROM job_count "
    "JOIN authority ON authority.number = job_count.authority WHERE jobs <> 0";
// Counters tell how many matches there are: a search ends with the last one.
constexpr char kMatches[] =
    "SELECT coalesce(sum(jobs), 0) FROM job_count WHERE (?1 IS NULL OR state = ?1) "
    "AND (?2 IS NULL OR type = ?2) "
    "AND (?3 IS NULL OR authority = (SELECT coalesce(same_as, number) FROM authority WHERE "
    "fingerprint = ?3)) "
    "AND (?4 IS NULL OR state = ?4 OR state = ?5)";
// By the index of closed jobs. A purge files a job that is needed again under another time, so
// `finished` counts.
constexpr char kEndedLately[] =
    "SELECT fingerprint, type, ended_as, sum(state = ?4 AND finished >= ?1), count(*) FROM "
    "(SELECT authority, type, state, ended_as, finished FROM job INDEXED BY job_closed "
    "WHERE closed_at IS NOT NULL AND closed_at >= ?1 AND closed_at <= ?2 "
    "ORDER BY closed_at DESC LIMIT ?3) AS lately "
    "JOIN authority ON authority.number = lately.authority "
    "WHERE ended_as IS NOT NULL GROUP BY fingerprint, type, ended_as";
constexpr char kHistory[] =
    "SELECT at, kind, message FROM event WHERE ticket = ? ORDER BY number LIMIT 200";

Result<core::JobRecord> read_record(Database& database, const Query& query) {
  using Column = RecordColumn;
  core::JobRecord record;
  core::Job& job = record.job;
  record.ticket.value = query.integer(Column::ticket);
  job.key.id = query.text(Column::id);
  job.key.instance = query.text(Column::instance);
  const ByteView digest = query.blob(Column::digest);
  auto request = decode_request(query.blob(Column::request));
  const std::int64_t state = query.integer(Column::state);
  const auto source = job_source(query.integer(Column::source));
  if (!source || digest.size() != job.key.digest.size() || !request || state < 0 ||
      state > static_cast<std::int64_t>(core::JobState::reported)) {
    return database.damaged("has a damaged record of job " + job.key.id);
  }
  job.key.source = *source;
  std::copy(digest.begin(), digest.end(), job.key.digest.begin());
  job.request = std::move(*request);
  job.ca = query.text(Column::ca);
  job.correlation_id = query.text(Column::correlation);
  job.priority = static_cast<int>(query.integer(Column::priority));
  job.deadline = query.optional_time(Column::deadline);
  record.state = static_cast<core::JobState>(state);
  if (jobs::is_finished(record.state) && !query.is_null(Column::outcome)) {
    record.outcome = read_outcome(query, Column::outcome, Column::certificate);
    if (!record.outcome) return database.damaged("has a damaged outcome of job " + job.key.id);
  }
  if (record.state == core::JobState::reported && !query.is_null(Column::ended_as)) {
    record.ended_as = static_cast<core::JobState>(query.integer(Column::ended_as));
  }
  if (!query.is_null(Column::lease_number)) {
    record.lease = core::Lease{static_cast<std::uint64_t>(query.integer(Column::lease_number)),
                               query.time(Column::lease_until)};
  }
  record.attempts = static_cast<int>(query.integer(Column::attempts));
  record.received = query.time(Column::received);
  record.due = query.optional_time(Column::due).value_or(record.received);
  record.started = query.optional_time(Column::started);
  record.finished = query.optional_time(Column::finished);
  record.reported = query.optional_time(Column::reported);
  record.last_code = query.text(Column::last_code);
  record.last_message = query.text(Column::last_message);
  record.waiting_for_approval = query.integer(Column::awaiting_approval) != 0;
  // As jobs::may_be_at_ca() has it.
  record.may_be_at_ca = record.state == core::JobState::running ||
                        record.state == core::JobState::held || query.integer(Column::begun) != 0;
  record.reports = query.integer(Column::reports) != 0 && *source != core::JobSource::local;
  record.external = !query.is_null(Column::external);
  return record;
}

Result<std::vector<core::JobRecord>> read_records(Database& database, Query& query) {
  std::vector<core::JobRecord> records;
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return records;
    CC_TRY_ASSIGN(auto record, read_record(database, query));
    records.push_back(std::move(record));
  }
}

Result<std::size_t> matches(Database& database, const core::JobFilter& filter) {
  Query query(database, kMatches, filter.state, filter.type, filter.ca, filter.outcome,
              core::JobState::reported);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::size_t>(std::max<std::int64_t>(query.integer(0), 0)) : 0;
}

constexpr std::int64_t kNoTicket = std::numeric_limits<std::int64_t>::max();
// So few are looked at one by one, by the index of their state, outcome or type.
constexpr std::size_t kFewMatches = 5000;
// The rows that one call looks at.
constexpr std::size_t kMostLookedAt = 10000;

// The job after which the page begins.
struct Place {
  std::int64_t ticket = kNoTicket;
  Timestamp received = from_millis(std::numeric_limits<std::int64_t>::max());
};

Result<core::JobPage> read_page(Database& database, const JobList& list,
                                const core::JobFilter& filter, const Place& place) {
  const auto ask = [&](StaticSql sql) {
    return Query(database, sql, place.ticket, filter.state, filter.type, filter.ca, filter.since,
                 filter.until, filter.limit, filter.outcome, place.received, kMostLookedAt);
  };
  core::JobPage page;
  {
    Query query = ask(list.page);
    CC_TRY_ASSIGN(page.jobs, read_records(database, query));
  }
  if (page.jobs.size() >= filter.limit) {
    page.next = page.jobs.back().ticket;
    return page;
  }
  Query last = ask(list.last);
  CC_TRY_ASSIGN(const bool more, last.next());
  if (!more) return page;
  page.next = core::JobTicket{last.integer(0)};
  page.searched_to = last.time(1);
  return page;
}

// Of the last job of the page before; if that is purged: just before the next older one.
Result<Place> place_after(Database& database, const core::JobFilter& filter) {
  Place place;
  if (!filter.after) return place;
  place.ticket = filter.after->value;
  Query query(database, kPlaceOf, place.ticket);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return place;
  if (query.integer(0) != place.ticket) place.ticket = query.integer(0) + 1;
  place.received = query.time(1);
  return place;
}

Result<core::JobPage> list_by_arrival(Database& database, core::JobFilter filter) {
  CC_TRY_ASSIGN(const Place place, place_after(database, filter));
  if (!filter.since) filter.since = from_millis(std::numeric_limits<std::int64_t>::min());
  filter.until = std::min(filter.until.value_or(place.received), place.received);
  return read_page(database, kListByArrival, filter, place);
}

Result<core::JobPage> list_by_ticket(Database& database, const JobList& list,
                                     const core::JobFilter& filter) {
  Place place;
  if (filter.after) place.ticket = filter.after->value;
  return read_page(database, list, filter, place);
}

// Which jobs are looked at.
Result<const JobList*> list_for(Database& database, const core::JobFilter& filter) {
  if (filter.state == core::JobState::waiting || filter.state == core::JobState::held) {
    return &kListResting;
  }
  if (filter.state == core::JobState::running) return &kListClaimed;
  if (filter.state == core::JobState::queued) {
    core::JobFilter queued;
    queued.state = filter.state;
    CC_TRY_ASSIGN(const std::size_t all, matches(database, queued));
    if (all <= kFewMatches) return &kListDue;
  }
  if (filter.outcome && *filter.outcome != core::JobState::succeeded) return &kListFailed;
  if (filter.type == core::JobType::revoke) return &kListRevocations;
  return filter.since || filter.until ? &kListByArrival : &kListAll;
}

void add(std::vector<core::JobCount>& counts, const core::JobCount& more) {
  if (more.count == 0) return;
  const auto same = std::find_if(counts.begin(), counts.end(), [&](const core::JobCount& one) {
    return one.ca == more.ca && one.type == more.type && one.state == more.state;
  });
  if (same == counts.end()) {
    counts.push_back(more);
  } else {
    same->count += more.count;
  }
}

}  // namespace

Result<std::vector<core::JobCount>> job_counts(Database& database) {
  std::vector<core::JobCount> counts;
  Query query(database, kCounts);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return counts;
    core::JobCount count;
    count.ca = query.text(0);
    count.type = query.integer(1) == 0 ? core::JobType::issue : core::JobType::revoke;
    count.state = static_cast<core::JobState>(query.integer(2));
    count.count = static_cast<std::uint64_t>(query.integer(3));
    counts.push_back(std::move(count));
  }
}

Result<core::JobOutcomes> job_outcomes(Database& database, Timestamp since, Timestamp now,
                                       std::size_t max) {
  core::JobOutcomes outcomes;
  CC_TRY_ASSIGN(const auto by_state, job_counts(database));
  for (const core::JobCount& count : by_state) {
    const bool ended = jobs::is_finished(count.state) && count.state != core::JobState::reported;
    if (ended) outcomes.counts.push_back(count);
  }
  std::size_t seen = 0;
  Query query(database, kEndedLately, since, now, max, core::JobState::reported);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    seen += static_cast<std::size_t>(query.integer(4));
    core::JobCount count;
    count.ca = query.text(0);
    count.type = query.integer(1) == 0 ? core::JobType::issue : core::JobType::revoke;
    count.state = static_cast<core::JobState>(query.integer(2));
    count.count = static_cast<std::uint64_t>(query.integer(3));
    add(outcomes.counts, count);
  }
  outcomes.complete = seen < max;
  return outcomes;
}

Result<core::JobPage> list_jobs(Database& database, const core::JobFilter& filter) {
  CC_TRY_ASSIGN(const std::size_t matching, matches(database, filter));
  core::JobFilter bounded = filter;
  bounded.limit = std::min(filter.limit, kMaxPage);
  if (bounded.limit == 0 || matching == 0) return core::JobPage();
  const bool all_match = matching <= bounded.limit;
  if (all_match) bounded.limit = matching;  // the search ends with the last of them
  const JobList* list = &kListByArrival;
  if (!(filter.since || filter.until) || matching <= kFewMatches) {
    CC_TRY_ASSIGN(list, list_for(database, filter));
  }
  auto page = list == &kListByArrival ? list_by_arrival(database, bounded)
                                      : list_by_ticket(database, *list, bounded);
  if (page.ok() && all_match && page->jobs.size() == matching) page->next.reset();
  return page;
}

Result<std::vector<core::JobRecord>> find_jobs(Database& database, const std::string& id) {
  Query query(database, kFind, id);
  return read_records(database, query);
}

Result<std::vector<std::string>> job_ids(Database& database, const std::string& beginning,
                                         std::size_t max) {
  // No character of UTF-8 has this octet, so it comes after all that begin so.
  const std::string end = beginning + '\xFF';
  Query query(database, kIdsBetween, beginning, end, static_cast<std::int64_t>(max));
  std::vector<std::string> ids;
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return ids;
    ids.emplace_back(query.text(0));
  }
}

Result<std::optional<core::JobRecord>> find_job(Database& database, const core::JobKey& key) {
  Query query(database, kFindOne, key.id, key.source, key.instance);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return std::optional<core::JobRecord>();
  CC_TRY_ASSIGN(auto record, read_record(database, query));
  return std::make_optional(std::move(record));
}

Result<std::vector<core::JobEvent>> job_history(Database& database, core::JobTicket ticket) {
  std::vector<core::JobEvent> events;
  Query query(database, kHistory, ticket.value);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return events;
    events.push_back({query.time(0), std::string(query.text(1)), std::string(query.text(2))});
  }
}

}  // namespace certconnector::store
