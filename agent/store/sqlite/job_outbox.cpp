#include <algorithm>

#include "agent/store/sqlite/columns.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/outcome_columns.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

#define CC_REPORT_COLUMNS(FIRST, MORE)     \
  FIRST(ticket, "job.ticket")              \
  MORE(id, "id")                           \
  MORE(origin, "job.origin")               \
  MORE(digest, "digest")                   \
  MORE(type, "type")                       \
  MORE(authority, "job.authority")         \
  MORE(correlation, "correlation")         \
  MORE(lease_number, "lease_number")       \
  MORE(state, "state")                     \
  MORE(attempts, "job.attempts")           \
  MORE(finished, "finished")               \
  MORE(outcome, CC_OUTCOME_COLUMN)         \
  MORE(certificate, CC_CERTIFICATE_COLUMN) \
  MORE(transaction_id, "transaction_id")   \
  MORE(public_key, "public_key")           \
  MORE(challenge, "challenge")             \
  MORE(device, "enrollment.device")        \
  MORE(subject, "subject")                 \
  MORE(requested, "at")                    \
  MORE(external, "enrollment.outside")

struct ReportColumn {
  enum : int { CC_REPORT_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
};

// The caller picks the jobs of its share: the list of clouds has no fixed length.
constexpr char kUnreported[] = "SELECT " CC_REPORT_COLUMNS(
    CC_FIRST_COLUMN, CC_NEXT_COLUMN) " FROM job INDEXED BY job_outbox " CC_JOIN_OUTCOME
                                     "LEFT JOIN enrollment ON enrollment.ticket = job.ticket "
                                     "WHERE report_at IS NOT NULL ORDER BY report_at, job.ticket";
#undef CC_REPORT_COLUMNS

// Every reported job passes here: the few columns that change, not the whole row.
constexpr char kOffered[] =
    "SELECT authority, type, state, report_at FROM job WHERE ticket = ? AND report_at IS NOT NULL";
constexpr char kAcknowledged[] =
    "UPDATE job SET state = ?2, report_at = ?3, reported = ?4, closed_at = ?5 WHERE ticket = ?1";

// Of an enrollment: the device does not get a certificate that the endpoint denies.
constexpr char kWithhold[] = "UPDATE enrollment SET withheld = 1 WHERE ticket = ?";

// Of a job of the source scep. Without its row only the service is known.
Result<core::EnrollmentDetails> read_enrollment(StoreWriter& writer, const Query& query,
                                                const core::JobKey& key) {
  core::EnrollmentDetails details;
  details.service = key.instance;
  if (query.is_null(ReportColumn::public_key)) return details;
  const ByteView public_key = query.blob(ReportColumn::public_key);
  if (public_key.size() != details.public_key.size()) {
    return writer.database().damaged("has a damaged record of the enrollment of job " + key.id);
  }
  std::copy(public_key.begin(), public_key.end(), details.public_key.begin());
  details.transaction_id = query.text(ReportColumn::transaction_id);
  details.challenge = query.text(ReportColumn::challenge);
  details.device = query.text(ReportColumn::device);
  details.subject = query.text(ReportColumn::subject);
  details.requested = query.time(ReportColumn::requested);
  details.external = query.integer(ReportColumn::external) != 0;
  return details;
}

Result<core::Report> read_report(StoreWriter& writer, const Query& query, const Origin& origin) {
  core::Report report;
  report.ticket.value = query.integer(ReportColumn::ticket);
  report.key.id = query.text(ReportColumn::id);
  report.key.source = origin.source;
  report.key.instance = origin.instance;
  const ByteView digest = query.blob(ReportColumn::digest);
  auto outcome = read_outcome(query, ReportColumn::outcome, ReportColumn::certificate);
  if (digest.size() != report.key.digest.size() || !outcome) {
    return writer.database().damaged("has a damaged record of job " + report.key.id);
  }
  std::copy(digest.begin(), digest.end(), report.key.digest.begin());
  report.outcome = std::move(*outcome);
  report.type =
      query.integer(ReportColumn::type) == 0 ? core::JobType::issue : core::JobType::revoke;
  CC_TRY_ASSIGN(report.ca, writer.authority_name(query.integer(ReportColumn::authority)));
  report.correlation_id = query.text(ReportColumn::correlation);
  report.lease_number = static_cast<std::uint64_t>(query.integer(ReportColumn::lease_number));
  report.state = static_cast<core::JobState>(query.integer(ReportColumn::state));
  report.attempts = static_cast<int>(query.integer(ReportColumn::attempts));
  report.finished = query.time(ReportColumn::finished);
  if (report.key.source == core::JobSource::scep) {
    CC_TRY_ASSIGN(report.enrollment, read_enrollment(writer, query, report.key));
  }
  return report;
}

// The columns of a job in the outbox that an acknowledgement needs. Nothing: the job is not there.
// A job whose report is withdrawn needs none.
Result<std::optional<JobRow>> load_offered(StoreWriter& writer, std::int64_t ticket) {
  JobRow row;
  row.ticket = ticket;
  row.report_withdrawn = writer.withdrawn_reports.count(ticket) != 0;
  if (row.report_withdrawn) return std::make_optional(std::move(row));
  Query query(writer.database(), kOffered, ticket);
  CC_TRY_ASSIGN(const bool offered, query.next());
  if (!offered) return std::optional<JobRow>();
  row.authority = query.integer(0);
  row.type = query.integer(1) == 0 ? core::JobType::issue : core::JobType::revoke;
  row.state = static_cast<core::JobState>(query.integer(2));
  row.report_at = query.time(3);
  return std::make_optional(std::move(row));
}

Status save_acknowledged(StoreWriter& writer, const JobRow& offered, const jobs::JobLife& job) {
  writer.count(offered.authority, offered.type, offered.state, -1);
  writer.count(offered.authority, offered.type, job.state, 1);
  return run(writer.database(), kAcknowledged, offered.ticket, job.state, job.report_at,
             job.reported, job.closed_at);
}

Status store_follow_up(StoreWriter& writer, std::int64_t ticket, const core::NewJob& job,
                       Timestamp now) {
  CC_TRY_ASSIGN(const core::InsertResult inserted, insert_job(writer, job, now));
  if (inserted != core::InsertResult::conflict) return {};
  return save_notes(writer, ticket, {jobs::follow_up_lost(job, now)});
}

Status acknowledge_one(StoreWriter& writer, const core::ReportAcknowledgement& ack, Timestamp now) {
  const std::int64_t ticket = ack.ticket.value;
  CC_TRY_ASSIGN(const auto offered, load_offered(writer, ticket));
  if (!offered) return {};
  const auto change = jobs::acknowledge(*offered, ack, now);
  if (!change) return writer.database().damaged("has an unfinished job in its outbox");
  if (offered->report_withdrawn) return save_notes(writer, ticket, change->notes);
  CC_TRY(save_acknowledged(writer, *offered, change->job));
  CC_TRY(save_notes(writer, ticket, change->notes));
  if (change->withhold) CC_TRY(run(writer.database(), kWithhold, ticket));
  return ack.follow_up ? store_follow_up(writer, ticket, *ack.follow_up, now) : Status();
}

}  // namespace

Result<std::vector<core::Report>> unreported_jobs(StoreWriter& writer,
                                                  const core::CloudShare& share, std::size_t max) {
  std::vector<core::Report> reports;
  Query query(writer.database(), kUnreported);
  while (reports.size() < max) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    CC_TRY_ASSIGN(const Origin origin, writer.origin_name(query.integer(2)));
    if (!core::includes(share, origin.source, origin.instance)) continue;
    CC_TRY_ASSIGN(auto report, read_report(writer, query, origin));
    writer.withdrawn_reports.erase(report.ticket.value);
    reports.push_back(std::move(report));
  }
  return reports;
}

Status acknowledge_reports(StoreWriter& writer,
                           const std::vector<core::ReportAcknowledgement>& acks, Timestamp now) {
  for (const core::ReportAcknowledgement& ack : acks) CC_TRY(acknowledge_one(writer, ack, now));
  return {};
}

}  // namespace certconnector::store
