#include <algorithm>
#include <array>
#include <limits>

#include "agent/core/certificate_rules.h"
#include "agent/enrollment/rules/external_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/outcome_columns.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"
#include "agent/store/sqlite/transaction_rows.h"

namespace certconnector::store {
namespace {

#define CC_EXTERNAL_COLUMNS                                                               \
  "SELECT job.ticket, enrollment.public_key, job.id, job.origin, job.digest, "            \
  "job.authority, job.correlation, job.priority, job.deadline, job.state, job.received, " \
  "request.record, " CC_OUTCOME_COLUMN ", " CC_CERTIFICATE_COLUMN                         \
  " FROM enrollment JOIN job ON job.ticket = enrollment.ticket "                          \
  "JOIN request ON request.ticket = job.ticket " CC_JOIN_OUTCOME
#define CC_OF_TRANSACTION                                                              \
  "enrollment.transaction_id = ?1 AND enrollment.outside = 1 AND enrollment.origin = " \
  "(SELECT number FROM origin WHERE source = ?2 AND instance = ?3) "                   \
  "AND enrollment.ticket < ?4 "
constexpr char kOfExternalTransaction[] =
    CC_EXTERNAL_COLUMNS "WHERE enrollment.transaction_head IS ?6 AND " CC_OF_TRANSACTION
                        "ORDER BY enrollment.ticket DESC LIMIT ?5";
// By the key's own index: the transaction's may hold any number of other keys.
constexpr char kOfExternalKey[] = CC_EXTERNAL_COLUMNS
    "WHERE enrollment.lookup = ?6 AND enrollment.public_key = ?7 AND " CC_OF_TRANSACTION
    "ORDER BY enrollment.ticket DESC LIMIT ?5";
constexpr char kExternalByTicket[] = CC_EXTERNAL_COLUMNS "WHERE enrollment.ticket = ?";
#undef CC_OF_TRANSACTION
// enrollment::is_overdue(), set-wise. SQLite takes the index job_unheard only where the query
// repeats its condition, the number too.
static_assert(static_cast<int>(core::JobState::waiting) == 2);
constexpr char kOverdue[] = CC_EXTERNAL_COLUMNS
    "WHERE job.outside <= ?1 AND job.outside IS NOT NULL AND job.state = 2 "
    "ORDER BY job.outside LIMIT ?2";
#undef CC_EXTERNAL_COLUMNS

constexpr char kAskLater[] = "UPDATE job SET outside = ?2, deadline = ?3 WHERE ticket = ?1";
constexpr char kEnrollment[] =
    "SELECT instance, transaction_id, public_key, challenge, device, subject, remember_until "
    "FROM enrollment JOIN origin ON origin.number = enrollment.origin WHERE ticket = ?";
constexpr char kTakeOver[] = "UPDATE enrollment SET challenge = ?2, holds = ?3 WHERE ticket = ?1";

template <std::size_t N>
bool copy_hash(ByteView from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

Result<core::ExternalEnrollment> read_external(StoreWriter& writer, const Query& query) {
  core::ExternalEnrollment found;
  core::Job& job = found.job;
  found.ticket.value = query.integer(0);
  job.key.id = query.text(2);
  auto request = decode_request(query.blob(11));
  if (!copy_hash(query.blob(1), found.public_key) || !copy_hash(query.blob(4), job.key.digest) ||
      !request) {
    return writer.database().damaged("has a damaged record of job " + job.key.id);
  }
  CC_TRY_ASSIGN(Origin origin, writer.origin_name(query.integer(3)));
  job.key.source = origin.source;
  job.key.instance = std::move(origin.instance);
  CC_TRY_ASSIGN(job.ca, writer.authority_name(query.integer(5)));
  job.request = std::move(*request);
  job.correlation_id = query.text(6);
  job.priority = static_cast<int>(query.integer(7));
  job.deadline = query.optional_time(8);
  found.state = static_cast<core::JobState>(query.integer(9));
  found.begun = query.time(10);
  if (!query.is_null(12)) {
    found.outcome = read_outcome(query, 12, 13);
    if (!found.outcome) return writer.database().damaged("has a damaged outcome of an enrollment");
  }
  return found;
}

Result<std::vector<core::ExternalEnrollment>> read_all(StoreWriter& writer, Query& query) {
  std::vector<core::ExternalEnrollment> all;
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return all;
    CC_TRY_ASSIGN(auto one, read_external(writer, query));
    all.push_back(std::move(one));
  }
}

Error cannot_end() {
  return {StoreErrc::internal, ErrorKind::permanent, "an enrollment that others do cannot end now"};
}

Result<core::Job> load_job(StoreWriter& writer, std::int64_t ticket) {
  Query query(writer.database(), kExternalByTicket, ticket);
  CC_TRY_ASSIGN(auto all, read_all(writer, query));
  if (all.empty()) return writer.database().damaged("lost a job that it has just read");
  return std::move(all.front().job);
}

// The entry of the certificate.
Result<std::int64_t> record_outcome(StoreWriter& writer, const JobRow& row,
                                    const core::Issued& issued, Timestamp now) {
  CC_TRY_ASSIGN(const core::Job job, load_job(writer, row.ticket));
  core::CertificateLabel label = core::label_of(job);
  NewCertificateRow recording;
  recording.authority = row.authority;
  recording.ticket = row.ticket;
  recording.recorded = now;
  CC_TRY_ASSIGN(const auto recorded,
                record_issued(writer, recording,
                              {label.key, std::move(label.template_name), issued.certificate}));
  return recorded.entry;
}

Status end_row(StoreWriter& writer, JobRow& row, jobs::JobTrigger trigger,
               const core::Outcome& outcome, Timestamp now) {
  if (!apply(row, trigger)) return cannot_end();
  std::optional<std::int64_t> certificate;
  if (const auto* issued = std::get_if<core::Issued>(&outcome)) {
    CC_TRY_ASSIGN(certificate, record_outcome(writer, row, *issued, now));
  }
  static_cast<jobs::JobLife&>(row) = jobs::end(row, outcome, now).job;
  return save_outcome(writer, row.ticket, outcome, certificate);
}

// Begins an enrollment that has its certificate already. Nothing: it is there.
Result<std::optional<std::int64_t>> begin_ended(StoreWriter& writer,
                                                const core::NewEnrollment& enrollment,
                                                const core::Issued& issued, Timestamp now) {
  CC_TRY_ASSIGN(const auto answers, begin_enrollments(writer, {enrollment}, now));
  const auto* standing = std::get_if<core::EnrollmentStanding>(&answers.front());
  if (standing == nullptr || !standing->begun) return std::optional<std::int64_t>();
  CC_TRY_ASSIGN(auto row, load_row(writer, standing->ticket.value));
  if (!row) return writer.database().damaged("lost a job that it has just taken");
  const core::JobState before = row->state;
  CC_TRY(end_row(writer, *row, jobs::JobTrigger::succeeds, issued, now));
  CC_TRY(save_row(writer, *row, before));
  return std::make_optional(row->ticket);
}

// Records the outcome of one job, inside a transaction.
class Completion {
 public:
  Completion(StoreWriter& writer, JobRow& row, const std::string& late_job, Timestamp now)
      : writer_(writer), row_(row), late_job_(late_job), now_(now) {}

