#include "agent/store/sqlite/merge.h"

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/transaction.h"
#include "common/crypto/digest.h"

namespace certconnector::store {
namespace {

constexpr char kAuthorityName[] =
    "SELECT fingerprint, same_as, ca_key FROM authority WHERE number = ?";
constexpr char kOfKey[] =
    "SELECT number FROM authority WHERE ca_key = ? AND same_as IS NULL "
    "ORDER BY number DESC LIMIT 1";
constexpr char kAlias[] = "INSERT INTO authority(fingerprint, same_as) VALUES (?, ?)";
constexpr char kOriginName[] = "SELECT source, instance FROM origin WHERE number = ?";
constexpr char kRecord[] = "SELECT authority, record FROM certificate WHERE entry = ?";
constexpr char kJob[] = "SELECT id, origin FROM job WHERE ticket = ?";
constexpr char kTicket[] = "SELECT ticket FROM job WHERE id = ? AND origin = ?";
constexpr char kByOctets[] =
    "SELECT entry, record FROM certificate INDEXED BY certificate_sha256 "
    "WHERE sha256 = ? AND authority = ?";
constexpr char kMembers[] = "SELECT entry FROM certificate WHERE lineage = ?";
constexpr char kLineageOf[] = "SELECT coalesce(lineage, entry) FROM certificate WHERE entry = ?";
constexpr char kMergedNumbers[] =
    "DELETE FROM meta WHERE name = 'taken_over'; UPDATE identity SET id = randomblob(16)";

Result<std::int64_t> lineage_of(Database& database, std::int64_t entry) {
  Query query(database, kLineageOf, entry);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? query.integer(0) : entry;
}

}  // namespace

Result<std::optional<std::int64_t>> find_octets(Database& database, std::int64_t authority,
                                                ByteView certificate) {
  Query query(database, kByOctets, head_of(crypto::view(crypto::sha256(certificate))), authority);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return std::optional<std::int64_t>();
    const auto known = decode_certificate(query.blob(1));
    if (!known) return database.damaged("has a damaged certificate record");
    if (ByteView(known->certificate.certificate) == certificate) {
      return std::make_optional(query.integer(0));
    }
  }
}

Result<std::int64_t> MergedNumbers::authority(std::int64_t number) {
  const auto known = authorities_.find(number);
  if (known != authorities_.end()) return known->second;
  Query query(sides_.backup, kAuthorityName, number);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return sides_.backup.damaged("has a row of a CA that it does not name");
  const core::CaFingerprint name(query.text(0));
  CC_TRY_ASSIGN(std::optional<std::int64_t> merged, sides_.newer.known_authority(name));
  if (!merged) {
    if (!query.is_null(1)) {
      CC_TRY_ASSIGN(merged, authority(query.integer(1)));
    } else if (!query.is_null(2)) {
      CC_TRY_ASSIGN(merged, of_key(query.blob(2)));
    }
    if (merged) CC_TRY(run(sides_.newer.database(), kAlias, name, *merged));
  }
  if (!merged) {
    CC_TRY_ASSIGN(merged, sides_.newer.authority(name));
  }
  return authorities_.emplace(number, *merged).first->second;
}

// A CA is its name and key; its certificate may have changed since.
Result<std::optional<std::int64_t>> MergedNumbers::of_key(ByteView key) {
  Query query(sides_.newer.database(), kOfKey, key);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

Result<std::int64_t> MergedNumbers::origin(std::int64_t number) {
  const auto known = origins_.find(number);
  if (known != origins_.end()) return known->second;
  Query query(sides_.backup, kOriginName, number);
  CC_TRY_ASSIGN(const bool row, query.next());
  const auto source = row ? job_source(query.integer(0)) : std::nullopt;
  if (!source) return sides_.backup.damaged("has a row of an origin that it does not name");
  CC_TRY_ASSIGN(const std::int64_t merged,
                sides_.newer.origin({*source, std::string(query.text(1))}));
  return origins_.emplace(number, merged).first->second;
}

Result<std::optional<std::int64_t>> MergedNumbers::entry(std::int64_t number) {
  Query query(sides_.backup, kRecord, number);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return std::optional<std::int64_t>();
  const auto certificate = decode_certificate(query.blob(1));
  if (!certificate) return sides_.backup.damaged("has a damaged certificate record");
  CC_TRY_ASSIGN(const std::int64_t of, authority(query.integer(0)));
  return find_octets(sides_.newer.database(), of, certificate->certificate.certificate);
}

Result<std::optional<std::int64_t>> MergedNumbers::ticket(std::int64_t number) {
  Query job(sides_.backup, kJob, number);
  CC_TRY_ASSIGN(const bool there, job.next());
  if (!there) return std::optional<std::int64_t>();
  CC_TRY_ASSIGN(const std::int64_t of, origin(job.integer(1)));
  Query query(sides_.newer.database(), kTicket, job.text(0), of);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

Result<std::int64_t> MergedNumbers::lineage(std::int64_t first) {
  const auto known = new_lineages_.find(first);
  if (known != new_lineages_.end()) return known->second;
  CC_TRY_ASSIGN(const auto merged, entry(first));
  if (merged) return lineage_of(sides_.newer.database(), *merged);
  CC_TRY_ASSIGN(const auto of_members, lineage_of_members(first));
  if (of_members) return *of_members;
  CC_TRY_ASSIGN(const std::int64_t anew, sides_.newer.next_entry());
  return new_lineages_.emplace(first, anew).first->second;
}

Result<std::optional<std::int64_t>> MergedNumbers::lineage_of_members(std::int64_t first) {
  Query members(sides_.backup, kMembers, first);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, members.next());
    if (!row) return std::optional<std::int64_t>();
    CC_TRY_ASSIGN(const auto merged, entry(members.integer(0)));
    if (!merged) continue;
    CC_TRY_ASSIGN(const std::int64_t lineage, lineage_of(sides_.newer.database(), *merged));
    return std::make_optional(lineage);
  }
}

Status count_anew(StoreWriter& writer) {
  CC_TRY(writer.flush());
  return writer.database().execute(
      "DELETE FROM job_count; "
      "INSERT INTO job_count(authority, type, state, jobs) "
      "SELECT authority, type, state, count(*) FROM job GROUP BY authority, type, state; "
      "UPDATE authority SET certificates = "
      "(SELECT count(*) FROM certificate WHERE certificate.authority = authority.number)");
}

Result<std::vector<SalvageCount>> merge_backup(const MergeSides& sides,
                                               const ReportSalvage& report) {
  std::vector<SalvageCount> counts;
  MergedNumbers numbers(sides);
  Merge merge{sides, numbers, counts, report};
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(merge.to()));
  CC_TRY(merge_certificates(merge));
  CC_TRY(merge_jobs(merge));
  CC_TRY(merge_ledgers(merge));
  CC_TRY(count_anew(sides.newer));
  CC_TRY(merge.to().execute(kMergedNumbers));
  CC_TRY(transaction.commit());
  return counts;
}

}  // namespace certconnector::store
