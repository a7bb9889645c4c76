#include <algorithm>

#include "agent/core/overloaded.h"
#include "agent/enrollment/rules/begin_rules.h"
#include "agent/enrollment/rules/enrollment_identity.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"
#include "agent/store/sqlite/transaction_rows.h"

namespace certconnector::store {
namespace {

#define CC_INSERT                                                                              \
  "INSERT INTO enrollment(ticket, lookup, claim, origin, transaction_id, transaction_head, "   \
  "public_key, challenge, holds, device, device_head, subject, at, attempts, remember_until, " \
  "outside, lineage, renews, signer, signer_lookup, signers) "
constexpr char kInsert[] =
    CC_INSERT "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)";
constexpr char kRetire[] = "UPDATE enrollment SET holds = 0, replaced = 1 WHERE ticket = ?";
constexpr char kSucceed[] = CC_INSERT
    "SELECT ?2, lookup, claim, origin, transaction_id, transaction_head, public_key, challenge, "
    "?3, ?4, ?5, ?6, ?7, attempts + 1, ?8, ?9, ?10, ?11, ?12, ?13, signers + (coalesce(signer, "
    "public_key) IS NOT ?14) "
    "FROM enrollment WHERE ticket = ?1";
#undef CC_INSERT
constexpr char kNoteSigner[] =
    "UPDATE enrollment SET last_signer = ?2, last_signer_lookup = ?3, signers = signers + 1 "
    "WHERE ticket = ?1";
constexpr char kGiven[] =
    "UPDATE enrollment SET given = ?2 WHERE ticket = ?1 AND renews IS NOT NULL";
constexpr char kTicketOf[] = "SELECT ticket FROM job WHERE id = ? AND origin = ?";

// Begins one enrollment inside the transaction of all.
class Beginning {
 public:
  Beginning(StoreWriter& writer, const core::NewEnrollment& enrollment, Timestamp now)
      : writer_(writer),
        new_(enrollment),
        now_(now),
        identity_(enrollment::identity_of(enrollment)),
        lookup_(enrollment_lookup(identity_.transaction)) {}

  Result<core::BeginAnswer> run() {
    Database& database = writer_.database();
    CC_TRY_ASSIGN(const auto known, row_of_claim(database, new_.key, identity_));
    if (new_.renewal && !new_.job.rejection) CC_TRY(record_renewed(writer_, new_, now_));
    SqliteEnrollmentRows rows(database);
    CC_TRY_ASSIGN(auto decision,
                  enrollment::decide_begin(
                      new_, known ? std::make_optional(known->known) : std::nullopt, rows, now_));
    return std::visit(
        core::Overloaded{[&](core::EnrollmentStanding& standing) -> Result<core::BeginAnswer> {
                           if (known) CC_TRY(note_signer(*known));
                           return core::BeginAnswer(std::move(standing));
                         },
                         [](core::ChallengeConflict refusal) -> Result<core::BeginAnswer> {
                           return core::BeginAnswer(refusal);
                         },
                         [](core::LineageConflict refusal) -> Result<core::BeginAnswer> {
                           return core::BeginAnswer(refusal);
                         },
                         [&](const enrollment::BeginNew& begin) { return start(begin); }},
        decision);
  }

 private:
  // The same request came again, and its answer goes to another key.
  Status note_signer(const TransactionRow& known) {
    const crypto::Sha256 signer = enrollment::signer_of(new_);
    if (!enrollment::with_signer(known.signers, signer)) return {};
    return store::run(writer_.database(), kNoteSigner, known.known.ticket.value, signer,
                      lookup_with(signer));
  }

  [[nodiscard]] std::int64_t lookup_with(const crypto::Sha256& key) const {
    return enrollment_lookup({new_.key.service, new_.key.transaction_id, key});
  }
  [[nodiscard]] std::optional<std::int64_t> signer_lookup() const {
    if (!new_.signer) return std::nullopt;
    return lookup_with(*new_.signer);
  }

