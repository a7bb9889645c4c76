#include "agent/store/sqlite/first_release.h"

#include <utility>

#include "agent/platform/words.h"
#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/backup.h"
#include "agent/store/sqlite/database_draft.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/first_release_rows.h"
#include "agent/store/sqlite/first_release_schema.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/transaction.h"

namespace certconnector::store {
namespace {

constexpr const char* kRetired = ".before-agent.db";
constexpr const char* kSuffixes[] = {"", "-wal", "-shm"};

DatabaseRole role_of(const char* title) {
  return {title, "Nothing was changed. Save what can be read: `" +
                     platform::service_commands().agent_as_its_user +
                     " --salvage`. It keeps these files and says what is lost. Or put queue.db and "
                     "inventory.db of one backup into the state folder"};
}

using OldFile = FirstReleaseFile;

OldFile file_of(const std::string& path, const DatabaseRole& role, const Schema& schema) {
  return {path, role, schema.application_id, static_cast<std::int64_t>(schema.steps.size())};
}

DatabaseOptions options_of(const OldFile& file) {
  DatabaseOptions options;
  options.path = file.path;
  options.role = file.role;
  return options;
}

// A file of 0.1.0, with what its log holds. Nothing: it is the one that 0.1.0 refuses.
Result<std::optional<Database>> open_old(const OldFile& file) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(file.path));
  if (presence == FilePresence::missing) {
    return damaged_error("is missing", file.role, file.path);
  }
  if (presence == FilePresence::empty) return damaged_error("is empty", file.role, file.path);
  CC_TRY_ASSIGN(Database database, Database::open(options_of(file)));
  CC_TRY_ASSIGN(const std::int64_t application, database.integer("PRAGMA application_id"));
  if (application != file.application) return database.damaged("is another program's database");
  CC_TRY_ASSIGN(const std::int64_t version, database.integer("PRAGMA user_version"));
  if (version == FirstRelease::kRefusedVersion) return std::optional<Database>();
  if (version != file.version) {
    return Error(StoreErrc::newer_schema, ErrorKind::permanent,
                 "the " + std::string(file.role.title) + " " + file.path +
                     " is of another release than 0.1.0 (schema " + std::to_string(version) +
                     "). Start release 0.1.0 on it once, then this one");
  }
  return std::make_optional(std::move(database));
}

// The file that 0.1.0 refuses, in the place of the old one.
Status put_refusal(const OldFile& file) {
  const std::string draft = file.path + ".new";
  remove_draft(draft);
  CC_TRY(create_private_file(draft));
  {
    DatabaseOptions options = options_of(file);
    options.path = draft;
    CC_TRY_ASSIGN(Database database, Database::open(options));
    CC_TRY(database.execute(
        ("CREATE TABLE moved_to(file TEXT) STRICT; INSERT INTO moved_to VALUES ('agent.db'); "
         "PRAGMA application_id = " +
         std::to_string(file.application) +
         "; PRAGMA user_version = " + std::to_string(FirstRelease::kRefusedVersion))
            .c_str()));
  }
  return replace_file(draft, file.path);
}

// The old file gets another name.
Status retire_file(const OldFile& file) {
  CC_TRY(name_file(file.path, file.path + kRetired));
  return put_refusal(file);
}

Status refuse_file_again(const OldFile& file, const std::string& agent_db) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(file.path));
  if (presence == FilePresence::present) {
    const auto old = open_old(file);
    if (old.ok()) return old->has_value() ? Status(two_states(agent_db)) : Status();
    if (old.error().kind() != ErrorKind::corrupt) return old.error();
    CC_TRY(name_file(file.path, file.path + ".damaged"));
  }
  return put_refusal(file);
}

std::string in_mib(std::uint64_t octets) { return std::to_string((octets >> 20U) + 1) + " MiB"; }

Status check_room(const std::string& target, const std::string& queue,
                  const std::string& certificates) {
  std::uint64_t needed = 0;
  for (const std::string& file : {queue, certificates}) {
    CC_TRY_ASSIGN(const std::uint64_t size, file_size(file));
    needed += size;
  }
  needed += needed / 8;
  CC_TRY_ASSIGN(const std::uint64_t room, free_room(target));
  if (room >= needed) return {};
  return Error(StoreErrc::disk_full, ErrorKind::transient,
               "the files of release 0.1.0 become " + target + ", which needs " + in_mib(needed) +
                   " of free room; there are " + in_mib(room) +
                   ". Nothing was changed. Free space on its file system; the next start goes on");
}

