// Transactions of the writer, and of a reader.
#pragma once

#include "agent/store/sqlite/database.h"
#include "common/result/result.h"

namespace certconnector::store {

// BEGIN IMMEDIATE until commit(); the destructor rolls back what was not committed.
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

// All statements until the destructor see the database in one state, whatever is written meanwhile.
class ReadSnapshot {
 public:
  // The state is that of the first statement.
  [[nodiscard]] static Result<ReadSnapshot> begin(Database& database);
  ~ReadSnapshot();
  ReadSnapshot(ReadSnapshot&& other) noexcept;
  ReadSnapshot& operator=(ReadSnapshot&&) = delete;
  ReadSnapshot(const ReadSnapshot&) = delete;
  ReadSnapshot& operator=(const ReadSnapshot&) = delete;

 private:
  explicit ReadSnapshot(Database& database) : database_(&database) {}
  Database* database_;  // null: over
};

}  // namespace certconnector::store
