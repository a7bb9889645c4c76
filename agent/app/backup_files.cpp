#include "agent/app/backup_files.h"

#include <algorithm>

#include "agent/app/ca_backends.h"
#include "agent/platform/paths.h"
#include "common/crypto/message_digest.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

bool is_ra_set(const std::string& folder) {
  return !folder.empty() &&
         std::all_of(folder.begin(), folder.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add_if_there(std::vector<BackupFile>& all, const std::string& root, BackupFile file) {
  if (platform::file_exists(platform::join_path(root, file.name))) all.push_back(std::move(file));
}

void add_ra_set(std::vector<BackupFile>& all, const std::string& root, const std::string& state,
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

// See agent/scep/ra_files.h.
Status add_ra_files(std::vector<BackupFile>& all, const config::Settings& settings,
                    const std::string& root) {
  for (const config::ScepSettings& service : settings.scep) {
    const std::string of_service = platform::join_path("scep", service.name);
    CC_TRY_ASSIGN(const auto numbers, platform::list_folder(platform::join_path(root, of_service)));
    for (const std::string& number : numbers) {
      if (!is_ra_set(number)) continue;
      add_ra_set(all, root, settings.agent.state_dir, platform::join_path(of_service, number));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<BackupFile>> backup_files(const config::Settings& settings,
                                             const std::string& root) {
  std::vector<BackupFile> all;
  for (const config::CaSettings& ca : settings.cas) {
    const ca::Backend* backend = ca::find_backend(ca_backends(), ca.backend);
    if (backend == nullptr) continue;
    const bool has_issued =
        backend->issued_with != nullptr && !backend->issued_with(*ca.options).file.empty();
    for (ca::CaFile& file : backend->files_to_back_up(*ca.options)) {
      const auto mode =
          file.secret ? platform::FileMode::secret : platform::FileMode::world_readable;
      all.push_back({"ca/" + ca.name + "/" + file.name, std::move(file.path), mode, file.renewed,
                     file.needed && has_issued});
    }
  }
  CC_TRY(add_ra_files(all, settings, root));
  return all;
}

Result<bool> copy_below(const std::string& path, const std::string& folder,
                        const BackupFile& file) {
  if (path.empty() || !platform::file_exists(path)) return false;
  const std::string copy = platform::join_path(folder, file.name);
  CC_TRY(platform::make_folder(platform::parent_path(copy)));
  CC_TRY(platform::copy_file_atomically(path, copy, file.mode));
  for (std::string in = platform::parent_path(copy); in != folder && in.size() > folder.size();
       in = platform::parent_path(in)) {
    CC_TRY(platform::sync_folder(platform::parent_path(in)));
  }
  return true;
}

Result<std::string> digest_of_file(const std::string& path, const platform::TakePiece& also) {
  crypto::RunningHash digest(crypto::HashAlgorithm::sha256);
  CC_TRY(platform::read_in_pieces(path, [&](std::string_view piece) -> Status {
    digest.add(as_bytes(piece));
    return also(piece);
  }));
  return text::to_hex(digest.finish().view());
}

}  // namespace certconnector::app
