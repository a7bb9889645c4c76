#include "agent/app/backup.h"

#include "agent/app/backup_files.h"
#include "agent/app/backup_manifest.h"
#include "agent/app/errors.h"
#include "agent/app/version.h"
#include "agent/platform/defaults.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/paths.h"
#include "agent/store/sqlite/agent_database.h"

namespace certconnector::app {
namespace {

Status make_draft(const std::string& draft) {
  Status made = platform::make_new_folder(draft);
  if (made.ok() || made.error().code() != error_code(platform::PlatformErrc::exists)) return made;
  // Of a backup that was killed.
  CC_TRY(platform::remove_folder(draft));
  return platform::make_new_folder(draft);
}

// Where the agent may not look it may make nothing either: the draft tells.
Status make_draft_folder(const std::string& folder, const std::string& draft) {
  if (!platform::is_absolute_path(folder)) {
    return Error(AppErrc::bad_backup, ErrorKind::permanent,
                 "name the backup's folder by an absolute path");
  }
  const Status made = make_draft(draft);
  if (!made.ok() && made.error().code() == error_code(platform::PlatformErrc::not_writable)) {
    return made.error().with_context(
        std::string("the agent may write below its state folder and, as a service, ") +
        platform::defaults().backup_folder);
  }
  if (!made.ok()) return made.error();
  if (!platform::file_exists(folder)) return {};
  CC_TRY(platform::remove_folder(draft));
  return Error(platform::PlatformErrc::exists, ErrorKind::permanent,
               "a backup goes into a new folder, and " + folder + " is there already");
}

class BackupDraft {
 public:
  BackupDraft(std::string folder, const config::Settings& settings, const ReportStep& report)
      : folder_(std::move(folder)), settings_(settings), report_(report) {}

  Status fill(store::AgentDatabase& database, Timestamp now) {
    manifest_.version = kVersion;
    manifest_.made_at = now;
    CC_TRY_ASSIGN(manifest_.database, database.id());
    const std::string copy = platform::join_path(folder_, kDatabaseFile);
    CC_TRY(database.backup_to(copy, [this](std::uint64_t done, std::uint64_t of) {
      return report_({"copying the database, pages", done, of});
    }));
    CC_TRY(store::AgentDatabase::check_file(copy, [this] {
      return report_({"checking the copy of the database", 0, 0});
    }));
    CC_TRY(note(kDatabaseFile));
    CC_TRY(copy_files());
    CC_TRY(copy_identity());
    return write_manifest(folder_, manifest_);
  }

 private:
  // As it is in the backup.
  Status note(const std::string& name) {
    const std::string path = platform::join_path(folder_, name);
    CC_TRY_ASSIGN(const std::uint64_t size, platform::file_size(path));
    std::uint64_t done = 0;
    CC_TRY_ASSIGN(manifest_.files[name], digest_of_file(path, [&](std::string_view piece) {
                    done += piece.size();
                    return report_({"reading " + name + ", octets", done, size});
                  }));
    return {};
  }

  Status copy_files() {
    CC_TRY_ASSIGN(const auto files, backup_files(settings_, settings_.agent.state_dir));
    for (const BackupFile& file : files) {
      CC_TRY_ASSIGN(const bool there, copy_below(file.path, folder_, file));
      if (there) {
        CC_TRY(note(file.name));
      } else if (file.needed) {
        return Error(AppErrc::bad_backup, ErrorKind::permanent,
                     file.path +
                         " is missing. The CA has issued with it, and a backup without it "
                         "would not bring the CA back. Put the file back, and back up again");
      }
    }
    return {};
  }

  Status copy_identity() {
    CC_TRY_ASSIGN(const auto identity, platform::IdentityFolder(settings_.agent.state_dir).load());
    if (!identity) return {};
    CC_TRY(platform::IdentityFolder(folder_).save(*identity));
    for (const char* name : {"key.pem", "certificate.pem", "endpoint.json", "endpoint_ca.pem"}) {
      CC_TRY(note(std::string("identity/") + name));
    }
    return {};
  }

  std::string folder_;
  const config::Settings& settings_;
  const ReportStep& report_;
  BackupManifest manifest_;
};

}  // namespace

Status write_backup(const std::string& wanted, const config::Settings& settings,
                    store::AgentDatabase& database, Timestamp now, const ReportStep& report) {
  const std::string folder = wanted.substr(0, wanted.find_last_not_of('/') + 1);
  const std::string draft = folder + ".partial";
  CC_TRY(make_draft_folder(folder, draft));
  Status made = BackupDraft(draft, settings, report).fill(database, now);
  if (made.ok()) made = platform::rename_in_folder(draft, folder);
  // An error of this one says less than the first.
  if (!made.ok()) static_cast<void>(platform::remove_folder(draft));
  return made;
}

}  // namespace certconnector::app
