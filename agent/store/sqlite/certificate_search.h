// The statements of the lists of certificates, each by an index.
#pragma once

#include "agent/core/ports/certificate_store.h"
#include "agent/store/sqlite/columns.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {

#define CC_LISTED_COLUMNS(FIRST, MORE)      \
  FIRST(entry, "entry")                     \
  MORE(authority, "authority")              \
  MORE(recorded, "recorded")                \
  MORE(lineage, "coalesce(lineage, entry)") \
  MORE(device, "device")                    \
  MORE(record, "record")

struct ListedColumn {
  enum : int { CC_LISTED_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
};

#define CC_LIST "SELECT " CC_LISTED_COLUMNS(CC_FIRST_COLUMN, CC_NEXT_COLUMN) " FROM certificate "

// From an entry on, below another one.
inline constexpr char kListNewest[] = CC_LIST "WHERE entry >= ? AND entry < ? ORDER BY entry DESC";
inline constexpr char kListEntry[] = CC_LIST "WHERE entry = ?";
inline constexpr char kListByDevice[] =
    CC_LIST "INDEXED BY certificate_device WHERE device_head = ? AND entry < ? ORDER BY entry DESC";
inline constexpr char kListByTransaction[] = CC_LIST
    "INDEXED BY certificate_transaction WHERE transaction_head = ? AND entry < ? "
    "ORDER BY entry DESC";
inline constexpr char kListByLineage[] = CC_LIST
    "WHERE (lineage = ?1 OR (entry = ?1 AND lineage IS NULL)) AND entry < ?2 ORDER BY entry DESC";
// Since, until; then the place of the last one: what is older, or as old and recorded before.
inline constexpr char kListByArrival[] = CC_LIST
    "INDEXED BY certificate_arrival WHERE recorded >= ?1 AND recorded <= ?2 "
    "AND (recorded < ?3 OR entry < ?4) ORDER BY recorded DESC, entry DESC";
inline constexpr char kListBySerial[] =
    CC_LIST "INDEXED BY certificate_serial WHERE serial = ? ORDER BY entry DESC";
inline constexpr char kListBySha1[] =
    CC_LIST "INDEXED BY certificate_sha1 WHERE sha1 = ? ORDER BY entry DESC";
inline constexpr char kListBySha256[] =
    CC_LIST "INDEXED BY certificate_sha256 WHERE sha256 = ? ORDER BY entry DESC";
inline constexpr char kListBlocks[] =
    "SELECT block, oldest, newest FROM subject_block WHERE block <= ? ORDER BY block DESC";
inline constexpr char kCountRange[] =
    "SELECT count(*) FROM (SELECT 1 FROM certificate INDEXED BY certificate_arrival "
    "WHERE recorded >= ? AND recorded <= ? LIMIT ?)";
#undef CC_LIST

// A row of these, without its revocation.
[[nodiscard]] Result<core::CertificateRecord> read_listed(Database& database, const Query& row);

}  // namespace certconnector::store
