#include "tests/endpoint/counters.h"

namespace certconnector::endpoint {

Status Tally::flush(Database& db) {
  for (const auto& [name, change] : changes_) {
    if (change == 0) continue;
    CC_TRY(db.query("INSERT INTO counters(name, value) VALUES(?, ?) "
                    "ON CONFLICT(name) DO UPDATE SET value = value + excluded.value")
               .bind(name)
               .bind(change)
               .run());
  }
  changes_.clear();
  return {};
}

Result<std::map<std::string, std::int64_t>> read_counters(Database& db) {
  std::map<std::string, std::int64_t> counters;
  auto query = db.query("SELECT name, value FROM counters");
  while (true) {
    CC_TRY_ASSIGN(const bool more, query.next());
    if (!more) return counters;
    counters[query.text(0)] = query.integer(1);
  }
}

}  // namespace certconnector::endpoint
