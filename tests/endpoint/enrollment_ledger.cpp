#include "tests/endpoint/enrollment_ledger.h"

#include "tests/endpoint/schema.h"

namespace certconnector::endpoint {
namespace {

constexpr const char* kAccepted = "accepted";
constexpr const char* kIssued = "issued";

std::string enrollment_counter(const std::string& verdict, const std::string& status) {
  return "enrollments_" + (verdict == kAccepted ? status : verdict);
}

}  // namespace

Status EnrollmentLedger::note_minted(const MintedChallenge& challenge) {
  return db_
      .query(
          "INSERT OR REPLACE INTO challenges(id, service, device, expires_at) "
          "VALUES(?, ?, ?, ?)")
      .bind(challenge.id)
      .bind(challenge.service)
      .bind(challenge.device)
      .bind(to_millis(challenge.expires))
      .run();
}

Result<Verdict> EnrollmentLedger::judge(const std::string& agent_id, const ReportedResult& result,
                                        Timestamp now, Tally& tally) {
  CC_TRY_ASSIGN(const auto known, find(result));
  if (known && known->verdict == kAccepted) {
    if (!result.defect.empty()) return Verdict{"refused", result.defect};
    if (known->status == result.status && known->serial == result.serial) {
      return Verdict{"duplicate", ""};
    }
    if (known->status == kIssued) {
      return Verdict{"superseded", "the enrollment already has another certificate"};
    }
  }
  CC_TRY_ASSIGN(Verdict verdict, look_at(result));
  if (known) tally.add(enrollment_counter(known->verdict, known->status), -1);
  tally.add(enrollment_counter(verdict.status, result.status), 1);
  CC_TRY(keep(agent_id, result, verdict, now));
  return verdict;
}

Result<std::optional<EnrollmentLedger::Known>> EnrollmentLedger::find(
    const ReportedResult& result) {
  auto query = db_.query(
      "SELECT n, verdict, status, serial FROM enrollments WHERE job_id = ? AND digest = ?");
  CC_TRY_ASSIGN(const bool found, query.bind(result.id).bind(result.digest).next());
  if (!found) return std::optional<Known>();
  return std::make_optional(Known{query.integer(0), query.text(1), query.text(2), query.text(3)});
}

Result<Verdict> EnrollmentLedger::look_at(const ReportedResult& result) {
  const ReportedEnrollment& enrollment = *result.enrollment;
  if (!result.defect.empty()) return Verdict{"refused", result.defect};
  if (enrollment.refuse)
    return Verdict{"refused", "a fault on demand: the endpoint refuses enrollments"};
  if (result.status != kIssued || enrollment.challenge.empty()) return Verdict{kAccepted, ""};
  CC_TRY_ASSIGN(const std::string misfit, misfit_of(enrollment));
  if (!misfit.empty()) return Verdict{"refused", misfit};
  auto used = db_.query(
      "SELECT job_id FROM enrollments WHERE challenge = ? AND challenge != '' AND "
      "status = 'issued' AND verdict = 'accepted'");
  CC_TRY_ASSIGN(const bool is_used, used.bind(enrollment.challenge).next());
  if (is_used) return Verdict{"superseded", "enrollment " + used.text(0) + " used the challenge"};
  return Verdict{kAccepted, ""};
}

// Why this challenge does not authorize the enrollment; empty: it does, or another endpoint made
// it.
Result<std::string> EnrollmentLedger::misfit_of(const ReportedEnrollment& enrollment) {
  auto minted = db_.query("SELECT service, device FROM challenges WHERE id = ?");
  CC_TRY_ASSIGN(const bool found, minted.bind(enrollment.challenge).next());
  if (!found) {
    CC_TRY_ASSIGN(const bool own, is_of_own_key(enrollment.challenge));
    return own ? std::string("this endpoint has made no such challenge") : std::string();
  }
  if (minted.text(0) != enrollment.service)
    return std::string("the challenge is for another service");
  if (minted.text(1) != enrollment.device)
    return std::string("the challenge is for another device");
  return std::string();
}

// Also of a key that was rolled: some challenge of it is on record.
Result<bool> EnrollmentLedger::is_of_own_key(const std::string& challenge) {
  const auto colon = challenge.find(':');
  if (colon == std::string::npos) return false;
  const std::string key = challenge.substr(0, colon);
  if (key == mint_.key_id()) return true;
  auto query = db_.query("SELECT 1 FROM challenges WHERE id > ? AND id < ? LIMIT 1");
  return query.bind(key + ":").bind(key + ";").next();  // ';' follows ':'
}

Status EnrollmentLedger::keep(const std::string& agent_id, const ReportedResult& result,
                              const Verdict& verdict, Timestamp now) {
  const ReportedEnrollment& enrollment = *result.enrollment;
  return db_
      .query(
          "INSERT INTO enrollments(job_id, digest, agent_id, service, transaction_id, "
          "public_key_sha256, challenge, device, subject, requested_at, ca, status, serial, "
          "code, verdict, note, received_at) "
          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT(job_id, digest) DO UPDATE SET agent_id = excluded.agent_id, "
          "ca = excluded.ca, status = excluded.status, serial = excluded.serial, "
          "code = excluded.code, verdict = excluded.verdict, note = excluded.note, "
          "received_at = excluded.received_at, service = excluded.service, "
          "transaction_id = excluded.transaction_id, "
          "public_key_sha256 = excluded.public_key_sha256, challenge = excluded.challenge, "
          "device = excluded.device, subject = excluded.subject, "
          "requested_at = excluded.requested_at")
      .bind(result.id)
      .bind(result.digest)
      .bind(agent_id)
      .bind(enrollment.service)
      .bind(enrollment.transaction_id)
      .bind(enrollment.public_key_sha256)
      .bind(enrollment.challenge)
      .bind(enrollment.device)
      .bind(enrollment.subject)
      .bind(to_millis(enrollment.requested_at))
      .bind(result.ca)
      .bind(result.status)
      .bind(result.serial)
      .bind(result.code)
      .bind(verdict.status)
      .bind(verdict.note)
      .bind(to_millis(now))
      .run();
}

Result<std::vector<EnrollmentRow>> EnrollmentLedger::list(std::int64_t after, std::int64_t limit) {
  std::vector<EnrollmentRow> rows;
  auto query = db_.query(
      "SELECT n, job_id, digest, agent_id, ca, status, serial, code, service, transaction_id, "
      "public_key_sha256, challenge, device, subject, requested_at, verdict, note, received_at "
      "FROM enrollments WHERE n > ? ORDER BY n LIMIT ?");
  query.bind(after).bind(limit);
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return rows;
    EnrollmentRow row;
    row.n = query.integer(0);
    std::string* const texts[] = {&row.job_id,
                                  &row.digest,
                                  &row.agent_id,
                                  &row.ca,
                                  &row.status,
                                  &row.serial,
                                  &row.code,
                                  &row.details.service,
                                  &row.details.transaction_id,
                                  &row.details.public_key_sha256,
                                  &row.details.challenge,
                                  &row.details.device,
                                  &row.details.subject};
    int column = 0;
    for (std::string* text : texts) *text = query.text(++column);
    row.details.requested_at = from_millis(query.integer(14));
    row.verdict = {query.text(15), query.text(16)};
    row.received_at = from_millis(query.integer(17));
    rows.push_back(std::move(row));
  }
}

}  // namespace certconnector::endpoint
