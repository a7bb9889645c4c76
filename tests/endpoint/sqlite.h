// SQLite behind RAII: a connection, a cached query in use, a transaction. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/result/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace certconnector::endpoint {

enum class Durability {
  full,    // a commit survives a power cut
  no_sync  // for benchmarks: a commit survives the end of the process only
};

// One run of a prepared statement: bind in order, then run() or next() until it is false. An error
// of preparing or binding is kept and returned by run() and next(). Goes back to the cache when it
// ends.
class Query {
 public:
  Query(sqlite3* db, sqlite3_stmt* statement, int rc);
  Query(Query&&) = delete;
  Query(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(std::int64_t value);
  Query& bind(std::string_view value);
  Query& bind(const std::optional<std::int64_t>& value);

  // True when there is a row to look at.
  [[nodiscard]] Result<bool> next();
  // For statements without rows.
  [[nodiscard]] Status run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int rc_;
  int bound_ = 0;
};

class Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                              Durability durability);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] Status execute(const char* sql);  // one or more statements, without parameters
  // `sql` must be a string literal: its address is the key of the cache. Do not use one query twice
  // at a time.
  [[nodiscard]] Query query(const char* sql);
  [[nodiscard]] std::int64_t changes() const;  // rows that the last statement changed

 private:
  explicit Database(sqlite3* db) : db_(db) {}

  sqlite3* db_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

// Rolls back unless it was committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& db);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Database& db) : db_(&db) {}

  Database* db_;
};

}  // namespace certconnector::endpoint
