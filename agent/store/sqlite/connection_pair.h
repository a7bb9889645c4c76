// A writing and a reading connection to one database, each behind its mutex: every write is one
// transaction, and reads wait for no writer.
#pragma once

#include <mutex>
#include <type_traits>
#include <utility>

#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/transaction.h"
#include "common/result/result.h"

namespace certconnector::store {

// Writer: has database(), flush() and forget(), as QueueWriter.
template <typename Writer>
class ConnectionPair {
 public:
  ConnectionPair(Database writing, Database reading, DatabaseOptions options)
      : writer_(std::move(writing)), reader_(std::move(reading)), options_(std::move(options)) {}

  // One transaction around `work(writer)`; nothing of it stands when it fails.
  template <typename Work>
  auto write(const Work& work) -> std::invoke_result_t<Work, Writer&> {
    const std::lock_guard lock(write_mutex_);
    auto answer = in_transaction(work);
    if (!answer.ok()) writer_.forget();
    return answer;
  }

  // Reads that need the writer's side.
  template <typename Work>
  auto peek(const Work& work) -> std::invoke_result_t<Work, Writer&> {
    const std::lock_guard lock(write_mutex_);
    return work(writer_);
  }

  template <typename Work>
  auto read(const Work& work) -> std::invoke_result_t<Work, Database&> {
    const std::lock_guard lock(read_mutex_);
    return work(reader_);
  }

  [[nodiscard]] const DatabaseOptions& options() const { return options_; }

 private:
  template <typename Work>
  auto in_transaction(const Work& work) -> std::invoke_result_t<Work, Writer&> {
    CC_TRY_ASSIGN(Transaction transaction, Transaction::begin(writer_.database()));
    auto answer = work(writer_);
    if (!answer.ok()) return answer;
    CC_TRY(writer_.flush());
    CC_TRY(transaction.commit());
    return answer;
  }

  std::mutex write_mutex_;
  Writer writer_;
  std::mutex read_mutex_;
  Database reader_;
  DatabaseOptions options_;
};

struct OpenedPair {
  Database writer;
  Database reader;
};

// Another reading connection to a file that has its writer.
[[nodiscard]] inline Result<Database> open_reader(const DatabaseOptions& options) {
  constexpr int kReaderCacheKib = 512;
  DatabaseOptions reading = options;
  reading.access = DatabaseAccess::read_only;
  reading.cache_kib = kReaderCacheKib;
  return Database::open(reading);
}

[[nodiscard]] inline Result<OpenedPair> open_pair(const DatabaseOptions& options,
                                                  const Schema& schema) {
  CC_TRY_ASSIGN(Database writer, open_writer(options, schema));
  CC_TRY_ASSIGN(Database reader, open_reader(options));
  return OpenedPair{std::move(writer), std::move(reader)};
}

}  // namespace certconnector::store
