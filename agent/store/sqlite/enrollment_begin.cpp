#include <algorithm>

#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kOfTransaction[] =
    "SELECT ticket, claim, attempts, withheld, transaction_id, public_key, "
    "(SELECT instance FROM origin WHERE number = enrollment.origin) "
    "FROM enrollment INDEXED BY enrollment_lookup WHERE lookup = ? ORDER BY ticket DESC";
constexpr char kInsert[] =
    "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, challenge, "
    "holds, device, subject, at, attempts, remember_until, outside) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kRetire[] = "UPDATE enrollment SET holds = 0, replaced = 1 WHERE ticket = ?";
constexpr char kSucceed[] =
    "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, public_key, challenge, "
    "holds, device, subject, at, attempts, remember_until, outside) "
    "SELECT ?2, lookup, claim, origin, transaction_id, public_key, challenge, ?3, ?4, ?5, ?6, "
    "attempts + 1, ?7, ?8 FROM enrollment WHERE ticket = ?1";
constexpr char kTicketOf[] = "SELECT ticket FROM job WHERE id = ? AND origin = ?";

constexpr std::size_t kMaxTransactionId = 255;
constexpr std::size_t kMaxDevice = 256;
constexpr std::size_t kMaxSubjectText = 1024;

// Hashes that name an enrolment, see queue_schema.cpp.
struct EnrollmentNames {
  std::int64_t lookup = 0;
  crypto::Sha256 claim{};
};

Bytes transaction_material(const core::EnrollmentKey& key) {
  Bytes material = as_bytes(key.service).to_bytes();
  material.push_back(0);
  material.insert(material.end(), key.transaction_id.begin(), key.transaction_id.end());
  material.push_back(0);
  material.insert(material.end(), key.public_key.begin(), key.public_key.end());
  return material;
}

std::int64_t lookup_of(const Bytes& transaction) {
  const crypto::Sha256 hash = crypto::sha256(transaction);
  std::int64_t lookup = 0;
  for (std::size_t i = 0; i < sizeof(lookup); ++i) {
    lookup = static_cast<std::int64_t>((static_cast<std::uint64_t>(lookup) << 8U) | hash.at(i));
  }
  return lookup;
}

void append_name(Bytes& material, std::string_view name) {
  material.push_back(0);
  material.insert(material.end(), name.begin(), name.end());
}

// All refusals in a transaction for one reason, of one challenge, are one enrolment, whatever they
// asked for: so many a device can bring about, and no more.
EnrollmentNames names_of(const core::NewEnrollment& enrollment) {
  Bytes material = transaction_material(enrollment.key);
  EnrollmentNames names;
  names.lookup = lookup_of(material);
  material.insert(material.end(), enrollment.right.begin(), enrollment.right.end());
  const bool external = enrollment.job.external.has_value();
  if (const auto& rejection = enrollment.job.rejection) {
    append_name(material, rejection->code);
    append_name(material, enrollment.challenge);
  } else {
    if (external || enrollment.challenge.empty()) {
      material.insert(material.end(), enrollment.request.begin(), enrollment.request.end());
    }
    const auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
    if (external) append_name(material, issue.template_name);
  }
  names.claim = crypto::sha256(material);
  return names;
}

struct KnownEnrollment {
  std::int64_t ticket = 0;
  bool withheld = false;
};

// The rows of the transaction, newest first; with `claim` the newest one that rests on the same
// right.
Result<std::vector<KnownEnrollment>> known_enrollments(Database& database,
                                                       const core::EnrollmentKey& key,
                                                       std::int64_t lookup,
                                                       const crypto::Sha256* claim) {
  std::vector<KnownEnrollment> known;
  Query query(database, kOfTransaction, lookup);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row || (claim != nullptr && !known.empty())) return known;
    if (claim != nullptr && query.blob(1) != crypto::view(*claim)) continue;
    if (query.text(4) != key.transaction_id || query.blob(5) != crypto::view(key.public_key)) {
      continue;
    }
    if (query.text(6) != key.service) continue;
    known.push_back({query.integer(0), query.integer(3) != 0});
  }
}

Result<core::EnrollmentStanding> standing_of(Database& database, const KnownEnrollment& known,
                                             const JobOfEnrollment& job) {
  core::EnrollmentStanding standing;
  standing.ticket.value = known.ticket;
  standing.state = job.state;
  standing.withheld = known.withheld;
  if (job.progress == Progress::under_way) return standing;
  CC_TRY_ASSIGN(standing.outcome, outcome_of(database, known.ticket));
  return standing;
}

// Begins one enrolment inside the transaction of all.
class Beginning {
 public:
  Beginning(QueueWriter& writer, const core::NewEnrollment& enrollment, Timestamp now)
      : writer_(writer),
        new_(enrollment),
        now_(now),
        names_(names_of(enrollment)),
        wants_challenge_(!enrollment.challenge.empty() && !enrollment.job.rejection) {}

