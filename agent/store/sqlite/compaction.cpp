#include "agent/store/sqlite/compaction.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/agent_database.h"
#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/migrations.h"
#include "agent/store/sqlite/salvage_files.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr int kStepsBetweenReports = 200000;  // of SQLite's machine

// VACUUM INTO writes a file without a log: nobody reads it before it is whole.
class Copy {
 public:
  Copy(Database& from, std::string to, std::uint64_t total, const ReportCompaction& report)
      : from_(from), to_(std::move(to)), report_(report) {
    progress_.total = total;
  }

  Status run() {
    CC_TRY(report_(progress_));
    sqlite3* const handle = from_.handle();
    const int attached = sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1);
    sqlite3_progress_handler(handle, kStepsBetweenReports, &Copy::look, this);
    Status copied = store::run(from_, "VACUUM INTO ?", to_);
    sqlite3_progress_handler(handle, 0, nullptr, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, attached);
    if (!ended_.ok()) return ended_;
    if (!copied.ok()) return copied;
    return report_({progress_.total, progress_.total});
  }

 private:
  // Not zero ends the copy.
  static int look(void* self) {
    auto& copy = *static_cast<Copy*>(self);
    if (const auto size = file_size(copy.to_); size.ok()) copy.progress_.done = *size;
    copy.progress_.done = std::min(copy.progress_.done, copy.progress_.total);
    copy.ended_ = copy.report_(copy.progress_);
    return copy.ended_.ok() ? 0 : 1;
  }

  Database& from_;
  const std::string to_;
  const ReportCompaction& report_;
  CompactionProgress progress_;
  Status ended_;
};

Status check_room(const std::string& path, std::uint64_t octets) {
  const std::uint64_t needed = octets + octets / 16;
  CC_TRY_ASSIGN(const std::uint64_t room, free_room(path));
  if (room >= needed) return {};
  const auto in_mib = [](std::uint64_t size) { return std::to_string((size >> 20U) + 1) + " MiB"; };
  return Error(StoreErrc::disk_full, ErrorKind::transient,
               "the compaction needs " + in_mib(needed) +
                   " of free room in the state folder; there are " + in_mib(room) +
                   ". Nothing was changed. Free space, and try again");
}

Result<DatabaseOptions> options_of(const std::string& state_dir) {
  DatabaseOptions options;
  options.path = state_dir + "/agent.db";
  options.role = agent_role();
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(options.path));
  if (presence == FilePresence::missing) {
    return Error(StoreErrc::not_found, ErrorKind::permanent,
                 "there is no database " + options.path + ". Start the agent once");
  }
  const auto first_release = FirstRelease(state_dir).state();
  if (!first_release.ok() || *first_release == FirstReleaseState::present) {
    return Error(StoreErrc::not_allowed, ErrorKind::permanent,
                 "queue.db and inventory.db of release 0.1.0 are there. Start the agent: it makes "
                 "agent.db of them, without free pages");
  }
  return options;
}

Status write_draft(const DatabaseOptions& options, const std::string& draft,
                   const ReportCompaction& report) {
  CC_TRY_ASSIGN(Database from, open_writer(options, agent_schema()));
  CC_TRY_ASSIGN(const DatabaseSize size, size_of(from));
  CC_TRY(check_room(options.path, size.octets - size.free_octets));
  CC_TRY(create_private_file(draft));
  CC_TRY(Copy(from, draft, size.octets - size.free_octets, report).run());
  // As AgentDatabase finds it: with a log.
  DatabaseOptions written = options;
  written.path = draft;
  CC_TRY_ASSIGN(Database to, Database::open(written));
  return check_schema(to, agent_schema());
}

}  // namespace

Result<CompactionReport> compact(const std::string& state_dir, const ReportCompaction& report) {
  CC_TRY(finish_replacement(state_dir));
  CC_TRY_ASSIGN(const DatabaseOptions options, options_of(state_dir));
  CompactionReport sizes;
  CC_TRY_ASSIGN(sizes.before, file_size(options.path));
  const std::string draft = state_dir + "/" + kCompactedName;
  remove_draft(draft);
  Status written = write_draft(options, draft, report);
  if (written.ok()) written = publish_file(draft, state_dir + "/" + kReplacingName);
  remove_draft(draft);
  if (!written.ok()) return written.error();
  CC_TRY(finish_replacement(state_dir));
  CC_TRY_ASSIGN(sizes.after, file_size(options.path));
  return sizes;
}

}  // namespace certconnector::store
