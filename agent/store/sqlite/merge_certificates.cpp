#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/merge.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/table_copy.h"

namespace certconnector::store {
namespace {

constexpr std::uint64_t kRowsInReport = 2000;
// A revocation that comes in raises the generation, so that the next start publishes it.
constexpr char kRaise[] =
    "UPDATE authority SET generation = max(generation, ?2) + 1, "
    "last_crl_number = max(last_crl_number, ?3), ca_key = coalesce(ca_key, ?4), "
    "issued_more = max(issued_more, ?5) WHERE number = ?1";
constexpr char kNewerCrl[] =
    "UPDATE authority SET crl_number = ?2, crl_this_update = ?3, crl_next_update = ?4, "
    "crl_entries = ?5 WHERE number = ?1 AND coalesce(crl_number, 0) < ?2";
constexpr char kExplain[] =
    "UPDATE revocation SET entry = ?3, not_after = ?4 "
    "WHERE authority = ?1 AND serial = ?2 AND entry IS NULL";
constexpr char kReplace[] =
    "UPDATE revocation SET record = ?3 WHERE authority = ?1 AND serial = ?2";
constexpr char kCompromised[] = "UPDATE lineage SET compromised = 1 WHERE first = ?";

StoredValue or_null(const std::optional<std::int64_t>& number) {
  return number ? StoredValue(*number) : StoredValue();
}

class CertificateMerge {
 public:
  explicit CertificateMerge(Merge& merge) : merge_(merge) {}

  Status run() {
    CC_TRY(merge_authorities());
    CC_TRY(merge_all_certificates());
    CC_TRY(merge_lineages());
    return merge_revocations();
  }

 private:
  Status row_done(const char* step) {
    return ++rows_ % kRowsInReport == 0 ? merge_.report({step, rows_, 0}) : Status();
  }

  Status merge_authorities() {
    Query query(merge_.sides.backup,
                "SELECT number, generation, last_crl_number, crl_number, crl_this_update, "
                "crl_next_update, crl_entries, ca_key, issued_more FROM authority "
                "ORDER BY same_as IS NOT NULL");
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) return {};
      CC_TRY_ASSIGN(const std::int64_t number, merge_.numbers.authority(query.integer(0)));
      const auto key = query.is_null(7) ? std::nullopt : std::make_optional(query.blob(7));
      CC_TRY(store::run(merge_.to(), kRaise, number, query.integer(1), query.integer(2), key,
                        query.integer(8)));
      if (query.is_null(3)) continue;
      CC_TRY(store::run(merge_.to(), kNewerCrl, number, query.integer(3), query.integer(4),
                        query.integer(5), query.integer(6)));
    }
  }

  Status merge_all_certificates() {
    merge_.counts.push_back({"certificates", 0, 0, false, {}});
    CC_TRY_ASSIGN(TableCopy rows, TableCopy::open(merge_.sides.backup, merge_.to(), "certificate"));
    for (;;) {
      CC_TRY_ASSIGN(const bool row, rows.next());
      if (!row) return {};
      CC_TRY(merge_certificate(rows));
      CC_TRY(row_done("comparing certificates"));
    }
  }

  Status merge_certificate(TableCopy& row) {
    const auto certificate = decode_certificate(row.blob("record"));
    if (!certificate) return merge_.sides.backup.damaged("has a damaged certificate record");
    CC_TRY_ASSIGN(const std::int64_t authority, merge_.numbers.authority(row.integer("authority")));
    const core::IssuedCertificate& issued = certificate->certificate;
    CC_TRY_ASSIGN(const auto known, find_octets(merge_.to(), authority, issued.certificate));
    if (known) return {};
    std::optional<std::int64_t> lineage;
    if (!row.is_null("lineage")) {
      CC_TRY_ASSIGN(lineage, merge_.numbers.lineage(row.integer("lineage")));
    }
    std::optional<std::int64_t> renews;
    if (!row.is_null("renews")) {
      CC_TRY_ASSIGN(renews, merge_.numbers.entry(row.integer("renews")));
    }
    CC_TRY_ASSIGN(const std::int64_t entry, merge_.sides.newer.next_entry());
    // Entries rise in the order of recording, and this file records the certificate now.
    CC_TRY(row.write({{"entry", entry},
                      {"authority", authority},
                      {"ticket", StoredValue()},
                      {"lineage", or_null(lineage)},
                      {"renews", or_null(renews)},
                      {"recorded", to_millis(merge_.sides.now)}}));
    ++merge_.counts.back().copied;
    return explain_revocation(authority, entry, issued);
  }

