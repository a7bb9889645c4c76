#include "agent/store/sqlite/agent_database.h"

#include <filesystem>

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/compaction.h"
#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/salvage.h"
#include "agent/store/sqlite/salvage_files.h"
#include "agent/store/sqlite/statement.h"
#include "common/text/hex.h"

namespace certconnector::store {
namespace {

DatabaseOptions database_options(const AgentDatabaseOptions& options) {
  DatabaseOptions database;
  database.path = options.path;
  database.role = agent_role();
  database.cache_kib = options.cache_kib;
  database.vfs = options.vfs;
  database.max_pages = options.max_pages;
  return database;
}

// A reading connection to a file that has its writer.
Result<Database> open_reader(const DatabaseOptions& options) {
  constexpr int kReaderCacheKib = 512;
  DatabaseOptions reading = options;
  reading.access = DatabaseAccess::read_only;
  reading.cache_kib = kReaderCacheKib;
  return Database::open(reading);
}

std::string folder_of(const DatabaseOptions& options) {
  const std::string folder = std::filesystem::u8path(options.path).parent_path().u8string();
  return folder.empty() ? "." : folder;
}

// A salvage or a compaction that was killed: its whole file takes the place of the one before, a
// part of one goes.
Status finish_new_file(const DatabaseOptions& options) {
  if (!options.vfs.empty()) return {};
  CC_TRY(finish_replacement(folder_of(options)));
  for (const std::string& draft :
       {std::string(kCompactedName), std::string(kSalvagedName) + ".new"}) {
    remove_draft(folder_of(options) + "/" + draft);
  }
  return {};
}

// agent.db has changed, so that the files of 0.1.0 say nothing any more.
Status pass_by(const FirstRelease& old, const Result<FirstReleaseState>& state,
               const std::string& path) {
  if (!state.ok()) return old.refuse_again(path);
  if (*state != FirstReleaseState::retired) return two_states(path);
  old.remove_retired();  // a crash may have come before it
  return {};
}

// The files of release 0.1.0 that go with the first change; nothing: there are none.
Result<std::optional<FirstRelease>> take_over(const DatabaseOptions& options,
                                              const ReportTakeOver& report) {
  const std::optional<FirstRelease> nothing;
  if (!options.vfs.empty()) return nothing;
  const FirstRelease old(folder_of(options));
  const auto found = old.state();
  if (found.ok() && *found == FirstReleaseState::none) return nothing;
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(options.path));
  if (presence == FilePresence::present) {
    CC_TRY_ASSIGN(const bool unchanged, is_unchanged_since_take_over(options.path));
    if (!unchanged) {
      CC_TRY(pass_by(old, found, options.path));
      return nothing;
    }
  }
  CC_TRY_ASSIGN(const FirstReleaseState state, found);
  if (presence == FilePresence::empty) return nothing;
  if (presence == FilePresence::missing) {
    CC_TRY(old.take_over(options.path, report));
    return std::make_optional(old);
  }
  if (state != FirstReleaseState::present) return std::make_optional(old);
  // 0.1.0 may have gone on with its files meanwhile.
  for (const char* suffix : {"", "-wal", "-shm"}) remove_file(options.path + suffix);
  CC_TRY(old.take_over(options.path, report));
  return std::make_optional(old);
}

}  // namespace

AgentDatabase::AgentDatabase(Database writing, Database reading, Database browsing,
                             DatabaseOptions options)
    : writer_(std::move(writing)),
      reader_(std::move(reading)),
      browser_(std::move(browsing)),
      options_(std::move(options)) {}

Result<std::unique_ptr<AgentDatabase>> AgentDatabase::open(const AgentDatabaseOptions& options) {
  const DatabaseOptions database = database_options(options);
  CC_TRY(finish_new_file(database));
  CC_TRY_ASSIGN(auto first_release, take_over(database, options.report));
  CC_TRY_ASSIGN(Database writer, open_writer(database, agent_schema()));
  CC_TRY_ASSIGN(Database reader, open_reader(database));
  CC_TRY_ASSIGN(Database browser, open_reader(database));
  std::unique_ptr<AgentDatabase> opened(
      new AgentDatabase(std::move(writer), std::move(reader), std::move(browser), database));
  opened->first_release_ = std::move(first_release);
  if (database.vfs.empty()) {
    CC_TRY_ASSIGN(opened->file_, file_id(database.path));
  }
  return opened;
}

Result<bool> AgentDatabase::begins_anew(const std::string& path) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(path));
  if (presence != FilePresence::missing) return false;
  const FirstRelease old(std::filesystem::u8path(path).parent_path().u8string());
  CC_TRY_ASSIGN(const FirstReleaseState state, old.state());
  return state == FirstReleaseState::none;
}

Status AgentDatabase::check_file(const std::string& path, const std::function<Status()>& report) {
  DatabaseOptions options;
  options.path = path;
  options.role = agent_role();
  return check_database(options, agent_schema(), report);
}

Result<DatabaseSize> size_of(Database& database) {
  CC_TRY_ASSIGN(const std::int64_t page, database.integer("PRAGMA page_size"));
  CC_TRY_ASSIGN(const std::int64_t pages, database.integer("PRAGMA page_count"));
  CC_TRY_ASSIGN(const std::int64_t unused, database.integer("PRAGMA freelist_count"));
  return DatabaseSize{static_cast<std::uint64_t>(page * pages),
                      static_cast<std::uint64_t>(page * unused)};
}

Status AgentDatabase::check_in_place() const {
  if (!file_) return {};
  const auto there = file_id(options_.path);
  if (there.ok() && *there == *file_) return {};
  return Error(
      StoreErrc::not_in_place, ErrorKind::transient,
      "the agent database " + options_.path +
          (there.ok() ? " was replaced while the agent runs"
                      : " was deleted or moved while the agent runs") +
          ". The agent changes nothing more, since it would be lost. Put the file back, and work "
          "goes on. If it is gone, save what the agent still has open with `certconnector backup "
          "DIR`, then stop the agent and restore that");
}

Status AgentDatabase::note_change() {
  return run(writer_.database(), "DELETE FROM meta WHERE name = 'taken_over'");
}

void AgentDatabase::forget_first_release() {
  first_release_->remove_retired();
  first_release_.reset();
}

void AgentDatabase::leave_log() {
  for (Database* one : {&writer_.database(), &reader_, &browser_}) one->leave_log();
}

Result<std::string> AgentDatabase::id() {
  return read([](Database& database) -> Result<std::string> {
    Query query(database, "SELECT id FROM identity");
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return database.damaged("does not name itself");
    return text::to_hex(query.blob(0));
  });
}

bool AgentDatabase::has_many_certificates() {
  constexpr std::int64_t kMany = 50'000;
  const auto entries = read([](Database& database) {
    return database.integer("SELECT value FROM meta WHERE name = 'next_entry'");
  });
  return !entries.ok() || *entries >= kMany;
}

Status AgentDatabase::backup_to(const std::string& path, const ReportCopy& report) {
  return copy_beside_writer(writer_.database(), write_mutex_, path, report);
}

}  // namespace certconnector::store
