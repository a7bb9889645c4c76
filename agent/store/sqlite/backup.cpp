#include "agent/store/sqlite/backup.h"

#include <sqlite3.h>

#include <memory>
#include <optional>

#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr int kPagesInStep = 64;
constexpr int kStepsPerReport = 16;
constexpr int kInstructionsPerReport = 1'000'000;

// By the connection: its file may have no name any more.
Status check_room(Database& source, const std::string& target) {
  CC_TRY_ASSIGN(const std::int64_t pages, source.integer("PRAGMA page_count"));
  CC_TRY_ASSIGN(const std::int64_t page, source.integer("PRAGMA page_size"));
  auto needed = static_cast<std::uint64_t>(pages * page);
  needed += needed / 16;
  CC_TRY_ASSIGN(const std::uint64_t room, free_room(target));
  if (room >= needed) return {};
  const auto in_mib = [](std::uint64_t octets) {
    return std::to_string((octets >> 20U) + 1) + " MiB";
  };
  return Error(StoreErrc::disk_full, ErrorKind::transient,
               "the copy of the database needs " + in_mib(needed) + " of free room; there are " +
                   in_mib(room) + ". Nothing was written. Free space, or choose another folder");
}

// The new file while it is written: nobody reads it before it is whole and durable.
Result<Database> open_copy(const std::string& draft, const DatabaseRole& role) {
  remove_draft(draft);
  CC_TRY(create_private_file(draft));
  DatabaseOptions options;
  options.path = draft;
  options.role = role;
  options.cache_kib = 1024;
  CC_TRY_ASSIGN(Database copy, Database::open(options));
  CC_TRY(copy.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"));
  return copy;
}

class PageCopy {
 public:
  PageCopy(Database& from, Database& to)
      : to_(to),
        backup_(sqlite3_backup_init(to.handle(), "main", from.handle(), "main"),
                sqlite3_backup_finish) {}

  // Whether there is more to do.
  Result<bool> step() {
    if (backup_ == nullptr) return to_.failure(sqlite3_extended_errcode(to_.handle()));
    const int code = sqlite3_backup_step(backup_.get(), kPagesInStep);
    if (code == SQLITE_OK) return true;
    if (code != SQLITE_DONE) return to_.failure(code);
    const int finished = sqlite3_backup_finish(backup_.release());
    if (finished != SQLITE_OK) return to_.failure(finished);
    return false;
  }

  Status report(const ReportCopy& report) {
    if (++steps_ % kStepsPerReport != 0) return {};
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup_.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup_.get()));
    return report(total - left, total);
  }

  void end() { backup_.reset(); }

 private:
  Database& to_;
  std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> backup_;
  int steps_ = 0;
};

Status copy_steps(Database& from, WriterMutex& mutex, Database& to, const ReportCopy& report) {
  std::optional<PageCopy> copy;
  Result<bool> more = true;
  Status reported;
  while (more.ok() && *more && reported.ok()) {
    mutex.lock_after_writer();
    if (!copy) copy.emplace(from, to);
    more = copy->step();
    if (!more.ok()) copy->end();
    mutex.unlock();
    if (more.ok() && *more) reported = copy->report(report);
  }
  if (!reported.ok()) {
    const std::lock_guard lock(mutex);
    copy->end();
  }
  if (!more.ok()) return more.error();
  return reported;
}

template <typename Copy>
Status copy_through_draft(Database& source, WriterMutex& mutex, const std::string& target,
                          const Copy& copy) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(target));
  if (presence != FilePresence::missing) {
    return Error(StoreErrc::exists, ErrorKind::permanent,
                 target + " exists already. Choose a name that is free");
  }
  {
    const std::lock_guard lock(mutex);
    CC_TRY(check_room(source, target));
  }
  const std::string draft = target + ".partial";
  const auto fill = [&]() -> Status {
    CC_TRY_ASSIGN(Database to, open_copy(draft, source.role()));
    return copy(to);
  };
  Status copied = fill();
  if (copied.ok()) copied = publish_file(draft, target);
  remove_draft(draft);
  if (!copied.ok()) return copied.error().with_context("backing up to " + target);
  return {};
}

struct CheckReport {
  const std::function<Status()>& report;
  Status status;
};

int report_check(void* context) {
  auto& check = *static_cast<CheckReport*>(context);
  check.status = check.report();
  return check.status.ok() ? 0 : 1;
}

}  // namespace

Status copy_beside_writer(Database& writer, WriterMutex& mutex, const std::string& target,
                          const ReportCopy& report) {
  return copy_through_draft(writer, mutex, target,
                            [&](Database& to) { return copy_steps(writer, mutex, to, report); });
}

Status copy_database(const DatabaseOptions& source, const std::string& target,
                     const ReportCopy& report) {
  DatabaseOptions reading = source;
  if (reading.access == DatabaseAccess::read_write) reading.access = DatabaseAccess::read_only;
  reading.cache_kib = 256;
  WriterMutex alone;
  CC_TRY_ASSIGN(Database from, Database::open(reading));
  return copy_through_draft(from, alone, target,
                            [&](Database& to) { return copy_steps(from, alone, to, report); });
}

Status check_database(const DatabaseOptions& options, const Schema& schema,
                      const std::function<Status()>& report) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(options.path));
  if (presence == FilePresence::missing) {
    return Error(StoreErrc::not_found, ErrorKind::permanent,
                 "there is no file " + options.path + ". Check the backup's folder");
  }
  if (presence == FilePresence::empty) {
    return damaged_error("is empty", options.role, options.path);
  }
  DatabaseOptions reading = options;
  reading.access = DatabaseAccess::immutable;
  CC_TRY_ASSIGN(Database database, Database::open(reading));
  CC_TRY(check_schema(database, schema));
  CheckReport check{report, {}};
  sqlite3_progress_handler(database.handle(), kInstructionsPerReport, report_check, &check);
  Query query(database, "PRAGMA integrity_check(1)");
  const auto row = query.next();
  CC_TRY(check.status);
  if (!row.ok()) return row.error();
  const std::string verdict = *row ? std::string(query.text(0)) : "no answer";
  if (verdict != "ok") return database.damaged("is damaged (" + verdict + ")");
  return {};
}

}  // namespace certconnector::store
