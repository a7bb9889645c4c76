// One SQLite connection, and the statements it has prepared. RAII. Not thread-safe: one user at a
// time, the caller's mutex.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/static_sql.h"
#include "common/result/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace certconnector::store {

enum class DatabaseAccess {
  read_write,  // the writer
  read_only,   // a reader beside the writer
  immutable    // a file that nobody writes, such as a backup: leaves no -wal and -shm behind
};

struct DatabaseOptions {
  std::string path;
  DatabaseRole role{};
  DatabaseAccess access = DatabaseAccess::read_write;
  int cache_kib = 4096;
  std::string vfs;             // SQLite VFS name; empty: the file system
  std::int64_t max_pages = 0;  // 0: no limit
};

class Database {
 public:
  // Opens an existing file; for read_write also an empty one, which becomes a WAL database.
  [[nodiscard]] static Result<Database> open(const DatabaseOptions& options);

  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) = delete;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Statements without rows, without parameters; may be several.
  [[nodiscard]] Status execute(const char* sql);
  // A PRAGMA or SELECT of one integer.
  [[nodiscard]] Result<std::int64_t> integer(StaticSql sql);

  [[nodiscard]] Error failure(int code) const;
  [[nodiscard]] Error damaged(const std::string& what) const;
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const DatabaseRole& role() const { return role_; }
  [[nodiscard]] sqlite3* handle() const { return handle_; }
  // See AgentDatabase.
  void leave_log();

  // The prepared statement of this text.
  [[nodiscard]] Result<sqlite3_stmt*> prepared(StaticSql sql);

 private:
  Database(sqlite3* handle, const DatabaseOptions& options);
  [[nodiscard]] Status configure(const DatabaseOptions& options);
  void set_limits();

  sqlite3* handle_ = nullptr;
  std::string path_;
  DatabaseRole role_{};
  std::unordered_map<const char*, sqlite3_stmt*> statements_;  // by the address of a StaticSql
};

}  // namespace certconnector::store
