// Totals that the summary shows, kept in the same transaction as what they count.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "tests/endpoint/sqlite.h"

namespace certconnector::endpoint {

// Collects changes during a transaction; flush() before its commit.
class Tally {
 public:
  void add(std::string_view name, std::int64_t change) { changes_[std::string(name)] += change; }
  [[nodiscard]] Status flush(Database& db);

 private:
  std::map<std::string, std::int64_t> changes_;
};

// Every counter by name; one that was never counted is absent.
[[nodiscard]] Result<std::map<std::string, std::int64_t>> read_counters(Database& db);

}  // namespace certconnector::endpoint