Status copy_both(Database& queue, Database& certificates, StoreWriter& writer,
                 const ReportTakeOver& report) {
  CC_TRY_ASSIGN(auto transaction, Transaction::begin(writer.database()));
  CC_TRY(copy_first_release(queue, certificates, writer, report));
  CC_TRY(run(writer.database(), "INSERT INTO meta VALUES ('taken_over', 1)"));
  CC_TRY(writer.flush());
  return transaction.commit();
}

}  // namespace

FirstRelease::FirstRelease(const std::string& state_dir)
    : queue_(state_dir + "/queue.db"), certificates_(state_dir + "/inventory.db") {}

FirstReleaseFile FirstRelease::queue_file() const {
  return file_of(queue_, role_of("job queue of release 0.1.0"), first_release_queue_schema());
}

FirstReleaseFile FirstRelease::certificates_file() const {
  return file_of(certificates_, role_of("certificate store of release 0.1.0"),
                 first_release_certificates_schema());
}

Result<FirstReleaseState> FirstRelease::state() const {
  CC_TRY_ASSIGN(const FilePresence queue, file_presence(queue_));
  CC_TRY_ASSIGN(const FilePresence certificates, file_presence(certificates_));
  if (queue == FilePresence::missing && certificates == FilePresence::missing) {
    return FirstReleaseState::none;
  }
  CC_TRY_ASSIGN(const auto first, open_old(queue_file()));
  CC_TRY_ASSIGN(const auto second, open_old(certificates_file()));
  if (first && second) return FirstReleaseState::present;
  return first || second ? FirstReleaseState::half_retired : FirstReleaseState::retired;
}

Status FirstRelease::take_over(const std::string& target, const ReportTakeOver& report) const {
  CC_TRY_ASSIGN(auto queue, open_old(queue_file()));
  CC_TRY_ASSIGN(auto certificates, open_old(certificates_file()));
  if (!queue || !certificates) {
    return damaged_error(
        "is missing: queue.db and inventory.db say that their contents went over to it",
        {agent_role().title, kRestore}, target);
  }
  CC_TRY(check_room(target, queue_, certificates_));
  const std::string draft = target + ".new";
  CC_TRY(make_draft(draft, [&](StoreWriter& writer) {
    return copy_both(*queue, *certificates, writer, report);
  }));
  // A log of an earlier agent.db must not be replayed into this one.
  for (const char* log : {"-wal", "-shm"}) remove_file(target + log);
  Status published = publish_file(draft, target);
  if (!published.ok()) remove_draft(draft);
  return published;
}

Status FirstRelease::check(const std::function<Status()>& report) const {
  CC_TRY(check_database(options_of(queue_file()), first_release_queue_schema(), report));
  return check_database(options_of(certificates_file()), first_release_certificates_schema(),
                        report);
}

Status FirstRelease::retire() const {
  for (const OldFile& file : {queue_file(), certificates_file()}) {
    bool is_old = false;
    {
      // Its last connection moves the log into the file and removes it.
      CC_TRY_ASSIGN(const auto old, open_old(file));
      is_old = old.has_value();
    }
    if (is_old) CC_TRY(retire_file(file));
  }
  return {};
}

Status FirstRelease::refuse_again(const std::string& agent_db) const {
  CC_TRY(refuse_file_again(queue_file(), agent_db));
  return refuse_file_again(certificates_file(), agent_db);
}

void FirstRelease::remove_retired() const {
  for (const std::string& file : {queue_, certificates_}) {
    for (const char* suffix : kSuffixes) remove_file(file + kRetired + suffix);
  }
}

Result<bool> is_unchanged_since_take_over(const std::string& agent_db) {
  DatabaseOptions options;
  options.path = agent_db;
  options.role = agent_role();
  options.access = DatabaseAccess::read_only;
  CC_TRY_ASSIGN(Database reader, Database::open(options));
  CC_TRY(check_schema(reader, agent_schema()));
  CC_TRY_ASSIGN(const std::int64_t taken_over,
                reader.integer("SELECT count(*) FROM meta WHERE name = 'taken_over'"));
  return taken_over != 0;
}

Error two_states(const std::string& agent_db) {
  return damaged_error(
      "has changed since it was made from queue.db and inventory.db, but these are files of "
      "release 0.1.0 again",
      {agent_role().title,
       "Nothing was changed. agent.db does not know what 0.1.0 did since then, revocations "
       "included, and the other files do not know what this release did. To go on with agent.db, "
       "move queue.db and inventory.db away, and do what 0.1.0 did again; to go on with "
       "them, move agent.db away"},
      agent_db);
}

}  // namespace certconnector::store
