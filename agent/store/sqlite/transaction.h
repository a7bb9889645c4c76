// BEGIN IMMEDIATE until commit(); the destructor rolls back what was not committed.
#pragma once

#include "agent/store/sqlite/database.h"
#include "common/result/result.h"

namespace certconnector::store {

class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Durable when it returns without error; after an error nothing of the transaction stands.
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null: over
};

}  // namespace certconnector::store