  Result<core::ExternalCompletion> apply_news(const core::ExternalOutcome& news) {
    const enrollment::ExternalStep step = enrollment::external_step(news, row_.state);
    switch (step) {
      case enrollment::ExternalStep::succeeds:
        return end(step, std::get<core::Issued>(news));
      case enrollment::ExternalStep::fails:
        return end(step, std::get<core::Failed>(news));
      case enrollment::ExternalStep::ask_later:
        return ask_later(std::get<core::StillUnderWay>(news));
      case enrollment::ExternalStep::holds:
        if (!apply(row_, *enrollment::trigger_of(step))) return cannot_end();
        return noted("held", std::get<core::Hold>(news).message);
      case enrollment::ExternalStep::late:
        return late(std::get<core::Issued>(news));
      case enrollment::ExternalStep::stands:
        break;
    }
    return core::ExternalCompletion::stands;
  }

 private:
  Result<core::ExternalCompletion> noted(std::string_view kind, const std::string& message) {
    const std::string words = clip_message(message);
    if (row_.last_message != words) CC_TRY(writer_.note(row_.ticket, now_, kind, words));
    row_.last_message = words;
    return core::ExternalCompletion::taken;
  }

  Result<core::ExternalCompletion> end(enrollment::ExternalStep step,
                                       const core::Outcome& outcome) {
    CC_TRY(end_row(writer_, row_, *enrollment::trigger_of(step), outcome, now_));
    return core::ExternalCompletion::taken;
  }

  Result<core::ExternalCompletion> ask_later(const core::StillUnderWay& pending) {
    row_.deadline = enrollment::later_deadline(row_.deadline, pending.ask_at);
    CC_TRY(run(writer_.database(), kAskLater, row_.ticket, pending.ask_at, row_.deadline));
    return noted("pending", pending.message);
  }

