#include "agent/store/sqlite/salvage_files.h"

#include <algorithm>
#include <cctype>

#include "agent/store/sqlite/agent_schema.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/first_release.h"
#include "agent/store/sqlite/page_file.h"
#include "agent/store/sqlite/salvage.h"
#include "common/time/rfc3339.h"

namespace certconnector::store {
namespace {

constexpr const char* kOldFiles[] = {"queue.db", "inventory.db"};

Result<bool> is_there(const std::string& path) {
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(path));
  return presence == FilePresence::present;
}

// The file that takes the place of one of release 0.1.0 after its rows went over.
Result<bool> is_retired(const std::string& path) {
  CC_TRY_ASSIGN(const PageFile file, PageFile::open(path));
  return file.user_version() == FirstRelease::kRefusedVersion;
}

// Empty: it is not there, or holds nothing any more.
Result<std::string> old_file(const std::string& path) {
  CC_TRY_ASSIGN(const bool there, is_there(path));
  if (!there) return std::string();
  CC_TRY_ASSIGN(const bool retired, is_retired(path));
  return retired ? std::string() : path;
}

Error refusal(StoreErrc errc, const std::string& words) {
  return {errc, ErrorKind::permanent, words};
}

Status check_version(const std::string& path) {
  CC_TRY_ASSIGN(const PageFile file, PageFile::open(path));
  const bool ours =
      static_cast<std::int32_t>(file.application_id()) == agent_schema().application_id;
  if (!ours || file.user_version() <= agent_schema().steps.size()) return {};
  return refusal(StoreErrc::newer_schema,
                 path +
                     " was written by a newer release. Install that release again, and let it "
                     "salvage the file");
}

// Before its first change, agent.db holds nothing that the files of 0.1.0 do not: a damaged one is
// made from them anew. A whole one may be salvaged: the files may be older than a published CRL.
Status refuse_beside_old_files(const std::string& state_dir) {
  const auto state = FirstRelease(state_dir).state();
  if (!state.ok() || *state != FirstReleaseState::present) return {};
  const auto unchanged = is_unchanged_since_take_over(state_dir + "/agent.db");
  if (unchanged.ok() && *unchanged) return {};
  return refusal(
      StoreErrc::not_allowed,
      "queue.db and inventory.db of release 0.1.0 are intact, and agent.db was made from "
      "them. Nothing was changed. Move agent.db away, and start the agent: it makes "
      "agent.db anew. If agent.db has changed since, move queue.db and inventory.db "
      "away instead, and salvage again");
}

std::string suffix_of(Timestamp now) {
  std::string time = to_rfc3339(now);
  time = time.substr(0, 19);
  time.erase(std::remove_if(time.begin(), time.end(), [](char c) { return c == '-' || c == ':'; }),
             time.end());
  return ".damaged-" + time + "Z";
}

}  // namespace

Result<SalvageFiles> find_files(const std::string& state_dir) {
  const std::string path = state_dir + "/agent.db";
  SalvageFiles files;
  CC_TRY_ASSIGN(files.queue, old_file(state_dir + "/" + kOldFiles[0]));
  CC_TRY_ASSIGN(files.certificates, old_file(state_dir + "/" + kOldFiles[1]));
  CC_TRY_ASSIGN(const bool there, is_there(path));
  if (there) {
    CC_TRY(check_version(path));
    if (!files.queue.empty() && !files.certificates.empty()) {
      CC_TRY(refuse_beside_old_files(state_dir));
    }
    return SalvageFiles{path, path, false};
  }
  files.first_release = true;
  if (!files.queue.empty() || !files.certificates.empty()) return files;
  return refusal(StoreErrc::not_found, "there is nothing to salvage: " + path +
                                           " is missing or empty. Restore the last backup");
}

Status check_room(const SalvageFiles& files) {
  std::uint64_t needed = 0;
  for (const std::string& path : {files.queue, files.certificates}) {
    if (path.empty() || (!files.first_release && needed != 0)) continue;
    for (const char* suffix : {"", "-wal"}) {
      const auto size = file_size(path + suffix);
      if (size.ok()) needed += *size;
    }
  }
  needed += needed / 8;
  CC_TRY_ASSIGN(const std::uint64_t room,
                free_room(files.queue.empty() ? files.certificates : files.queue));
  if (room >= needed) return {};
  const auto in_mib = [](std::uint64_t octets) {
    return std::to_string((octets >> 20U) + 1) + " MiB";
  };
  return Error(StoreErrc::disk_full, ErrorKind::transient,
               "the salvage needs " + in_mib(needed) +
                   " of free room in the state folder; there are " + in_mib(room) +
                   ". Nothing was changed. Free space, and salvage again");
}

Result<std::vector<std::string>> replace_files(const std::string& state_dir, Timestamp now) {
  std::vector<std::string> kept{state_dir + "/agent.db"};
  for (const char* name : kOldFiles) {
    CC_TRY_ASSIGN(const std::string path, old_file(state_dir + "/" + name));
    if (!path.empty()) kept.push_back(path);
  }
  const std::string suffix = suffix_of(now);
  std::vector<std::string> names;
  for (const std::string& path : kept) {
    CC_TRY_ASSIGN(const FilePresence presence, file_presence(path));
    if (presence == FilePresence::missing) continue;
    CC_TRY(name_file(path, path + suffix));
    CC_TRY_ASSIGN(const FilePresence log, file_presence(path + "-wal"));
    if (log != FilePresence::missing) CC_TRY(name_file(path + "-wal", path + suffix + "-wal"));
    names.push_back(path + suffix);
  }
  CC_TRY(replace_file(state_dir + "/" + kSalvagedName, state_dir + "/" + kReplacingName));
  CC_TRY(finish_replacement(state_dir));
  for (std::size_t i = 1; i < kept.size(); ++i) {
    for (const char* part : {"", "-wal", "-shm"}) remove_file(kept[i] + part);
  }
  return names;
}

Result<bool> finish_replacement(const std::string& state_dir) {
  const std::string replacing = state_dir + "/" + kReplacingName;
  const std::string path = state_dir + "/agent.db";
  CC_TRY_ASSIGN(const bool there, is_there(replacing));
  if (!there) return false;
  // The log of the damaged file must not be replayed into the new one.
  for (const char* suffix : {"-wal", "-shm"}) remove_file(path + suffix);
  CC_TRY(replace_file(replacing, path));
  return true;
}

}  // namespace certconnector::store
