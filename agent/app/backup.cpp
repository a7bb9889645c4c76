#include "agent/app/backup.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/app/ca_backends.h"
#include "agent/app/database_bonds.h"
#include "agent/app/errors.h"
#include "agent/app/version.h"
#include "agent/platform/defaults.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/identity_folder.h"
#include "agent/platform/paths.h"
#include "agent/store/sqlite/agent_database.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxSmallFile = 256UL * 1024 * 1024;  // the largest is a CRL
constexpr const char* kManifest = "manifest.json";
constexpr const char* kDatabase = "agent.db";

// A file by its place in the backup and its place in use.
struct Item {
  std::string name;  // "ca/default/key.pem"
  std::string path;
  platform::FileMode mode = platform::FileMode::secret;
  bool database = false;
};

std::vector<Item> items(const config::Settings& settings) {
  using platform::FileMode;
  const std::string& state = settings.agent.state_dir;
  std::vector<Item> all{{kDatabase, platform::join_path(state, kDatabase), FileMode::secret, true}};
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
    if (backend == nullptr) continue;
    for (ca::CaFile& file : backend->files_to_back_up(*ca.options)) {
      all.push_back({"ca/" + ca.name + "/" + file.name, std::move(file.path),
                     file.secret ? FileMode::secret : FileMode::world_readable});
    }
  }
  return all;
}

