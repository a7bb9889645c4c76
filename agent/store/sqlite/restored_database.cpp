#include "agent/store/sqlite/restored_database.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/agent_database.h"
#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/merge.h"
#include "agent/store/sqlite/salvage_files.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/transaction.h"
#include "common/text/hex.h"

namespace certconnector::store {
namespace {

constexpr const char* kFirstReleaseFiles[] = {"queue.db", "inventory.db"};
constexpr char kAnotherFile[] =
    "DELETE FROM meta WHERE name = 'taken_over'; UPDATE identity SET id = randomblob(16); "
    "UPDATE authority SET generation = generation + 1 "
    "WHERE EXISTS (SELECT 1 FROM revocation WHERE revocation.authority = authority.number)";

DatabaseOptions options_of(const std::string& path, DatabaseAccess access) {
  DatabaseOptions options;
  options.path = path;
  options.role = agent_role();
  options.access = access;
  return options;
}

// How far a database has come.
struct Position {
  Bytes id;
  std::int64_t tickets = 0;
  std::int64_t entries = 0;

  [[nodiscard]] core::StoreMark mark() const {
    return {text::to_hex(id), static_cast<std::uint64_t>(tickets + entries)};
  }
};

Result<Position> position_of(Database& database) {
  Query query(database,
              "SELECT id, (SELECT value FROM meta WHERE name = 'next_ticket'), "
              "(SELECT value FROM meta WHERE name = 'next_entry') FROM identity");
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return database.damaged("does not name itself");
  return Position{query.blob(0).to_bytes(), query.integer(1), query.integer(2)};
}

// A restore gives the file another id. So two files of one id have one past, and the one that is
// further has all of the other.
bool has_all_of(const Position& newer, const Position& backup) {
  return newer.id == backup.id && newer.tickets >= backup.tickets &&
         newer.entries >= backup.entries;
}

class Restoration {
 public:
  explicit Restoration(const RestoreSources& sources) : sources_(sources) {}

