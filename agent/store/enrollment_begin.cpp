#include <algorithm>

#include "agent/store/enrollment_progress.h"
#include "agent/store/job_codec.h"
#include "agent/store/job_row.h"
#include "agent/store/queue_operations.h"
#include "agent/store/statement.h"

namespace certconnector::store {
namespace {

constexpr char kOfTransaction[] =
    "SELECT ticket, claim, attempts, withheld, transaction_id, public_key, origin "
    "FROM enrollment INDEXED BY enrollment_lookup WHERE lookup = ? ORDER BY ticket DESC";
constexpr char kInsert[] =
    "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, challenge, "
    "holds, device, subject, at, attempts, remember_until, outside) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kRetire[] = "UPDATE enrollment SET holds = 0, replaced = 1 WHERE ticket = ?";
constexpr char kSucceed[] =
    "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, challenge, "
    "holds, device, subject, at, attempts, remember_until, outside) "
    "SELECT ?2, lookup, claim, origin, transaction_id, public_key, challenge, ?3, device, subject, "
    "?4, attempts + 1, ?5, ?6 FROM enrollment WHERE ticket = ?1";
constexpr char kTicketOf[] = "SELECT ticket FROM job WHERE id = ? AND origin = ?";

constexpr std::size_t kMaxTransactionId = 255;
constexpr std::size_t kMaxDevice = 256;
constexpr std::size_t kMaxSubjectText = 1024;

// Hashes that name an enrolment, see queue_schema.cpp.
struct EnrollmentNames {
  std::int64_t lookup = 0;
  crypto::Sha256 claim{};
};

EnrollmentNames names_of(const core::EnrollmentKey& key, const crypto::Sha256& right) {
  Bytes material = as_bytes(key.service).to_bytes();
  material.push_back(0);
  material.insert(material.end(), key.transaction_id.begin(), key.transaction_id.end());
  material.push_back(0);
  material.insert(material.end(), key.public_key.begin(), key.public_key.end());
  EnrollmentNames names;
  const crypto::Sha256 transaction = crypto::sha256(material);
  for (std::size_t i = 0; i < sizeof(names.lookup); ++i) {
    names.lookup = static_cast<std::int64_t>((static_cast<std::uint64_t>(names.lookup) << 8U) |
                                             transaction.at(i));
  }
  material.insert(material.end(), right.begin(), right.end());
  names.claim = crypto::sha256(material);
  return names;
}

struct KnownEnrollment {
  std::int64_t ticket = 0;
  bool withheld = false;
};

// The newest row of the transaction; with `claim`, the one that rests on the same right.
Result<std::optional<KnownEnrollment>> known_enrollment(QueueWriter& writer,
                                                        const core::EnrollmentKey& key,
                                                        std::int64_t lookup,
                                                        const crypto::Sha256* claim) {
  Query query(writer.database(), kOfTransaction, lookup);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return std::optional<KnownEnrollment>();
    if (claim != nullptr && query.blob(1) != crypto::view(*claim)) continue;
    if (query.text(4) != key.transaction_id || query.blob(5) != crypto::view(key.public_key)) {
      continue;
    }
    CC_TRY_ASSIGN(const Origin origin, writer.origin_name(query.integer(6)));
    if (origin.instance != key.service) continue;
    return std::make_optional(KnownEnrollment{query.integer(0), query.integer(3) != 0});
  }
}

Result<core::EnrollmentStanding> standing_of(QueueWriter& writer, const KnownEnrollment& known,
                                             const JobOfEnrollment& job) {
  core::EnrollmentStanding standing;
  standing.ticket.value = known.ticket;
  standing.state = job.state;
  standing.withheld = known.withheld;
  if (job.progress == Progress::under_way) return standing;
  CC_TRY_ASSIGN(standing.outcome, outcome_of(writer.database(), known.ticket));
  return standing;
}

// Begins one enrolment inside the transaction of all.
class Beginning {
 public:
  Beginning(QueueWriter& writer, const core::NewEnrollment& enrollment, Timestamp now)
      : writer_(writer),
        new_(enrollment),
        now_(now),
        names_(names_of(enrollment.key, enrollment.right)),
        wants_challenge_(!enrollment.challenge.empty() && !enrollment.job.rejection) {}