bool is_ra_set(const std::string& folder) {
  return !folder.empty() &&
         std::all_of(folder.begin(), folder.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add_if_there(std::vector<Item>& all, const std::string& root, Item item) {
  if (platform::file_exists(platform::join_path(root, item.name))) all.push_back(std::move(item));
}

void add_ra_set(std::vector<Item>& all, const std::string& root, const std::string& state,
                const std::string& set) {
  for (const char* use : {"ra", "signing", "encryption"}) {
    const std::string name = platform::join_path(set, use);
    const std::string path = platform::join_path(state, name);
    add_if_there(all, root, {name + ".key.pem", path + ".key.pem"});
    add_if_there(
        all, root,
        {name + ".certificate.pem", path + ".certificate.pem", platform::FileMode::world_readable});
  }
}

// The RA keys and certificates of every service that are there in `root`, a state folder or a
// backup: scep/SERVICE/NUMBER/FILE in both, see agent/scep/ra_files.h.
std::vector<Item> ra_items(const config::Settings& settings, const std::string& root) {
  std::vector<Item> all;
  for (const config::ScepSettings& service : settings.scep) {
    const std::string of_service = platform::join_path("scep", service.name);
    for (const std::string& number : platform::list_folder(platform::join_path(root, of_service))) {
      if (!is_ra_set(number)) continue;
      add_ra_set(all, root, settings.agent.state_dir, platform::join_path(of_service, number));
    }
  }
  return all;
}

// All of `root`: files that may exist, and the RA files that do exist.
std::vector<Item> items_of(const config::Settings& settings, const std::string& root) {
  std::vector<Item> all = items(settings);
  for (Item& item : ra_items(settings, root)) all.push_back(std::move(item));
  return all;
}

std::string digest_of(const std::string& contents) {
  return text::to_hex(crypto::view(crypto::sha256(as_bytes(contents))));
}

Error bad_backup(const std::string& folder, const std::string& what) {
  return {AppErrc::bad_backup, ErrorKind::permanent, folder + " cannot be restored: " + what};
}

bool is_not_found(const Error& error) {
  return error.code() == error_code(platform::PlatformErrc::not_found);
}

Status new_folder(const std::string& folder) {
  if (!platform::is_absolute_path(folder)) {
    return Error(AppErrc::bad_backup, ErrorKind::permanent,
                 "name the backup's folder by an absolute path");
  }
  const Status made = platform::make_new_folder(folder);
  if (made.ok()) return {};
  const ErrorCode code = made.error().code();
  if (code == error_code(platform::PlatformErrc::exists)) {
    return made.error().with_context("a backup goes into a new folder");
  }
  if (code == error_code(platform::PlatformErrc::not_writable)) {
    return made.error().with_context(
        std::string("the agent may write below its state folder and, as a service, ") +
        platform::defaults().backup_folder);
  }
  return made.error();
}

// Copies the small files that exist, and the identity; adds their digests to `manifest`.
Status copy_files(const std::string& folder, const config::Settings& settings,
                  nlohmann::json& files) {
  for (const Item& item : items_of(settings, settings.agent.state_dir)) {
    if (item.database) continue;
    const auto contents = platform::read_file(item.path, kMaxSmallFile);
    if (!contents.ok()) {
      if (is_not_found(contents.error())) continue;
      return contents.error();
    }
    CC_TRY(platform::make_folder(platform::parent_path(platform::join_path(folder, item.name))));
    CC_TRY(platform::create_file(platform::join_path(folder, item.name), *contents, item.mode));
    files[item.name] = digest_of(*contents);
  }
  const platform::IdentityFolder source(settings.agent.state_dir);
  CC_TRY_ASSIGN(const auto identity, source.load());
  if (!identity) return {};
  CC_TRY(platform::IdentityFolder(folder).save(*identity));
  files["identity/key.pem"] = digest_of(identity->key_pem);
  files["identity/certificate.pem"] = digest_of(identity->certificate_pem);
  files["identity/endpoint.json"] = digest_of(identity->endpoint_json);
  files["identity/endpoint_ca.pem"] = digest_of(identity->endpoint_ca_pem);
  return {};
}

Result<nlohmann::json> read_manifest(const std::string& folder) {
  const auto text = platform::read_file(platform::join_path(folder, kManifest), kMaxSmallFile);
  if (!text.ok() && is_not_found(text.error())) {
    return bad_backup(folder,
                      std::string("it has no ") + kManifest + ", so it is no complete backup");
  }
  if (!text.ok()) return text.error();
  auto manifest = json::parse(*text);
  if (!manifest.ok())
    return bad_backup(folder, std::string(kManifest) + ": " + manifest.error().message());
  const bool good =
      manifest->is_object() && manifest->contains("files") && (*manifest)["files"].is_object();
  if (!good) return bad_backup(folder, std::string(kManifest) + " lists no files");
  return (*manifest)["files"];
}

// Every small file that the manifest lists is there and unchanged, and the database can be read to
// its end.
Status check_files(const std::string& folder, const nlohmann::json& files) {
  for (const auto& [name, digest] : files.items()) {
    const auto contents = platform::read_file(platform::join_path(folder, name), kMaxSmallFile);
    if (!contents.ok()) return bad_backup(folder, contents.error().message());
    if (!digest.is_string() || digest_of(*contents) != digest.get<std::string>()) {
      return bad_backup(folder, name + " is not the file that was saved");
    }
  }
  const std::string database = platform::join_path(folder, kDatabase);
  if (!platform::file_exists(database)) {
    return bad_backup(folder, std::string(kDatabase) + " is missing");
  }
  return store::AgentDatabase::check_file(database);
}

Status refuse_to_overwrite(const config::Settings& settings, const std::vector<Item>& all,
                           const nlohmann::json& files) {
  std::string there;
  for (const Item& item : all) {
    if ((item.database || files.contains(item.name)) && platform::file_exists(item.path))
      there.append(" ").append(item.path);
  }
  const std::string identity = platform::IdentityFolder(settings.agent.state_dir).path();
  if (files.contains("identity/key.pem") && platform::file_exists(identity))
    there.append(" ").append(identity);
  if (there.empty()) return {};
  return Error(AppErrc::would_overwrite, ErrorKind::permanent,
               "these are there and would be replaced; give --force to do so:" + there);
}

Status restore_file(const std::string& from, const Item& item) {
  CC_TRY(platform::make_folder(platform::parent_path(item.path)));
  if (item.database) {
    // The log of the old database must not be replayed into the restored one.
    CC_TRY(platform::remove_file(item.path + "-wal"));
    CC_TRY(platform::remove_file(item.path + "-shm"));
  }
  return platform::copy_file_atomically(from, item.path, item.mode);
}

// An RA's certificate must not outlive its key: the backup has the key's own, or none yet.
Status remove_stale_certificate(const Item& item) {
  constexpr std::string_view kKey = ".key.pem";
  const std::size_t stem = item.path.size() - std::min(item.path.size(), kKey.size());
  if (item.name.rfind("scep/", 0) != 0 || item.path.substr(stem) != kKey) return {};
  return platform::remove_file(item.path.substr(0, stem) + ".certificate.pem");
}

}  // namespace

Status write_backup(const std::string& folder, const config::Settings& settings,
                    store::AgentDatabase& database) {
  CC_TRY(new_folder(folder));
  nlohmann::json files = nlohmann::json::object();
  CC_TRY(database.backup_to(platform::join_path(folder, kDatabase)));
  CC_TRY(copy_files(folder, settings, files));
  const nlohmann::json manifest{{"version", kVersion}, {"files", files}};
  return platform::create_file(platform::join_path(folder, kManifest), json::dump(manifest) + "\n",
                               platform::FileMode::secret);
}

Result<std::vector<std::string>> restore_backup(const std::string& folder,
                                                const config::Settings& settings, bool force) {
  CC_TRY_ASSIGN(const nlohmann::json files, read_manifest(folder));
  CC_TRY(check_files(folder, files));
  const std::vector<Item> all = items_of(settings, folder);
  if (!force) CC_TRY(refuse_to_overwrite(settings, all, files));
  std::vector<std::string> restored;
  for (const Item& item : all) {
    if (!item.database && !files.contains(item.name)) continue;
    CC_TRY(remove_stale_certificate(item));
    CC_TRY(restore_file(platform::join_path(folder, item.name), item));
    restored.push_back(item.path);
  }
  if (files.contains("identity/key.pem")) {
    CC_TRY_ASSIGN(const auto identity, platform::IdentityFolder(folder).load());
    const platform::IdentityFolder target(settings.agent.state_dir);
    if (identity) CC_TRY(target.save(*identity));
    restored.push_back(target.path());
  }
  // The person who restores has decided on the database. Last: after a kill before this the agent
  // does not start beside half of a backup, and the restore can be run again.
  CC_TRY(forget_databases_of_cas(settings, ca_backends()));
  return restored;
}

}  // namespace certconnector::app
