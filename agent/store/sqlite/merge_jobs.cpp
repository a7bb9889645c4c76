#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/merge.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/table_copy.h"

namespace certconnector::store {
namespace {

constexpr std::uint64_t kJobsInReport = 2000;
constexpr char kKnown[] = "SELECT ticket, state, digest FROM job WHERE id = ? AND origin = ?";
constexpr char kOwnerName[] = "SELECT name FROM owner WHERE number = ?";
constexpr char kOfJob[] = "UPDATE certificate SET ticket = ?2 WHERE entry = ?1 AND ticket IS NULL";
constexpr char kDropRequest[] = "DELETE FROM request WHERE ticket = ?";
constexpr char kDropOutcome[] = "DELETE FROM outcome WHERE ticket = ?";
constexpr char kDropJob[] = "DELETE FROM job WHERE ticket = ?";
constexpr char kUnfinished[] = "SELECT ticket FROM job WHERE ticket > ? AND state < ? LIMIT 1";

// What hangs on a job.
struct JobParts {
  TableCopy requests;
  TableCopy outcomes;
  TableCopy events;
};

class JobMerge {
 public:
  explicit JobMerge(Merge& merge) : merge_(merge) {}

  Status run() {
    merge_.counts.push_back({"jobs", 0, 0, false, {}});
    Database& from = merge_.sides.backup;
    CC_TRY_ASSIGN(TableCopy jobs, TableCopy::open(from, merge_.to(), "job"));
    CC_TRY_ASSIGN(TableCopy requests, TableCopy::open(from, merge_.to(), "request", "ticket"));
    CC_TRY_ASSIGN(TableCopy outcomes, TableCopy::open(from, merge_.to(), "outcome", "ticket"));
    CC_TRY_ASSIGN(TableCopy events, TableCopy::open(from, merge_.to(), "event", "ticket"));
    JobParts parts{std::move(requests), std::move(outcomes), std::move(events)};
    std::uint64_t done = 0;
    for (;;) {
      CC_TRY_ASSIGN(const bool row, jobs.next());
      if (!row) return {};
      CC_TRY(merge_job(jobs, parts));
      if (++done % kJobsInReport == 0) CC_TRY(merge_.report({"comparing jobs", done, 0}));
    }
  }

 private:
  Status merge_job(TableCopy& job, JobParts& parts) {
    CC_TRY_ASSIGN(const std::int64_t origin, merge_.numbers.origin(job.integer("origin")));
    const auto state = static_cast<core::JobState>(job.integer("state"));
    std::optional<std::int64_t> known;
    {
      Query query(merge_.to(), kKnown, job.text("id"), origin);
      CC_TRY_ASSIGN(const bool row, query.next());
      if (row) {
        const auto there = static_cast<core::JobState>(query.integer(1));
        if (query.blob(2) != job.blob("digest") || !jobs::is_further(state, there)) return {};
        known = query.integer(0);
      }
    }
    if (known) CC_TRY(drop(*known));
    std::int64_t ticket = known.value_or(0);
    if (!known) {
      CC_TRY_ASSIGN(ticket, merge_.sides.newer.next_ticket());
    }
    CC_TRY(add(job, parts, ticket, origin));
    ++merge_.counts.back().copied;
    return {};
  }

  // The events go with the job.
  Status drop(std::int64_t ticket) {
    CC_TRY(store::run(merge_.to(), kDropRequest, ticket));
    CC_TRY(store::run(merge_.to(), kDropOutcome, ticket));
    return store::run(merge_.to(), kDropJob, ticket);
  }

  Status add(TableCopy& job, JobParts& parts, std::int64_t ticket, std::int64_t origin) {
    const std::int64_t before = job.integer("ticket");
    CC_TRY_ASSIGN(const std::int64_t authority, merge_.numbers.authority(job.integer("authority")));
    ColumnValues values{{"ticket", ticket}, {"origin", origin}, {"authority", authority}};
    if (!job.is_null("owner")) {
      CC_TRY_ASSIGN(values["owner"], owner(job.integer("owner")));
    }
    CC_TRY(job.write(values));
    CC_TRY(copy_parts(parts.requests, before, ticket));
    CC_TRY(copy_parts(parts.events, before, ticket));
    CC_TRY(copy_outcome(parts.outcomes, before, ticket));
    CC_TRY_ASSIGN(const auto row, load_row(merge_.sides.newer, ticket));
    const auto change = row ? jobs::bring_back(*row, merge_.sides.now) : std::nullopt;
    return change ? save_change(merge_.sides.newer, *row, *change) : Status();
  }

  // An owner that is gone: the next start takes its claims back.
  Result<StoredValue> owner(std::int64_t number) {
    Query query(merge_.sides.backup, kOwnerName, number);
    CC_TRY_ASSIGN(const bool row, query.next());
    const std::string name = row ? std::string(query.text(0)) : "an owner in the backup";
    CC_TRY_ASSIGN(const std::int64_t merged, merge_.sides.newer.owner(name));
    return StoredValue(merged);
  }

  static Status copy_parts(TableCopy& rows, std::int64_t before, std::int64_t ticket) {
    rows.select(before);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, rows.next());
      if (!row) return {};
      CC_TRY(rows.write({{"ticket", ticket}}));
    }
  }

  Status copy_outcome(TableCopy& rows, std::int64_t before, std::int64_t ticket) {
    rows.select(before);
    CC_TRY_ASSIGN(const bool row, rows.next());
    if (!row) return {};
    if (rows.is_null("certificate")) {
      CC_TRY(rows.write({{"ticket", ticket}}));
      return {};
    }
    CC_TRY_ASSIGN(const auto entry, merge_.numbers.entry(rows.integer("certificate")));
    if (!entry) return merge_.sides.backup.damaged("has an outcome without its certificate");
    CC_TRY(rows.write({{"ticket", ticket}, {"certificate", *entry}}));
    return store::run(merge_.to(), kOfJob, *entry, ticket);
  }

  Merge& merge_;
};

}  // namespace

Status merge_jobs(Merge& merge) { return JobMerge(merge).run(); }

Status bring_back_jobs(StoreWriter& writer, Timestamp now) {
  std::int64_t last = 0;
  for (;;) {
    {
      Query query(writer.database(), kUnfinished, last, core::JobState::succeeded);
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      last = query.integer(0);
    }
    CC_TRY_ASSIGN(const auto row, load_row(writer, last));
    const auto change = row ? jobs::bring_back(*row, now) : std::nullopt;
    if (change) CC_TRY(save_change(writer, *row, *change));
  }
}

}  // namespace certconnector::store