  Result<core::BeginAnswer> run() {
    CC_TRY_ASSIGN(const auto known,
                  known_enrollment(writer_, new_.key, names_.lookup, &names_.claim));
    if (known) {
      CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer_.database(), known->ticket));
      if (job.progress == Progress::gone && !new_.challenge.empty()) {
        return core::BeginAnswer(core::EnrollmentRefusal::challenge_used);
      }
      const bool stands = job.progress == Progress::under_way ||
                          job.progress == Progress::succeeded ||
                          (job.progress == Progress::failed && new_.job.rejection);
      if (stands) {
        CC_TRY_ASSIGN(auto standing, standing_of(writer_, *known, job));
        return core::BeginAnswer(std::move(standing));
      }
    }
    if (wants_challenge_) {
      CC_TRY_ASSIGN(const auto refusal, take_challenge(known ? known->ticket : 0));
      if (refusal) return core::BeginAnswer(*refusal);
    }
    return start(known);
  }

 private:
  // Frees the challenge from a holder whose job has failed; else says why it cannot be had.
  Result<std::optional<core::EnrollmentRefusal>> take_challenge(std::int64_t own_ticket) {
    CC_TRY_ASSIGN(const auto holder, challenge_holder(writer_.database(), new_.challenge));
    if (!holder || *holder == own_ticket) return std::optional<core::EnrollmentRefusal>();
    CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer_.database(), *holder));
    switch (job.progress) {
      case Progress::under_way:
        return std::make_optional(core::EnrollmentRefusal::challenge_in_use);
      case Progress::succeeded:
      case Progress::gone:
        return std::make_optional(core::EnrollmentRefusal::challenge_used);
      case Progress::failed:
        break;
    }
    CC_TRY(release_challenge(writer_.database(), *holder));
    return std::optional<core::EnrollmentRefusal>();
  }

  Result<core::BeginAnswer> start(const std::optional<KnownEnrollment>& known) {
    const core::JobKey& key = new_.job.job.key;
    CC_TRY_ASSIGN(const core::InsertResult inserted, insert_job(writer_, new_.job, now_));
    if (inserted != core::InsertResult::inserted) {
      return Error(StoreErrc::internal, ErrorKind::permanent,
                   "the id of a new enrolment's job is taken");
    }
    CC_TRY_ASSIGN(const std::int64_t origin, writer_.origin({key.source, key.instance}));
    CC_TRY_ASSIGN(const std::int64_t ticket, ticket_of(key.id, origin));
    CC_TRY(known ? succeed(known->ticket, ticket) : add(ticket, origin));
    core::EnrollmentStanding standing;
    standing.ticket.value = ticket;
    standing.begun = !new_.job.rejection;
    if (new_.job.rejection) {
      standing.state = core::JobState::failed;
      standing.outcome = *new_.job.rejection;
    }
    return core::BeginAnswer(std::move(standing));
  }

  Result<std::int64_t> ticket_of(const std::string& id, std::int64_t origin) {
    Query query(writer_.database(), kTicketOf, id, origin);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (!found) return writer_.database().damaged("lost a job that it has just taken");
    return query.integer(0);
  }

  // The old row stays with the old job, which may still have to be reported.
  Status succeed(std::int64_t before, std::int64_t ticket) {
    CC_TRY(store::run(writer_.database(), kRetire, before));
    return store::run(writer_.database(), kSucceed, before, ticket, wants_challenge_, now_,
                      new_.remember_until, new_.job.outside.has_value());
  }

  Status add(std::int64_t ticket, std::int64_t origin) {
    const std::optional<std::string> challenge =
        new_.challenge.empty() ? std::nullopt : std::make_optional(new_.challenge);
    return store::run(writer_.database(), kInsert, ticket, names_.lookup, names_.claim, origin,
                      clip(new_.key.transaction_id, kMaxTransactionId), new_.key.public_key,
                      challenge, wants_challenge_, clip(new_.device, kMaxDevice),
                      clip(new_.subject, kMaxSubjectText), now_, 1, new_.remember_until,
                      new_.job.outside.has_value());
  }

  QueueWriter& writer_;
  const core::NewEnrollment& new_;
  Timestamp now_;
  EnrollmentNames names_;
  bool wants_challenge_;
};

}  // namespace

Result<std::vector<core::BeginAnswer>> begin_enrollments(
    QueueWriter& writer, const std::vector<core::NewEnrollment>& enrollments, Timestamp now) {
  std::vector<core::BeginAnswer> answers;
  answers.reserve(enrollments.size());
  for (const core::NewEnrollment& enrollment : enrollments) {
    CC_TRY_ASSIGN(auto answer, Beginning(writer, enrollment, now).run());
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<std::optional<core::EnrollmentStanding>> find_enrollment(QueueWriter& writer,
                                                                const core::EnrollmentKey& key) {
  const EnrollmentNames names = names_of(key, {});
  CC_TRY_ASSIGN(const auto known, known_enrollment(writer, key, names.lookup, nullptr));
  if (!known) return std::optional<core::EnrollmentStanding>();
  CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer.database(), known->ticket));
  if (job.progress == Progress::gone) return std::optional<core::EnrollmentStanding>();
  CC_TRY_ASSIGN(auto standing, standing_of(writer, *known, job));
  return std::make_optional(std::move(standing));
}

Result<std::uint64_t> purge_enrollments(QueueWriter& writer, Timestamp now, std::size_t max) {
  CC_TRY(store::run(writer.database(),
                    "DELETE FROM enrollment WHERE ticket IN (SELECT ticket FROM enrollment "
                    "INDEXED BY enrollment_forget WHERE forget_at IS NOT NULL AND forget_at < ? "
                    "LIMIT ?)",
                    now, max));
  return static_cast<std::uint64_t>(writer.database().changes());
}

}  // namespace certconnector::store