  Result<core::BeginAnswer> start(const enrollment::BeginNew& begin) {
    if (begin.releases) CC_TRY(release_challenge(writer_.database(), begin.releases->value));
    const core::JobKey& key = new_.job.job.key;
    CC_TRY_ASSIGN(const core::InsertResult inserted, insert_job(writer_, new_.job, now_));
    if (inserted != core::InsertResult::inserted) {
      return Error(StoreErrc::internal, ErrorKind::permanent,
                   "the id of a new enrollment's job is taken");
    }
    CC_TRY_ASSIGN(const std::int64_t origin, writer_.origin({key.source, key.instance}));
    CC_TRY_ASSIGN(const std::int64_t ticket, ticket_of(key.id, origin));
    join(begin);
    if (begin.uses_allowance) CC_TRY(use_allowance(writer_.database(), begin.lineage->id));
    if (renews_) CC_TRY(note_use(writer_.database(), *renews_));
    CC_TRY(begin.replaces ? succeed(begin.replaces->value, ticket) : add(ticket, origin));
    core::EnrollmentStanding standing = enrollment::begun_standing(new_, core::JobTicket{ticket});
    standing.renews = renews_.has_value();
    return core::BeginAnswer(std::move(standing));
  }

  // A renewal is for the device of its lineage.
  void join(const enrollment::BeginNew& begin) {
    device_ = new_.device;
    if (!begin.lineage) return;
    lineage_ = begin.lineage->id.value;
    renews_ = begin.lineage->renewed;
    if (device_.empty()) device_ = begin.lineage->device;
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
    const std::string_view device = clip(device_, enrollment::kMaxDevice);
    return store::run(writer_.database(), kSucceed, before, ticket,
                      enrollment::holds_challenge(new_), device, head_of_id(device),
                      clip(new_.subject, enrollment::kMaxSubject), now_, new_.remember_until,
                      new_.job.external.has_value(), lineage_, renews_, new_.signer,
                      signer_lookup(), enrollment::signer_of(new_));
  }

  Status add(std::int64_t ticket, std::int64_t origin) {
    const std::optional<std::string> challenge =
        new_.challenge.empty() ? std::nullopt : std::make_optional(new_.challenge);
    const std::string_view transaction =
        clip(new_.key.transaction_id, enrollment::kMaxTransactionId);
    const std::string_view device = clip(device_, enrollment::kMaxDevice);
    return store::run(writer_.database(), kInsert, ticket, lookup_, identity_.claim, origin,
                      transaction, head_of_id(transaction), new_.key.public_key, challenge,
                      enrollment::holds_challenge(new_), device, head_of_id(device),
                      clip(new_.subject, enrollment::kMaxSubject), now_, 1, new_.remember_until,
                      new_.job.external.has_value(), lineage_, renews_, new_.signer,
                      signer_lookup());
  }

  StoreWriter& writer_;
  const core::NewEnrollment& new_;
  Timestamp now_;
  enrollment::EnrollmentIdentity identity_;
  std::int64_t lookup_;
  std::string device_;
  std::optional<std::int64_t> lineage_;
  std::optional<std::int64_t> renews_;
};

}  // namespace

Result<std::vector<core::BeginAnswer>> begin_enrollments(
    StoreWriter& writer, const std::vector<core::NewEnrollment>& enrollments, Timestamp now) {
  std::vector<core::BeginAnswer> answers;
  answers.reserve(enrollments.size());
  for (const core::NewEnrollment& enrollment : enrollments) {
    CC_TRY_ASSIGN(auto answer, Beginning(writer, enrollment, now).run());
    if (enrollment.instead && std::holds_alternative<core::ChallengeConflict>(answer)) {
      CC_TRY_ASSIGN(answer, Beginning(writer, *enrollment.instead, now).run());
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

Status note_given(StoreWriter& writer, const std::vector<core::JobTicket>& renewals,
                  Timestamp now) {
  for (const core::JobTicket ticket : renewals) {
    CC_TRY(store::run(writer.database(), kGiven, ticket.value, now));
  }
  return {};
}

// enrollment::may_forget(), set-wise: job_purge.cpp sets forget_at when the job goes.
Result<std::uint64_t> purge_enrollments(StoreWriter& writer, Timestamp now, std::size_t max) {
  CC_TRY(store::run(writer.database(),
                    "DELETE FROM enrollment WHERE ticket IN (SELECT ticket FROM enrollment "
                    "INDEXED BY enrollment_forget WHERE forget_at IS NOT NULL AND forget_at < ? "
                    "LIMIT ?)",
                    now, max));
  return static_cast<std::uint64_t>(writer.database().changes());
}

}  // namespace certconnector::store