  // The newer side may know the revocation and have lost the certificate.
  Status explain_revocation(std::int64_t authority, std::int64_t entry,
                            const core::IssuedCertificate& issued) {
    CC_TRY(store::run(merge_.to(), kExplain, authority, issued.serial, entry, issued.not_after));
    if (merge_.to().changes() == 0) return {};
    CC_TRY_ASSIGN(const auto revocation, find_revocation(merge_.to(), authority, issued.serial));
    return revocation ? note_compromise(entry, revocation->reason) : Status();
  }

  Status note_compromise(std::int64_t entry, core::RevocationReason reason) {
    if (!core::compromises_lineage(core::RevokeChange::revoked, reason)) return {};
    return compromise_lineage(merge_.to(), entry);
  }

  // What a person allowed may be used up where rows are lost.
  Status merge_lineages() {
    CC_TRY_ASSIGN(TableCopy rows, TableCopy::open(merge_.sides.backup, merge_.to(), "lineage"));
    for (;;) {
      CC_TRY_ASSIGN(const bool row, rows.next());
      if (!row) return {};
      CC_TRY_ASSIGN(const std::int64_t first, merge_.numbers.lineage(rows.integer("first")));
      const std::int64_t allowed = merge_.sides.newer_damaged ? 0 : rows.integer("allowed");
      CC_TRY(rows.write({{"first", first}, {"allowed", allowed}}));
      if (rows.integer("compromised") != 0) CC_TRY(store::run(merge_.to(), kCompromised, first));
    }
  }

  Status merge_revocations() {
    merge_.counts.push_back({"revocations", 0, 0, false, {}});
    CC_TRY_ASSIGN(TableCopy rows, TableCopy::open(merge_.sides.backup, merge_.to(), "revocation"));
    for (;;) {
      CC_TRY_ASSIGN(const bool row, rows.next());
      if (!row) return {};
      CC_TRY(merge_revocation(rows));
      CC_TRY(row_done("comparing revocations"));
    }
  }

  Status merge_revocation(TableCopy& row) {
    const auto revoked = decode_revocation(row.blob("record"));
    if (!revoked) return merge_.sides.backup.damaged("has a damaged revocation record");
    CC_TRY_ASSIGN(const std::int64_t authority, merge_.numbers.authority(row.integer("authority")));
    CC_TRY_ASSIGN(const auto standing, find_revocation(merge_.to(), authority, revoked->serial));
    if (standing && !core::outweighs(revoked->revocation, *standing)) return {};
    CC_TRY_ASSIGN(const auto found,
                  find_certificate(merge_.to(), authority, {revoked->serial, {}}));
    if (standing) {
      CC_TRY(store::run(merge_.to(), kReplace, authority, revoked->serial, row.blob("record")));
    } else {
      CC_TRY(row.write({{"authority", authority},
                        {"entry", found ? StoredValue(found->entry) : StoredValue()}}));
    }
    ++merge_.counts.back().copied;
    return found ? note_compromise(found->entry, revoked->revocation.reason) : Status();
  }

  Merge& merge_;
  std::uint64_t rows_ = 0;
};

}  // namespace

Status merge_certificates(Merge& merge) { return CertificateMerge(merge).run(); }

}  // namespace certconnector::store