  Result<core::ExternalCompletion> late(const core::Issued& issued) {
    CC_TRY_ASSIGN(const auto outcome, outcome_of(writer_.database(), row_.ticket));
    if (enrollment::has_certificate(outcome, issued)) return core::ExternalCompletion::stands;
    CC_TRY_ASSIGN(const core::NewEnrollment first, first_enrollment());
    CC_TRY_ASSIGN(const auto ticket,
                  begin_ended(writer_, enrollment::late_enrollment(first, issued, late_job_, now_),
                              issued, now_));
    if (!ticket) return core::ExternalCompletion::stands;
    if (!first.challenge.empty()) CC_TRY(pass_challenge(first.challenge, *ticket));
    return core::ExternalCompletion::late;
  }

  Status pass_challenge(const std::string& challenge, std::int64_t late_ticket) {
    SqliteEnrollmentRows rows(writer_.database());
    CC_TRY_ASSIGN(const auto holder, rows.holder(challenge));
    const enrollment::LateChallenge step =
        enrollment::late_challenge(row_.ended_as, core::JobTicket{row_.ticket}, holder);
    if (step.first_releases) CC_TRY(release_challenge(writer_.database(), row_.ticket));
    return run(writer_.database(), kTakeOver, late_ticket, challenge, step.late_holds);
  }

  // The enrollment as it began, from the rows of its job and of itself.
  Result<core::NewEnrollment> first_enrollment() {
    core::NewEnrollment first;
    {
      Query query(writer_.database(), kEnrollment, row_.ticket);
      CC_TRY_ASSIGN(const bool found, query.next());
      if (!found || !copy_hash(query.blob(2), first.key.public_key)) {
        return writer_.database().damaged("has a job of an enrollment that is not there");
      }
      first.key.service = query.text(0);
      first.key.transaction_id = query.text(1);
      first.challenge = query.text(3);
      first.device = query.text(4);
      first.subject = query.text(5);
      first.remember_until = query.time(6);
    }
    first.job.report = row_.reports;
    CC_TRY_ASSIGN(first.job.job, load_job(writer_, row_.ticket));
    return first;
  }

  StoreWriter& writer_;
  JobRow& row_;
  const std::string& late_job_;
  Timestamp now_;
};

}  // namespace

Result<std::vector<core::ExternalEnrollment>> external_enrollments(
    StoreWriter& writer, const core::ExternalSearch& search) {
  const std::int64_t before =
      search.after ? search.after->value : std::numeric_limits<std::int64_t>::max();
  if (!search.public_key) {
    Query query(writer.database(), kOfExternalTransaction, search.transaction_id,
                core::JobSource::scep, search.service, before, search.max,
                head_of_id(search.transaction_id));
    return read_all(writer, query);
  }
  const std::int64_t lookup =
      enrollment_lookup({search.service, search.transaction_id, *search.public_key});
  Query query(writer.database(), kOfExternalKey, search.transaction_id, core::JobSource::scep,
              search.service, before, search.max, lookup, *search.public_key);
  return read_all(writer, query);
}

Result<std::vector<core::ExternalEnrollment>> overdue_enrollments(StoreWriter& writer,
                                                                  Timestamp now, std::size_t max) {
  Query query(writer.database(), kOverdue, now, max);
  return read_all(writer, query);
}

Result<core::ExternalCompletion> record_certificate(StoreWriter& writer,
                                                    const core::NewEnrollment& enrollment,
                                                    const core::Issued& issued, Timestamp now) {
  CC_TRY_ASSIGN(const auto ticket, begin_ended(writer, enrollment, issued, now));
  if (!ticket) return core::ExternalCompletion::stands;
  CC_TRY(writer.note(*ticket, now, "unverified",
                     "NDES reported the certificate; the agent verified no request for it"));
  return core::ExternalCompletion::taken;
}

Result<core::ExternalCompletion> complete_enrollment(StoreWriter& writer, core::JobTicket ticket,
                                                     const core::ExternalOutcome& news,
                                                     const std::string& late_job, Timestamp now) {
  CC_TRY_ASSIGN(auto row, load_row(writer, ticket.value));
  if (!row) {
    return Error(StoreErrc::not_found, ErrorKind::permanent,
                 "there is no such enrollment any more");
  }
  if (row->ours) {
    return Error(StoreErrc::not_allowed, ErrorKind::permanent,
                 "the agent carries out this enrollment");
  }
  const core::JobState before = row->state;
  CC_TRY_ASSIGN(const auto completed, Completion(writer, *row, late_job, now).apply_news(news));
  if (completed == core::ExternalCompletion::taken) CC_TRY(save_row(writer, *row, before));
  return completed;
}

}  // namespace certconnector::store
