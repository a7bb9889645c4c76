#include "agent/app/restore_backup.h"

#include <algorithm>
#include <utility>

#include "agent/app/backup_manifest.h"
#include "agent/app/ca_backends.h"
#include "agent/app/errors.h"
#include "agent/app/newer_state.h"
#include "agent/app/restore_stage.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/paths.h"
#include "agent/store/sqlite/database_in_place.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

constexpr const char* kIdentityKey = "identity/key.pem";

std::string name_by_time(Timestamp now) {
  std::string time = to_rfc3339(now).substr(0, 19);
  time.erase(std::remove_if(time.begin(), time.end(), [](char c) { return c == '-' || c == ':'; }),
             time.end());
  return "replaced-" + time + "Z";
}

const char* name_of(store::NewerState state) {
  switch (state) {
    case store::NewerState::none:
      return "none";
    case store::NewerState::unreadable:
      return "unreadable";
    case store::NewerState::damaged:
      return "damaged";
    case store::NewerState::behind:
      return "older";
    case store::NewerState::sound:
      return "merged";
    case store::NewerState::complete:
      return "complete";
  }
  return "";
}

class Restore {
 public:
  Restore(const RestoreWishes& wishes, const config::Settings& settings)
      : wishes_(wishes),
        settings_(settings),
        state_(settings.agent.state_dir),
        stage_(stage_folder(settings)) {}

  Result<RestoreReport> run() {
    CC_TRY_ASSIGN(const auto under_way, read_plan(settings_));
    if (under_way) return finish_earlier(*under_way);
    CC_TRY(prepare());
    CC_TRY_ASSIGN(report_.restored, carry_out(settings_, plan_, wishes_.report));
    report_.kept = plan_.kept;
    return std::move(report_);
  }

 private:
  Result<RestoreReport> finish_earlier(const RestorePlan& plan) {
    CC_TRY_ASSIGN(report_.restored, carry_out(settings_, plan, wishes_.report));
    report_.kept = plan.kept;
    report_.notes.push_back("An earlier restore of " + plan.backup +
                            " was ended while it put files in place; this one has finished it");
    if (plan.backup != wishes_.folder) {
      report_.notes.push_back("Run the restore of " + wishes_.folder + " again");
    }
    return std::move(report_);
  }

  // Up to the plan nothing in use is touched.
  Status prepare() {
    CC_TRY_ASSIGN(manifest_, read_manifest(wishes_.folder));
    CC_TRY_ASSIGN(files_, files_to_restore());
    if (!wishes_.force) CC_TRY(refuse_to_overwrite());
    CC_TRY(check_digests(wishes_.folder, manifest_, wishes_.report));
    CC_TRY(platform::remove_folder(stage_));
    CC_TRY(platform::make_folder(stage_));
    Status staged = stage();
    // An error of this one says less than the first.
    if (!staged.ok()) static_cast<void>(platform::remove_folder(stage_));
    return staged;
  }

  Status stage() {
    CC_TRY(stage_database());
    for (const BackupFile& file : files_) {
      if (is_newer_in_place(file)) continue;
      CC_TRY_ASSIGN(const bool there,
                    copy_below(platform::join_path(wishes_.folder, file.name), stage_, file));
      if (there) plan_.files.push_back(file);
    }
    CC_TRY(stage_identity());
    CC_TRY(wishes_.report({"keeping what is there", 0, 0}));
    CC_TRY(keep_what_is_there());
    plan_.backup = wishes_.folder;
    CC_TRY(wishes_.report({"writing the plan", 0, 0}));
    CC_TRY(platform::sync_folder(state_));
    return write_plan(settings_, plan_);
  }

  Status stage_database() {
    const NewerEvidence evidence = find_evidence(settings_, wishes_.folder);
    store::RestoreSources sources;
    sources.state_dir = state_;
    sources.backup = wishes_.folder;
    sources.of_first_release = is_of_first_release(manifest_);
    sources.made_at = manifest_.made_at;
    sources.stage = stage_;
    sources.cas = evidence.cas;
    sources.now = wishes_.now;
    sources.report = [this](const store::SalvageProgress& progress) {
      return wishes_.report({progress.step, progress.done, progress.total});
    };
    CC_TRY(check_room(sources));
    CC_TRY_ASSIGN(const auto restored, store::make_restored(sources));
    report_.newer = name_of(restored.newer);
    report_.notes = notes_on(restored, manifest_);
    report_.lost = restored.salvage && !restored.salvage->complete();
    for (const store::SalvageCount& count : restored.from_backup) {
      report_.from_backup.emplace_back(count.kind, count.copied);
    }
    return check_loss(restored, evidence.signs);
  }

  [[nodiscard]] Status check_loss(const store::RestoredDatabase& restored,
                                  std::vector<std::string> signs) const {
    if (restored.newer == store::NewerState::unreadable) {
      signs.emplace_back("nothing in agent.db can be read");
    }
    if (platform::file_exists(platform::join_path(state_, "queue.db"))) {
      signs.emplace_back("queue.db says that the state went on in agent.db, which is missing");
    }
    const bool gone =
        restored.newer == store::NewerState::unreadable ||
        restored.newer == store::NewerState::behind ||
        (restored.newer == store::NewerState::none && !signs.empty() && !restored.is_the_last);
    if (!gone || wishes_.accept_loss) return {};
    return loss_not_accepted(signs, report_.notes);
  }

