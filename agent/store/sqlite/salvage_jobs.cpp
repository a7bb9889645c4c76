// Jobs of a salvage. A job comes over with its request and its outcome, or not at all.
#include <algorithm>
#include <unordered_set>

#include "agent/core/certificate_rules.h"
#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/salvage_context.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kHasRequest[] = "SELECT 1 FROM request WHERE ticket = ?";
constexpr char kHasOutcome[] = "SELECT 1 FROM outcome WHERE ticket = ?";
constexpr char kHasJob[] = "SELECT 1 FROM job WHERE ticket = ?";
constexpr char kHasOrigin[] = "SELECT 1 FROM origin WHERE number = ?";
constexpr const char* kWithoutJobs[] = {
    "DELETE FROM request WHERE ticket NOT IN (SELECT ticket FROM job)",
    "DELETE FROM outcome WHERE ticket NOT IN (SELECT ticket FROM job)",
    // As a purge of its job does.
    "UPDATE enrollment SET forget_at = remember_until "
    "WHERE forget_at IS NULL AND ticket NOT IN (SELECT ticket FROM job)",
    "INSERT INTO job_count(authority, type, state, jobs) "
    "SELECT authority, type, state, count(*) FROM job GROUP BY authority, type, state",
    // A claim of nobody is the claim of another owner: the next start takes it back.
    "INSERT OR IGNORE INTO owner(number, name) "
    "SELECT DISTINCT owner, 'lost owner ' || owner FROM job WHERE owner IS NOT NULL"};

using ColumnsOrNone = std::optional<ColumnValues>;
using AnswerColumns = Result<ColumnsOrNone>;

bool has_state(const NamedRow& row, const char* column) {
  const std::int64_t state = row.integer(column);
  return state >= 0 && state <= static_cast<std::int64_t>(core::JobState::reported);
}

// Whether the agent has to know what the outcome was.
bool needs_outcome(const NamedRow& row) {
  auto state = static_cast<core::JobState>(row.integer("state"));
  if (state == core::JobState::reported) {
    state = static_cast<core::JobState>(row.integer("ended_as"));
  }
  return state == core::JobState::succeeded || state == core::JobState::failed ||
         state == core::JobState::dead;
}

class JobSalvage {
 public:
  explicit JobSalvage(SalvageContext& context)
      : context_(context),
        source_(context.sources().queue),
        jobs_(context.count("jobs")),
        events_(context.count("events of jobs")) {}

  Status run() {
    if (source_ != nullptr) {
      CC_TRY(copy_names());
      CC_TRY(copy_requests());
      CC_TRY(copy_outcomes());
      CC_TRY(copy_jobs());
      if (context_.sources().first_release) CC_TRY(take_certificates_out());
      CC_TRY(copy_events());
    }
    for (const char* sql : kWithoutJobs) CC_TRY(context_.to().execute(sql));
    return count_lost();
  }

 private:
  [[nodiscard]] bool is_damaged(const std::string& name) const {
    return source_ == nullptr || source_->damage(name).any();
  }

  Status copy_names() {
    const auto any = [](const NamedRow&) -> AnswerColumns { return ColumnsOrNone(ColumnValues()); };
    CC_TRY(context_.copy(source_, "origin", any));
    CC_TRY(context_.copy(source_, "owner", any));
    // The index of origins may have more.
    CC_TRY_ASSIGN(RowWriter origins,
                  RowWriter::open(context_.to(), "origin", {"number", "source", "instance"}));
    return source_->for_each("sqlite_autoindex_origin_1", [&](const NamedRow& row) -> Status {
      CC_TRY(origins.write(row));
      return {};
    });
  }

  Status copy_requests() {
    CC_TRY(context_.copy(source_, "request", [](const NamedRow& row) -> AnswerColumns {
      if (!decode_request(row.blob("record"))) return ColumnsOrNone();
      return ColumnsOrNone(ColumnValues());
    }));
    return {};
  }

  Status copy_outcomes() {
    const auto take = [&](const NamedRow& row) -> AnswerColumns {
      CC_TRY_ASSIGN(const bool good, is_good_outcome(row));
      if (good) return ColumnsOrNone(ColumnValues());
      without_outcome_.insert(row.integer("ticket"));
      return ColumnsOrNone();
    };
    CC_TRY(context_.copy(source_, "outcome", take));
    return {};
  }

  Result<bool> is_good_outcome(const NamedRow& row) {
    Query query(context_.to(), "SELECT record FROM certificate WHERE entry = ?",
                row.integer("certificate"));
    CC_TRY_ASSIGN(const bool there, query.next());
    return decode_outcome(row.blob("record"), there ? query.blob(0) : ByteView()).has_value();
  }

  Status copy_jobs() {
    const auto take = [&](const NamedRow& row) -> AnswerColumns {
      const auto authority = context_.authority(source_, row.integer("authority"));
      CC_TRY_ASSIGN(const bool whole, is_whole(row));
      if (authority && whole) return ColumnsOrNone(ColumnValues{{"authority", *authority}});
      context_.lose(jobs_, std::string(row.text("id")));
      return ColumnsOrNone();
    };
    CC_TRY_ASSIGN(jobs_.copied, context_.copy(source_, "job", take));
    return {};
  }

