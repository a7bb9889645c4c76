#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {

Result<std::optional<core::CrlRecord>> find_crl(Database& database, const core::CaFingerprint& ca) {
  Query query(
      database,
      "SELECT crl_number, crl_this_update, crl_next_update, crl_entries FROM authority "
      "WHERE number = (SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?)",
      ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row || query.is_null(0)) return std::optional<core::CrlRecord>();
  return std::make_optional(core::CrlRecord{static_cast<std::uint64_t>(query.integer(0)),
                                            query.time(1), query.time(2),
                                            static_cast<std::uint64_t>(query.integer(3))});
}

Result<std::uint64_t> last_crl_number(Database& database, const core::CaFingerprint& ca) {
  Query query(database,
              "SELECT last_crl_number FROM authority WHERE number = "
              "(SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?)",
              ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

Result<std::uint64_t> progress_of(Database& database) {
  Query query(database, "SELECT sum(value) FROM meta WHERE name IN ('next_ticket', 'next_entry')");
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

Result<std::uint64_t> take_crl_number(StoreWriter& writer, const core::CaFingerprint& ca,
                                      std::uint64_t least) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  // core::next_crl_number(), in one statement.
  Query query(
      writer.database(),
      "UPDATE authority SET last_crl_number = max(last_crl_number + 1, ?2) WHERE number = ?1 "
      "RETURNING last_crl_number",
      authority, static_cast<std::int64_t>(least));
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return writer.database().damaged("does not count CRLs");
  const auto number = static_cast<std::uint64_t>(query.integer(0));
  CC_TRY(query.next());
  return number;
}

Status save_crl(StoreWriter& writer, const core::CaFingerprint& ca, const core::CrlRecord& record) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  // An imported CA may have published CRLs before: its numbers go on from there.
  return run(writer.database(),
             "UPDATE authority SET crl_number = ?2, crl_this_update = ?3, crl_next_update = ?4, "
             "crl_entries = ?5, last_crl_number = max(last_crl_number, ?2) WHERE number = ?1",
             authority, record.number, record.this_update, record.next_update, record.entries);
}

}  // namespace certconnector::store
