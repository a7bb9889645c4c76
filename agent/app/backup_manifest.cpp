#include "agent/app/backup_manifest.h"

#include <nlohmann/json.hpp>

#include "agent/app/backup_files.h"
#include "agent/app/errors.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "common/time/rfc3339.h"
#include "proto/json/json.h"

namespace certconnector::app {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr std::size_t kMaxManifest = std::size_t{4} * 1024 * 1024;

std::string text_of(const nlohmann::json& manifest, const char* key) {
  const auto found = manifest.find(key);
  return found != manifest.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::string> read_text(const std::string& folder) {
  auto text = platform::read_file(platform::join_path(folder, kManifest), kMaxManifest);
  if (text.ok()) return text;
  if (text.error().code() != error_code(platform::PlatformErrc::not_found)) return text.error();
  return bad_backup(folder, std::string("it has no ") + kManifest + ", so it is no whole backup");
}

}  // namespace

Error bad_backup(const std::string& folder, const std::string& what) {
  return {AppErrc::bad_backup, ErrorKind::permanent,
          folder + " cannot be restored: " + what + ". Nothing was changed"};
}

bool is_of_first_release(const BackupManifest& manifest) {
  return manifest.files.count(kDatabaseFile) == 0 && manifest.database.empty();
}

Result<BackupManifest> read_manifest(const std::string& folder) {
  CC_TRY_ASSIGN(const std::string text, read_text(folder));
  const auto parsed = json::parse(text);
  if (!parsed.ok())
    return bad_backup(folder, std::string(kManifest) + ": " + parsed.error().message());
  const auto files = parsed->is_object() ? parsed->find("files") : parsed->end();
  if (files == parsed->end() || !files->is_object()) {
    return bad_backup(folder, std::string(kManifest) + " lists no files");
  }
  BackupManifest manifest;
  manifest.version = text_of(*parsed, "version");
  manifest.made_at = from_rfc3339(text_of(*parsed, "made_at"));
  manifest.database = text_of(*parsed, "database");
  for (const auto& [name, digest] : files->items()) {
    manifest.files[name] = digest.is_string() ? digest.get<std::string>() : "";
  }
  if (manifest.files.count(kDatabaseFile) == 0 && !manifest.database.empty()) {
    return bad_backup(folder, std::string(kManifest) + " does not list " + kDatabaseFile);
  }
  return manifest;
}

Status write_manifest(const std::string& folder, const BackupManifest& manifest) {
  nlohmann::json written{
      {"version", manifest.version}, {"database", manifest.database}, {"files", manifest.files}};
  if (manifest.made_at) written["made_at"] = to_rfc3339(*manifest.made_at);
  return platform::create_file(platform::join_path(folder, kManifest), json::dump(written) + "\n",
                               platform::FileMode::secret);
}

Status check_digests(const std::string& folder, const BackupManifest& manifest,
                     const ReportStep& report) {
  for (const auto& file : manifest.files) {
    const std::string& name = file.first;
    const std::string path = platform::join_path(folder, name);
    if (!platform::file_exists(path)) return bad_backup(folder, name + " is missing");
    CC_TRY_ASSIGN(const std::uint64_t size, platform::file_size(path));
    std::uint64_t done = 0;
    const auto digest = digest_of_file(path, [&](std::string_view piece) {
      done += piece.size();
      return report({"reading " + name + ", octets", done, size});
    });
    if (!digest.ok()) return digest.error();
    if (*digest != file.second)
      return bad_backup(folder, name + " is not the file that was saved; take another backup");
  }
  return {};
}

}  // namespace certconnector::app