  Result<bool> is_whole(const NamedRow& row) {
    const std::int64_t ticket = row.integer("ticket");
    const std::int64_t type = row.integer("type");
    const bool sound = has_state(row, "state") && has_state(row, "ended_as") && type >= 0 &&
                       type <= 1 && row.blob("digest").size() == core::JobKey().digest.size();
    if (!sound || without_outcome_.count(ticket) != 0) return false;
    CC_TRY_ASSIGN(const bool origin, context_.has(kHasOrigin, row.integer("origin")));
    CC_TRY_ASSIGN(const bool request, context_.has(kHasRequest, ticket));
    if (!origin || !request) return false;
    if (!is_damaged("outcome") || !needs_outcome(row)) return true;
    return context_.has(kHasOutcome, ticket);
  }

  // Release 0.1.0 kept an issued certificate in its outcome as well.
  Status take_certificates_out() {
    std::vector<std::int64_t> tickets;
    {
      Query query(context_.to(), "SELECT ticket FROM outcome JOIN job USING (ticket)");
      for (;;) {
        CC_TRY_ASSIGN(const bool row, query.next());
        if (!row) break;
        tickets.push_back(query.integer(0));
      }
    }
    for (const std::int64_t ticket : tickets) CC_TRY(take_certificate_out(ticket));
    return context_.writer().flush();
  }

  Status take_certificate_out(std::int64_t ticket) {
    Query query(context_.to(),
                "SELECT id, origin, digest, authority, finished, request.record, outcome.record "
                "FROM job JOIN request USING (ticket) JOIN outcome USING (ticket) "
                "WHERE job.ticket = ?",
                ticket);
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    auto outcome = decode_outcome(query.blob(6), {});
    const auto* issued = outcome ? std::get_if<core::Issued>(&*outcome) : nullptr;
    if (issued == nullptr) return {};
    CC_TRY_ASSIGN(const core::Job job, job_of(query));
    core::CertificateLabel label = core::label_of(job);
    const core::CertificateEntry entry{label.key, std::move(label.template_name),
                                       issued->certificate};
    NewCertificateRow recording;
    recording.authority = query.integer(3);
    recording.ticket = ticket;
    recording.recorded = query.time(4);
    CC_TRY_ASSIGN(const auto recorded, record_issued(context_.writer(), recording, entry));
    if (!recorded.before) found_certificate();
    CC_TRY(store::run(context_.to(), "UPDATE certificate SET ticket = ?2 WHERE entry = ?1",
                      recorded.entry, ticket));
    return save_outcome(context_.writer(), ticket, *outcome, recorded.entry);
  }

  Result<core::Job> job_of(const Query& row) {
    core::Job job;
    CC_TRY_ASSIGN(const Origin origin, context_.writer().origin_name(row.integer(1)));
    job.key.source = origin.source;
    job.key.instance = origin.instance;
    job.key.id = row.text(0);
    const ByteView digest = row.blob(2);
    std::copy(digest.begin(), digest.end(), job.key.digest.begin());
    if (auto request = decode_request(row.blob(5))) job.request = std::move(*request);
    return job;
  }

  // Where inventory.db has lost it.
  void found_certificate() {
    SalvageCount& certificates = context_.count("certificates");
    ++certificates.copied;
    if (certificates.lost != 0) --certificates.lost;
  }

  Status copy_events() {
    const auto take = [&](const NamedRow& row) -> AnswerColumns {
      CC_TRY_ASSIGN(const bool job, context_.has(kHasJob, row.integer("ticket")));
      return job ? ColumnsOrNone(ColumnValues()) : ColumnsOrNone();
    };
    CC_TRY_ASSIGN(events_.copied, context_.copy(source_, "event", take));
    return {};
  }

  // The index of identities names every job.
  Status count_lost() {
    if (is_damaged("event")) events_.more_lost = true;
    const bool suspect = jobs_.lost != 0 || is_damaged("job") || is_damaged("request");
    if (!suspect) return {};
    jobs_.more_lost = is_damaged("job") && is_damaged("job_identity");
    if (is_damaged("job_identity")) return {};
    jobs_.lost = 0;
    jobs_.names.clear();
    return source_->for_each("job_identity", [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool there, context_.has(kHasJob, row.integer("ticket")));
      if (!there) context_.lose(jobs_, std::string(row.text("id")));
      return {};
    });
  }

  SalvageContext& context_;
  StoredTables* source_;
  SalvageCount& jobs_;
  SalvageCount& events_;
  std::unordered_set<std::int64_t> without_outcome_;  // tickets
};

}  // namespace

Status salvage_jobs(SalvageContext& context) { return JobSalvage(context).run(); }

}  // namespace certconnector::store
