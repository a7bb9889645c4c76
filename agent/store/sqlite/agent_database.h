// agent.db, the one file of the agent's state: WAL, synchronous=FULL, so that a call that has
// returned survives a power cut. The stores and ledgers are views of it.
//
// Thread-safe. A writing connection and two reading ones, each behind its mutex. Every write is one
// transaction. A read sees one state of the database, and waits for no writer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/database.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/store_writer.h"
#include "agent/store/sqlite/transaction.h"
#include "common/result/result.h"

namespace certconnector::store {

struct AgentDatabaseOptions {
  std::string path;            // "<state_dir>/agent.db"; its folder must exist
  int cache_kib = 4096;        // pages kept in memory
  std::string vfs{};           // for tests: SQLite VFS name; empty: the file system
  std::int64_t max_pages = 0;  // for tests: the file cannot grow beyond; 0: no limit
  // Hears of the take-over of the files of release 0.1.0, which may take minutes.
  ReportTakeOver report = [](const TakeOverProgress&) { return Status(); };
};

struct DatabaseSize {
  std::uint64_t octets = 0;       // of the file, without its log
  std::uint64_t free_octets = 0;  // that are used again, see compaction.h
};
[[nodiscard]] Result<DatabaseSize> size_of(Database& database);

class AgentDatabase {
 public:
  // Makes a missing file (0600), from the files of release 0.1.0 where they are. Errors: corrupt
  // (damaged, empty or not ours; the message holds the remedy), permanent (of a newer release),
  // transient (cannot be opened or written now).
  [[nodiscard]] static Result<std::unique_ptr<AgentDatabase>> open(
      const AgentDatabaseOptions& options);
  // Whether open() would make an empty database: there is none, and no files of release 0.1.0.
  // Errors: as open().
  [[nodiscard]] static Result<bool> begins_anew(const std::string& path);
  // Reads a whole file that nobody uses, such as a backup before it is restored. `report` hears of
  // it now and then, and ends it by an error.
  [[nodiscard]] static Status check_file(
      const std::string& path, const std::function<Status()>& report = [] { return Status(); });

  AgentDatabase(const AgentDatabase&) = delete;
  AgentDatabase& operator=(const AgentDatabase&) = delete;

  // When it closes, the log stays beside the file, which stays as it is: the log may be another
  // database's. Not thread-safe.
  void leave_log();
  // Names the database, and no other: 32 lower-case hex digits, made with it.
  [[nodiscard]] Result<std::string> id();

  // A consistent copy in a new file (0600, durable), while the database is in use: see
  // copy_beside_writer().
  [[nodiscard]] Status backup_to(
      const std::string& path,
      const ReportCopy& report = [](std::uint64_t, std::uint64_t) { return Status(); });

  [[nodiscard]] Result<DatabaseSize> size() {
    return browse([](Database& database) { return size_of(database); });
  }

  // Then each new row goes to separate pages in most indexes, and a transaction may have fewer:
  // it writes at most 1 MiB (packaging/doc/adr/0036-one-database-with-plain-indexes.md).
  [[nodiscard]] bool has_many_certificates();

  // One transaction around `work(writer)`; nothing of it stands when it fails.
  template <typename Work>
  auto write(const Work& work) -> std::invoke_result_t<Work, StoreWriter&> {
    const std::lock_guard lock(write_mutex_);
    auto answer = in_transaction(work);
    if (!answer.ok()) writer_.forget();
    return answer;
  }

  // Reads that need the writer's side.
  template <typename Work>
  auto peek(const Work& work) -> std::invoke_result_t<Work, StoreWriter&> {
    const std::lock_guard lock(write_mutex_);
    return work(writer_);
  }

  // Short reads, which devices may wait for.
  template <typename Work>
  auto read(const Work& work) -> std::invoke_result_t<Work, Database&> {
    const std::lock_guard lock(read_mutex_);
    return in_snapshot(reader_, work);
  }

  // Reads whose cost may grow with the database, for people: what devices wait for is read beside
  // them.
  template <typename Work>
  auto browse(const Work& work) -> std::invoke_result_t<Work, Database&> {
    const std::lock_guard lock(browse_mutex_);
    return in_snapshot(browser_, work);
  }

  // A write to a file that was deleted or replaced is lost with the process: every write asks.
  // Thread-safe. Error transient, not_in_place: the file may be put back.
  [[nodiscard]] Status check_in_place() const;

 private:
  AgentDatabase(Database writing, Database reading, Database browsing, DatabaseOptions options);

  template <typename Work>
  auto in_transaction(const Work& work) -> std::invoke_result_t<Work, StoreWriter&> {
    CC_TRY(check_in_place());
    if (first_release_) CC_TRY(first_release_->retire());
    CC_TRY_ASSIGN(Transaction transaction, Transaction::begin(writer_.database()));
    auto answer = work(writer_);
    if (!answer.ok()) return answer;
    CC_TRY(writer_.flush());
    if (first_release_) CC_TRY(note_change());
    CC_TRY(transaction.commit());
    if (first_release_) forget_first_release();
    return answer;
  }

  template <typename Work>
  static auto in_snapshot(Database& database, const Work& work)
      -> std::invoke_result_t<Work, Database&> {
    CC_TRY_ASSIGN(const ReadSnapshot snapshot, ReadSnapshot::begin(database));
    return work(database);
  }

  // The files of release 0.1.0 wait for the first change.
  [[nodiscard]] Status note_change();
  void forget_first_release();

  WriterMutex write_mutex_;
  StoreWriter writer_;
  std::optional<FirstRelease> first_release_;
  std::mutex read_mutex_;
  Database reader_;
  std::mutex browse_mutex_;
  Database browser_;
  const DatabaseOptions options_;
  std::optional<FileId> file_;  // nothing: not in the file system
};

}  // namespace certconnector::store