  Result<core::BeginAnswer> run() {
    CC_TRY_ASSIGN(auto known,
                  known_enrollments(writer_.database(), new_.key, names_.lookup, &names_.claim));
    if (!known.empty()) {
      CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer_.database(), known.front().ticket));
      if (job.progress == Progress::gone && wants_challenge_) {
        return core::BeginAnswer(core::EnrollmentRefusal::challenge_used);
      }
      if (stands(job.progress)) {
        CC_TRY_ASSIGN(auto standing, standing_of(writer_.database(), known.front(), job));
        if (!has_expired(standing)) return core::BeginAnswer(std::move(standing));
        known.clear();  // its row stays: it tells of a certificate
      }
    }
    const KnownEnrollment* before = known.empty() ? nullptr : &known.front();
    if (wants_challenge_) {
      CC_TRY_ASSIGN(const auto refusal, take_challenge(before != nullptr ? before->ticket : 0));
      if (refusal) return core::BeginAnswer(*refusal);
    }
    return start(before);
  }

 private:
  [[nodiscard]] bool stands(Progress progress) const {
    switch (progress) {
      case Progress::under_way:
      case Progress::succeeded:
        return true;
      case Progress::unknown:
        return wants_challenge_ || new_.job.rejection;
      case Progress::failed:
        return new_.job.rejection.has_value();
      case Progress::gone:
        break;
    }
    return false;
  }

  // A right that many may use gives the same request another certificate once the old one is over.
  [[nodiscard]] bool has_expired(const core::EnrollmentStanding& standing) const {
    if (!new_.challenge.empty() || new_.job.rejection || !standing.outcome) return false;
    const auto* issued = std::get_if<core::Issued>(&*standing.outcome);
    return issued != nullptr && issued->certificate.not_after <= now_;
  }

  // Frees the challenge from a holder whose job has failed; else says why it cannot be had.
  Result<std::optional<core::EnrollmentRefusal>> take_challenge(std::int64_t own_ticket) {
    CC_TRY_ASSIGN(const auto holder, challenge_holder(writer_.database(), new_.challenge));
    if (!holder || *holder == own_ticket) return std::optional<core::EnrollmentRefusal>();
    CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer_.database(), *holder));
    switch (job.progress) {
      case Progress::under_way:
        return std::make_optional(core::EnrollmentRefusal::challenge_in_use);
      case Progress::succeeded:
      case Progress::unknown:
      case Progress::gone:
        return std::make_optional(core::EnrollmentRefusal::challenge_used);
      case Progress::failed:
        break;
    }
    CC_TRY(release_challenge(writer_.database(), *holder));
    return std::optional<core::EnrollmentRefusal>();
  }

  Result<core::BeginAnswer> start(const KnownEnrollment* before) {
    const core::JobKey& key = new_.job.job.key;
    CC_TRY_ASSIGN(const core::InsertResult inserted, insert_job(writer_, new_.job, now_));
    if (inserted != core::InsertResult::inserted) {
      return Error(StoreErrc::internal, ErrorKind::permanent,
                   "the id of a new enrolment's job is taken");
    }
    CC_TRY_ASSIGN(const std::int64_t origin, writer_.origin({key.source, key.instance}));
    CC_TRY_ASSIGN(const std::int64_t ticket, ticket_of(key.id, origin));
    CC_TRY(before != nullptr ? succeed(before->ticket, ticket) : add(ticket, origin));
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
    return store::run(writer_.database(), kSucceed, before, ticket, wants_challenge_,
                      clip(new_.device, kMaxDevice), clip(new_.subject, kMaxSubjectText), now_,
                      new_.remember_until, new_.job.external.has_value());
  }

  Status add(std::int64_t ticket, std::int64_t origin) {
    const std::optional<std::string> challenge =
        new_.challenge.empty() ? std::nullopt : std::make_optional(new_.challenge);
    return store::run(writer_.database(), kInsert, ticket, names_.lookup, names_.claim, origin,
                      clip(new_.key.transaction_id, kMaxTransactionId), new_.key.public_key,
                      challenge, wants_challenge_, clip(new_.device, kMaxDevice),
                      clip(new_.subject, kMaxSubjectText), now_, 1, new_.remember_until,
                      new_.job.external.has_value());
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

std::int64_t enrollment_lookup(const core::EnrollmentKey& key) {
  return lookup_of(transaction_material(key));
}

// A refusal on arrival, on another right or on none, hides nothing that goes on or was issued.
Result<std::optional<core::EnrollmentStanding>> find_enrollment(Database& database,
                                                                const core::EnrollmentKey& key) {
  const std::int64_t lookup = enrollment_lookup(key);
  CC_TRY_ASSIGN(const auto all, known_enrollments(database, key, lookup, nullptr));
  const KnownEnrollment* found = nullptr;
  JobOfEnrollment found_job;
  for (const KnownEnrollment& one : all) {
    CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(database, one.ticket));
    if (job.progress == Progress::gone) continue;
    const bool hides = job.refused_on_arrival || job.progress == Progress::failed;
    if (found == nullptr || !hides) {
      found = &one;
      found_job = job;
    }
    if (!job.refused_on_arrival) break;
  }
  if (found == nullptr) return std::optional<core::EnrollmentStanding>();
  CC_TRY_ASSIGN(auto standing, standing_of(database, *found, found_job));
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
