#include "agent/store/sqlite/sqlite_time_mark.h"

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

// Each part reads one entry of an index.
constexpr char kNewest[] =
    "SELECT coalesce((SELECT value FROM meta WHERE name = 'newest_time'), "
    "nullif(max(coalesce((SELECT max(received) FROM job), 0), "
    "coalesce((SELECT max(recorded) FROM certificate), 0)), 0))";
constexpr char kNote[] =
    "INSERT INTO meta(name, value) VALUES ('newest_time', ?) "
    "ON CONFLICT(name) DO UPDATE SET value = excluded.value";

}  // namespace

Result<std::optional<Timestamp>> SqliteTimeMark::newest() {
  return file_.read([](Database& database) -> Result<std::optional<Timestamp>> {
    Query query(database, kNewest);
    CC_TRY(query.next());
    return query.optional_time(0);
  });
}

Status SqliteTimeMark::note(Timestamp wall) {
  return file_.write([&](StoreWriter& writer) { return run(writer.database(), kNote, wall); });
}

}  // namespace certconnector::store
