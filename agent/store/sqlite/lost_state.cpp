#include "agent/store/sqlite/lost_state.h"

#include <algorithm>

#include "agent/core/certificate_rules.h"
#include "agent/core/job.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/merge.h"
#include "agent/store/sqlite/published_revocations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kLastRecorded[] = "SELECT coalesce(max(recorded), 0) FROM certificate";
constexpr char kOpenPasswords[] =
    "UPDATE challenge_password SET revoked_at = ?1, revoked_by = ?2 "
    "WHERE revoked_at IS NULL AND valid_until > ?1 "
    "AND NOT EXISTS (SELECT 1 FROM enrollment WHERE challenge = id AND holds = 1)";
constexpr char kUnfinished[] = "SELECT count(*) FROM job WHERE state < ?";
// A certificate of the lost state can be revoked by its serial number. The next start publishes.
constexpr char kIssuedMore[] =
    "UPDATE authority SET issued_more = 1, generation = generation + 1 WHERE number = ?";
constexpr char kSetNumber[] = "UPDATE authority SET last_crl_number = ?2 WHERE number = ?1";

Result<std::uint64_t> count_unfinished(Database& database) {
  Query query(database, kUnfinished, core::JobState::succeeded);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

}  // namespace

Result<bool> is_behind(Database& database, const core::StoreMark& mark,
                       const std::vector<SalvageCa>& cas) {
  for (const SalvageCa& ca : cas) {
    if (ca.issued_with && ca.issued_with->id != mark.id) return true;
    if (ca.issued_with && ca.issued_with->progress > mark.progress) return true;
    CC_TRY_ASSIGN(const std::uint64_t taken, last_crl_number(database, ca.fingerprint));
    if (std::max(ca.crl.number, ca.issued_crl) > taken) return true;
  }
  return false;
}

Result<Timestamp> known_until(Database& database, std::optional<Timestamp> made_at) {
  CC_TRY_ASSIGN(const std::int64_t recorded, database.integer(kLastRecorded));
  return made_at.value_or(from_millis(recorded));
}

Result<LostState> go_on_without(StoreWriter& writer, const std::vector<SalvageCa>& cas,
                                std::optional<Timestamp> made_at, Timestamp now,
                                const std::string& by) {
  Database& database = writer.database();
  LostState lost;
  CC_TRY_ASSIGN(lost.known_until, known_until(database, made_at));
  CC_TRY_ASSIGN(lost.published_revocations, add_published_revocations(writer, cas));
  CC_TRY(run(database, kOpenPasswords, now, by));
  lost.withdrawn_challenges = static_cast<std::uint64_t>(database.changes());
  CC_TRY_ASSIGN(lost.unfinished_jobs, count_unfinished(database));
  CC_TRY(bring_back_jobs(writer, now));
  for (const SalvageCa& ca : cas) {
    CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca.fingerprint));
    CC_TRY(run(database, kIssuedMore, authority));
  }
  CC_TRY(pass_over_crl_numbers(writer, cas, now, lost));
  CC_TRY(writer.flush());
  return lost;
}

Status pass_over_crl_numbers(StoreWriter& writer, const std::vector<SalvageCa>& cas, Timestamp now,
                             LostState& lost) {
  Database& database = writer.database();
  for (const SalvageCa& ca : cas) {
    CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca.fingerprint));
    CC_TRY_ASSIGN(const std::uint64_t taken, last_crl_number(database, ca.fingerprint));
    const std::uint64_t beyond = core::crl_number_beyond(
        std::max({taken, ca.crl.number, ca.issued_crl}), lost.known_until, now);
    CC_TRY(run(database, kSetNumber, authority, beyond));
    lost.crl_numbers.emplace_back(ca.fingerprint, beyond);
  }
  return {};
}

}  // namespace certconnector::store
