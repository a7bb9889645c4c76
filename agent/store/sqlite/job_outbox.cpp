#include <algorithm>

#include "agent/jobs/lifecycle/job_transitions.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

// Whose share a job is in is for the caller to look at: the list of clouds has no fixed length.
constexpr char kUnreported[] =
    "SELECT job.ticket, id, job.origin, digest, type, authority, correlation, lease_number, state, "
    "job.attempts, finished, record, transaction_id, public_key, challenge, device, subject, at, "
    "enrollment.outside "
    "FROM job INDEXED BY job_outbox LEFT JOIN outcome ON outcome.ticket = job.ticket "
    "LEFT JOIN enrollment ON enrollment.ticket = job.ticket "
    "WHERE report_at IS NOT NULL ORDER BY report_at, job.ticket";

// Every reported job passes here: the few columns that change, not the whole row.
constexpr char kOffered[] =
    "SELECT authority, type, state FROM job WHERE ticket = ? AND report_at IS NOT NULL";
constexpr char kReported[] =
    "UPDATE job SET state = ?2, report_at = NULL, reported = ?3, closed_at = ?3 WHERE ticket = ?1";

// Of an enrolment: what the endpoint does not take is not given to the device.
constexpr char kWithhold[] = "UPDATE enrollment SET withheld = 1 WHERE ticket = ?";

// Of a job of the source scep. Without its row only the service is known.
Result<core::EnrollmentDetails> read_enrollment(QueueWriter& writer, const Query& query,
                                                const core::JobKey& key) {
  core::EnrollmentDetails details;
  details.service = key.instance;
  if (query.is_null(13)) return details;
  const ByteView public_key = query.blob(13);
  if (public_key.size() != details.public_key.size()) {
    return writer.database().damaged("has a damaged record of the enrolment of job " + key.id);
  }
  std::copy(public_key.begin(), public_key.end(), details.public_key.begin());
  details.transaction_id = query.text(12);
  details.challenge = query.text(14);
  details.device = query.text(15);
  details.subject = query.text(16);
  details.requested = query.time(17);
  details.external = query.integer(18) != 0;
  return details;
}

Result<core::Report> read_report(QueueWriter& writer, const Query& query, const Origin& origin) {
  core::Report report;
  report.ticket.value = query.integer(0);
  report.key.id = query.text(1);
  report.key.source = origin.source;
  report.key.instance = origin.instance;
  const ByteView digest = query.blob(3);
  auto outcome = decode_outcome(query.blob(11));
  if (digest.size() != report.key.digest.size() || !outcome) {
    return writer.database().damaged("has a damaged record of job " + report.key.id);
  }
  std::copy(digest.begin(), digest.end(), report.key.digest.begin());
  report.outcome = std::move(*outcome);
  report.type = query.integer(4) == 0 ? core::JobType::issue : core::JobType::revoke;
  CC_TRY_ASSIGN(report.ca, writer.authority_name(query.integer(5)));
  report.correlation_id = query.text(6);
  report.lease_number = static_cast<std::uint64_t>(query.integer(7));
  report.state = static_cast<core::JobState>(query.integer(8));
  report.attempts = static_cast<int>(query.integer(9));
  report.finished = query.time(10);
  if (report.key.source == core::JobSource::scep) {
    CC_TRY_ASSIGN(report.enrollment, read_enrollment(writer, query, report.key));
  }
  return report;
}

std::string_view words_for(core::ReportVerdict verdict) {
  switch (verdict) {
    case core::ReportVerdict::accepted:
    case core::ReportVerdict::duplicate:
      return "";
    case core::ReportVerdict::superseded:
      return "The endpoint had another result first";
    case core::ReportVerdict::refused:
      return "The endpoint refused the result";
  }
  return "";
}

std::string_view kind_for(core::ReportVerdict verdict) {
  return verdict == core::ReportVerdict::superseded ? "superseded" : "report_refused";
}

// False, and no change: the job is not in the outbox.
Result<bool> mark_reported(QueueWriter& writer, std::int64_t ticket, Timestamp now) {
  Query query(writer.database(), kOffered, ticket);
  CC_TRY_ASSIGN(const bool offered, query.next());
  if (!offered) return false;
  const auto type = query.integer(1) == 0 ? core::JobType::issue : core::JobType::revoke;
  const auto before = static_cast<core::JobState>(query.integer(2));
  const auto after = jobs::next_state(before, jobs::JobTrigger::acknowledged);
  if (!after) return writer.database().damaged("has an unfinished job in its outbox");
  writer.count(query.integer(0), type, before, -1);
  writer.count(query.integer(0), type, *after, 1);
  CC_TRY(run(writer.database(), kReported, ticket, *after, now));
  return true;
}

Status store_follow_up(QueueWriter& writer, std::int64_t ticket, const core::NewJob& job,
                       Timestamp now) {
  CC_TRY_ASSIGN(const core::InsertResult inserted, insert_job(writer, job, now));
  if (inserted != core::InsertResult::conflict) return {};
  return writer.note(ticket, now, "left_to_a_person",
                     "The certificate is not revoked: another job has the id " + job.job.key.id +
                         ". Revoke it: certconnector certs revoke.");
}

Status acknowledge_one(QueueWriter& writer, const core::ReportAcknowledgement& ack, Timestamp now) {
  const std::int64_t ticket = ack.ticket.value;
  if (writer.withdrawn_reports.count(ticket) != 0) {
    return writer.note(ticket, now, "report_withdrawn",
                       "The endpoint answered the report of an outcome that a person had taken "
                       "back by a retry; what the retry brings is reported when it is there.");
  }
  CC_TRY_ASSIGN(const bool offered, mark_reported(writer, ticket, now));
  if (!offered) return {};
  if (const std::string_view words = words_for(ack.verdict); !words.empty()) {
    CC_TRY(writer.note(ticket, now, kind_for(ack.verdict),
                       std::string(words) + (ack.note.empty() ? "." : ": " + ack.note)));
  }
  if (ack.verdict == core::ReportVerdict::superseded ||
      ack.verdict == core::ReportVerdict::refused) {
    CC_TRY(run(writer.database(), kWithhold, ticket));
  }
  if (!ack.by_hand.empty()) CC_TRY(writer.note(ticket, now, "left_to_a_person", ack.by_hand));
  return ack.follow_up ? store_follow_up(writer, ticket, *ack.follow_up, now) : Status();
}

}  // namespace

Result<std::vector<core::Report>> unreported_jobs(QueueWriter& writer,
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

Status acknowledge_reports(QueueWriter& writer,
                           const std::vector<core::ReportAcknowledgement>& acks, Timestamp now) {
  for (const core::ReportAcknowledgement& ack : acks) CC_TRY(acknowledge_one(writer, ack, now));
  return {};
}

}  // namespace certconnector::store