  Result<RestoredDatabase> run() {
    CC_TRY(prepare_backup());
    CC_TRY(prepare_newer());
    const bool is_there =
        result_.newer == NewerState::sound || result_.newer == NewerState::damaged;
    CC_TRY(is_there ? merge() : take_backup_alone());
    CC_TRY(sources_.report({"checking agent.db", 0, 0}));
    CC_TRY(AgentDatabase::check_file(newer_, heartbeat("checking agent.db")));
    CC_TRY(replace_file(newer_, in_stage("agent.db")));
    if (backup_ != of_backup("agent.db")) remove_draft(backup_);
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string in_stage(const std::string& name) const {
    return sources_.stage + "/" + name;
  }
  [[nodiscard]] std::string of_backup(const std::string& name) const {
    return sources_.backup + "/" + name;
  }
  [[nodiscard]] std::function<Status()> heartbeat(const char* step) const {
    return [this, step] { return sources_.report({step, 0, 0}); };
  }
  [[nodiscard]] ReportCopy pages(const char* step) const {
    return [this, step](std::uint64_t done, std::uint64_t of) {
      return sources_.report({step, done, of});
    };
  }
  [[nodiscard]] ReportTakeOver rows() const {
    return [this](const TakeOverProgress& progress) {
      return sources_.report({"rows of release 0.1.0", progress.done, progress.total});
    };
  }

  Status prepare_backup() {
    if (!sources_.of_first_release) {
      backup_ = of_backup("agent.db");
      return AgentDatabase::check_file(backup_, heartbeat("checking the backup's agent.db"));
    }
    // Copies: to open these files moves their logs.
    for (const char* name : kFirstReleaseFiles) {
      CC_TRY(copy_database(options_of(of_backup(name), DatabaseAccess::immutable), in_stage(name),
                           pages("copying pages of the backup")));
    }
    const FirstRelease old(sources_.stage);
    CC_TRY(old.check(heartbeat("checking the backup's files")));
    backup_ = in_stage("backup.db");
    CC_TRY(old.take_over(backup_, rows()));
    for (const char* name : kFirstReleaseFiles) remove_draft(in_stage(name));
    return {};
  }

  // Sets newer_ to a copy of it that may be changed.
  Status prepare_newer() {
    newer_ = in_stage("newer.db");
    CC_TRY(finish_replacement(sources_.state_dir));
    const std::string path = sources_.state_dir + "/agent.db";
    CC_TRY_ASSIGN(const FilePresence presence, file_presence(path));
    const FirstRelease old(sources_.state_dir);
    const auto old_state = old.state();
    const bool old_files = old_state.ok() && *old_state == FirstReleaseState::present;
    if (presence == FilePresence::present && old_files) {
      CC_TRY_ASSIGN(const bool unchanged, is_unchanged_since_take_over(path));
      if (!unchanged) return two_states(path);
    }
    if (old_files) {
      result_.newer = NewerState::sound;
      return old.take_over(newer_, rows());
    }
    if (presence == FilePresence::present) return copy_newer(path);
    const bool damaged_files = !old_state.ok();
    if (damaged_files && old_state.error().kind() != ErrorKind::corrupt) return old_state.error();
    if (damaged_files) return salvage_newer();
    result_.newer = presence == FilePresence::empty ? NewerState::unreadable : NewerState::none;
    return {};
  }

  Status copy_newer(const std::string& path) {
    const auto copy_and_check = [&]() -> Status {
      CC_TRY(copy_database(options_of(path, DatabaseAccess::read_only), newer_,
                           pages("copying pages of agent.db")));
      return AgentDatabase::check_file(newer_, heartbeat("checking agent.db"));
    };
    const Status copied = copy_and_check();
    if (copied.ok()) {
      result_.newer = NewerState::sound;
      return {};
    }
    remove_draft(newer_);
    return copied.error().kind() == ErrorKind::corrupt ? salvage_newer() : copied;
  }

  Status salvage_newer() {
    SalvageOptions options;
    options.state_dir = sources_.state_dir;
    options.cas = sources_.cas;
    options.now = sources_.now;
    options.report = sources_.report;
    auto report = salvage_to(newer_, options);
    if (report.ok()) {
      result_.newer = NewerState::damaged;
      result_.salvage = std::move(*report);
      return {};
    }
    if (report.error().kind() != ErrorKind::corrupt) return report.error();
    result_.newer = NewerState::unreadable;
    return {};
  }

  Status merge() {
    CC_TRY_ASSIGN(Database backup, Database::open(options_of(backup_, DatabaseAccess::immutable)));
    return edit_draft(newer_, [&](StoreWriter& writer) -> Status {
      CC_TRY_ASSIGN(const Position there, position_of(writer.database()));
      CC_TRY_ASSIGN(const Position before, position_of(backup));
      CC_TRY_ASSIGN(const bool behind, is_behind(writer.database(), there.mark(), sources_.cas));
      const bool sound = result_.newer == NewerState::sound;
      if (sound && !behind && has_all_of(there, before)) {
        result_.newer = NewerState::complete;
        return writer.database().execute(kAnotherFile);
      }
      if (sound && behind) result_.newer = NewerState::behind;
      CC_TRY_ASSIGN(
          result_.from_backup,
          merge_backup({backup, writer, !sound || behind, sources_.now}, sources_.report));
      return sound && !behind ? Status() : account_for_loss(writer);
    });
  }

  Status look_whether_last(Database& backup) {
    const bool all_tell =
        std::all_of(sources_.cas.begin(), sources_.cas.end(),
                    [](const SalvageCa& ca) { return ca.issued_with.has_value(); });
    CC_TRY_ASSIGN(const Position position, position_of(backup));
    CC_TRY_ASSIGN(const bool behind, is_behind(backup, position.mark(), sources_.cas));
    result_.is_the_last = all_tell && !behind && !sources_.cas.empty();
    return {};
  }

  Status account_for_loss(StoreWriter& writer) {
    CC_TRY_ASSIGN(auto transaction, Transaction::begin(writer.database()));
    if (result_.newer == NewerState::damaged) {
      CC_TRY_ASSIGN(result_.lost.known_until, known_until(writer.database(), sources_.made_at));
      CC_TRY(pass_over_crl_numbers(writer, sources_.cas, sources_.now, result_.lost));
    } else {
      CC_TRY_ASSIGN(result_.lost,
                    go_on_without(writer, sources_.cas, sources_.made_at, sources_.now, "restore"));
    }
    return transaction.commit();
  }

  // What happened since is gone.
  Status take_backup_alone() {
    CC_TRY(copy_database(options_of(backup_, DatabaseAccess::immutable), newer_,
                         pages("copying pages of the backup")));
    return edit_draft(newer_, [&](StoreWriter& writer) -> Status {
      CC_TRY(look_whether_last(writer.database()));
      CC_TRY(account_for_loss(writer));
      return writer.database().execute(kAnotherFile);
    });
  }

  const RestoreSources& sources_;
  RestoredDatabase result_;
  std::string backup_;  // a sound agent.db
  std::string newer_;   // becomes the result
};

std::uint64_t size_with_log(const std::string& path) {
  std::uint64_t size = 0;
  for (const char* suffix : {"", "-wal"}) {
    const auto part = file_size(path + suffix);
    if (part.ok()) size += *part;
  }
  return size;
}

}  // namespace

Result<RestoredDatabase> make_restored(const RestoreSources& sources) {
  return Restoration(sources).run();
}

Result<std::uint64_t> room_to_restore(const RestoreSources& sources) {
  std::uint64_t needed = size_with_log(sources.state_dir + "/agent.db");
  for (const char* name : kFirstReleaseFiles) {
    needed += size_with_log(sources.state_dir + "/" + name);
    if (sources.of_first_release) needed += 2 * size_with_log(sources.backup + "/" + name);
  }
  if (!sources.of_first_release) needed += size_with_log(sources.backup + "/agent.db");
  return needed + needed / 8;
}

}  // namespace certconnector::store