  [[nodiscard]] Status check_room(const store::RestoreSources& sources) const {
    CC_TRY_ASSIGN(const std::uint64_t needed, store::room_to_restore(sources));
    CC_TRY_ASSIGN(const std::uint64_t room, platform::free_room(state_));
    if (room >= needed) return {};
    const auto in_mib = [](std::uint64_t octets) {
      return std::to_string((octets >> 20U) + 1) + " MiB";
    };
    return Error(AppErrc::no_room, ErrorKind::transient,
                 "the restore needs " + in_mib(needed) + " of free room in " + state_ +
                     "; there are " + in_mib(room) +
                     ". Nothing was changed. Free space, and restore again");
  }

  [[nodiscard]] Result<std::vector<BackupFile>> files_to_restore() const {
    CC_TRY_ASSIGN(std::vector<BackupFile> all, backup_files(settings_, wishes_.folder));
    all.erase(std::remove_if(
                  all.begin(), all.end(),
                  [&](const BackupFile& file) { return manifest_.files.count(file.name) == 0; }),
              all.end());
    return all;
  }

  [[nodiscard]] Status refuse_to_overwrite() const {
    std::vector<std::string> paths{platform::join_path(state_, kDatabaseFile)};
    for (const char* old : {"queue.db", "inventory.db"}) {
      if (is_of_first_release(manifest_)) paths.push_back(platform::join_path(state_, old));
    }
    for (const BackupFile& file : files_) paths.push_back(file.path);
    if (manifest_.files.count(kIdentityKey) != 0) {
      paths.push_back(platform::IdentityFolder(state_).path());
    }
    std::string there;
    for (const std::string& path : paths) {
      if (platform::file_exists(path)) there.append(" ").append(path);
    }
    if (there.empty()) return {};
    return Error(AppErrc::would_overwrite, ErrorKind::permanent,
                 "these are there and would be replaced; give --force to do so:" + there);
  }

  // A CRL never goes back: where the CA in place is the one of the backup, its last one stays.
  [[nodiscard]] bool is_newer_in_place(const BackupFile& file) const {
    if (!file.renewed || !platform::file_exists(file.path)) return false;
    const std::string folder = file.name.substr(0, file.name.rfind('/') + 1);
    const auto certificate = std::find_if(
        files_.begin(), files_.end(),
        [&](const BackupFile& other) { return other.name == folder + "certificate.pem"; });
    if (certificate == files_.end()) return false;
    const auto there = digest_of_file(certificate->path, [](auto) { return Status(); });
    return there.ok() && *there == manifest_.files.at(certificate->name);
  }

  Status stage_identity() {
    if (manifest_.files.count(kIdentityKey) == 0) return {};
    CC_TRY_ASSIGN(const auto identity, platform::IdentityFolder(wishes_.folder).load());
    if (identity) CC_TRY(platform::IdentityFolder(stage_).save(*identity));
    plan_.identity = identity.has_value();
    return {};
  }

  Status keep_what_is_there() {
    const std::string kept = kept_in_stage(settings_);
    CC_TRY(platform::make_new_folder(kept));
    CC_TRY_ASSIGN(bool any, store::keep_databases(state_, kept));
    CC_TRY_ASSIGN(std::vector<BackupFile> there, backup_files(settings_, state_));
    for (BackupFile& tie : ties()) there.push_back(std::move(tie));
    for (const BackupFile& file : there) {
      CC_TRY_ASSIGN(const bool copied, copy_below(file.path, kept, file));
      any = any || copied;
    }
    CC_TRY_ASSIGN(const bool identity, keep_identity(kept));
    if (!any && !identity) return platform::remove_folder(kept);
    plan_.kept = platform::join_path(state_, name_by_time(wishes_.now));
    while (platform::file_exists(plan_.kept)) plan_.kept += "-2";
    return platform::sync_folder(kept);
  }

  Result<bool> keep_identity(const std::string& kept) {
    if (!plan_.identity) return false;
    auto identity = platform::IdentityFolder(state_).load();
    if (!identity.ok()) {
      return identity.error().with_context("the identity that is there cannot be kept; move " +
                                           platform::IdentityFolder(state_).path() + " away");
    }
    if (!*identity) return false;
    CC_TRY(platform::IdentityFolder(kept).save(**identity));
    return true;
  }

  // Of the CAs to the database that is there.
  [[nodiscard]] std::vector<BackupFile> ties() const {
    std::vector<BackupFile> files;
    for (const config::CaSettings& ca : settings_.cas) {
      const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
      if (backend == nullptr || backend->issued_with == nullptr) continue;
      files.push_back({"ca/" + ca.name + "/database", backend->issued_with(*ca.options).file});
    }
    return files;
  }

  const RestoreWishes& wishes_;
  const config::Settings& settings_;
  std::string state_;
  std::string stage_;
  BackupManifest manifest_;
  std::vector<BackupFile> files_;
  RestorePlan plan_;
  RestoreReport report_;
};

}  // namespace

Result<RestoreReport> restore_backup(const RestoreWishes& wishes,
                                     const config::Settings& settings) {
  return Restore(wishes, settings).run();
}

}  // namespace certconnector::app
