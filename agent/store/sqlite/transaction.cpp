#include "agent/store/sqlite/transaction.h"

#include <utility>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

// After some errors SQLite has rolled back by itself.
void roll_back(Database* database) {
  if (database == nullptr || !database->in_transaction()) return;
  static_cast<void>(run(*database, "ROLLBACK").ok());
}

}  // namespace

Result<Transaction> Transaction::begin(Database& database) {
  CC_TRY(run(database, "BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() { roll_back(database_); }

Status Transaction::commit() {
  CC_TRY(run(*database_, "COMMIT"));
  database_ = nullptr;
  return {};
}

Result<ReadSnapshot> ReadSnapshot::begin(Database& database) {
  CC_TRY(run(database, "BEGIN"));
  return ReadSnapshot(database);
}

ReadSnapshot::ReadSnapshot(ReadSnapshot&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

ReadSnapshot::~ReadSnapshot() { roll_back(database_); }

}  // namespace certconnector::store
