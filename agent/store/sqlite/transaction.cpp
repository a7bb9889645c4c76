#include "agent/store/sqlite/transaction.h"

#include <utility>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {

Result<Transaction> Transaction::begin(Database& database) {
  CC_TRY(run(database, "BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself.
  if (database_ != nullptr && database_->in_transaction()) {
    static_cast<void>(run(*database_, "ROLLBACK").ok());
  }
}

Status Transaction::commit() {
  CC_TRY(run(*database_, "COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace certconnector::store
