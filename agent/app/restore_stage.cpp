#include "agent/app/restore_stage.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "agent/app/ca_backends.h"
#include "agent/app/database_bonds.h"
#include "agent/app/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/paths.h"
#include "agent/store/sqlite/database_in_place.h"
#include "proto/json/json.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxPlan = std::size_t{4} * 1024 * 1024;

std::string plan_file(const config::Settings& settings) {
  return platform::join_path(stage_folder(settings), "plan.json");
}

Error bad_plan(const std::string& path) {
  return {AppErrc::bad_backup, ErrorKind::corrupt,
          path +
              " cannot be read, so the restore that was killed cannot go on. Remove it, and "
              "restore the backup again with --force"};
}

// An RA's certificate must not outlive its key: the backup has the key's own, or none yet.
Status remove_stale_certificate(const BackupFile& file) {
  constexpr std::string_view kKey = ".key.pem";
  const std::size_t stem = file.path.size() - std::min(file.path.size(), kKey.size());
  if (file.name.rfind("scep/", 0) != 0 || file.path.substr(stem) != kKey) return {};
  return platform::remove_file(file.path.substr(0, stem) + ".certificate.pem");
}

class Carrying {
 public:
  Carrying(const config::Settings& settings, const RestorePlan& plan, const ReportStep& report)
      : settings_(settings), plan_(plan), report_(report), stage_(stage_folder(settings)) {}

  Result<std::vector<std::string>> run() {
    for (const BackupFile& file : plan_.files) CC_TRY(put(file));
    CC_TRY(put_identity());
    const std::string& state = settings_.agent.state_dir;
    CC_TRY(step("putting agent.db in place"));
    CC_TRY(store::put_in_place(platform::join_path(stage_, kDatabaseFile), state));
    done_.push_back(platform::join_path(state, kDatabaseFile));
    CC_TRY(keep());
    // The person who restores has decided on the database.
    CC_TRY(step("freeing the CAs from the database before"));
    CC_TRY(forget_databases_of_cas(settings_, ca_backends()));
    CC_TRY(step("ending"));
    CC_TRY(platform::remove_file(plan_file(settings_)));
    CC_TRY(platform::sync_folder(stage_));
    CC_TRY(platform::remove_folder(stage_));
    return std::move(done_);
  }

 private:
  Status step(const std::string& what) { return report_({what, 0, 0}); }

  Status put(const BackupFile& file) {
    CC_TRY(step("putting " + file.name + " in place"));
    CC_TRY(platform::make_folder(platform::parent_path(file.path)));
    CC_TRY(remove_stale_certificate(file));
    CC_TRY(platform::copy_file_atomically(platform::join_path(stage_, file.name), file.path,
                                          file.mode));
    done_.push_back(file.path);
    return {};
  }

  Status put_identity() {
    if (!plan_.identity) return {};
    CC_TRY(step("putting the identity in place"));
    CC_TRY_ASSIGN(const auto identity, platform::IdentityFolder(stage_).load());
    const platform::IdentityFolder target(settings_.agent.state_dir);
    if (identity) CC_TRY(target.save(*identity));
    done_.push_back(target.path());
    return {};
  }

  Status keep() {
    CC_TRY(step("keeping what was replaced"));
    const std::string kept = kept_in_stage(settings_);
    if (plan_.kept.empty() || !platform::file_exists(kept)) return {};
    return platform::rename_in_folder(kept, plan_.kept);
  }

  const config::Settings& settings_;
  const RestorePlan& plan_;
  const ReportStep& report_;
  std::string stage_;
  std::vector<std::string> done_;
};

}  // namespace

std::string stage_folder(const config::Settings& settings) {
  return platform::join_path(settings.agent.state_dir, "restore.staged");
}

std::string kept_in_stage(const config::Settings& settings) {
  return platform::join_path(stage_folder(settings), "replaced");
}

Result<std::optional<RestorePlan>> read_plan(const config::Settings& settings) {
  const std::string path = plan_file(settings);
  if (!platform::file_exists(path)) return std::optional<RestorePlan>();
  CC_TRY_ASSIGN(const std::string text, platform::read_file(path, kMaxPlan));
  const auto parsed = json::parse(text);
  if (!parsed.ok() || !parsed->is_object()) return bad_plan(path);
  RestorePlan plan;
  try {
    plan.backup = parsed->at("backup").get<std::string>();
    plan.kept = parsed->at("kept").get<std::string>();
    plan.identity = parsed->at("identity").get<bool>();
    for (const nlohmann::json& file : parsed->at("files")) {
      plan.files.push_back({file.at("name").get<std::string>(), file.at("path").get<std::string>(),
                            static_cast<platform::FileMode>(file.at("mode").get<unsigned>())});
    }
  } catch (const nlohmann::json::exception&) {
    return bad_plan(path);
  }
  return std::make_optional(std::move(plan));
}

Status write_plan(const config::Settings& settings, const RestorePlan& plan) {
  nlohmann::json written{{"backup", plan.backup},
                         {"kept", plan.kept},
                         {"identity", plan.identity},
                         {"files", nlohmann::json::array()}};
  for (const BackupFile& file : plan.files) {
    written["files"].push_back(
        {{"name", file.name}, {"path", file.path}, {"mode", static_cast<unsigned>(file.mode)}});
  }
  return platform::write_file_atomically(plan_file(settings), json::dump(written) + "\n",
                                         platform::FileMode::secret);
}

Result<std::vector<std::string>> carry_out(const config::Settings& settings,
                                           const RestorePlan& plan, const ReportStep& report) {
  return Carrying(settings, plan, report).run();
}

Status refuse_half_of_a_restore(const config::Settings& settings) {
  const auto plan = read_plan(settings);
  if (!plan.ok()) return plan.error();
  // Without a plan it was ended before it touched anything.
  if (!*plan) return platform::remove_folder(stage_folder(settings));
  return Error(AppErrc::half_restored, ErrorKind::corrupt,
               "a restore was ended while it put files in place. Nothing is lost. Run it again, "
               "and it goes on: `certconnectord --restore " +
                   (*plan)->backup + "`");
}

}  // namespace certconnector::app
