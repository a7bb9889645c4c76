#include "agent/store/sqlite/database_in_place.h"

#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/first_release.h"

namespace certconnector::store {
namespace {

constexpr const char* kFiles[] = {"agent.db", "queue.db", "inventory.db"};

// Damaged ones: what could be read in them has been merged, and they have a second name.
Status remove_damaged(const std::string& state_dir) {
  for (const char* name : {"queue.db", "inventory.db"}) {
    for (const char* suffix : {"", "-wal", "-shm"}) remove_file(state_dir + "/" + name + suffix);
  }
  return {};
}

}  // namespace

Result<bool> keep_databases(const std::string& state_dir, const std::string& folder) {
  bool any = false;
  for (const char* name : kFiles) {
    for (const char* suffix : {"", "-wal"}) {
      const std::string file = std::string("/") + name + suffix;
      const std::string there = state_dir + file;
      CC_TRY_ASSIGN(const FilePresence presence, file_presence(there));
      if (presence == FilePresence::missing) continue;
      CC_TRY(name_file(there, folder + file));
      any = true;
    }
  }
  return any;
}

Status put_in_place(const std::string& staged, const std::string& state_dir) {
  const std::string path = state_dir + "/agent.db";
  CC_TRY_ASSIGN(const FilePresence presence, file_presence(staged));
  if (presence != FilePresence::missing) {
    // The log of the old database must not be replayed into the new one.
    for (const char* suffix : {"-wal", "-shm"}) remove_file(path + suffix);
    CC_TRY(replace_file(staged, path));
  }
  const FirstRelease old(state_dir);
  const auto state = old.state();
  if (!state.ok()) {
    return state.error().kind() == ErrorKind::corrupt ? remove_damaged(state_dir)
                                                      : Status(state.error());
  }
  if (*state == FirstReleaseState::none || *state == FirstReleaseState::retired) return {};
  CC_TRY(old.retire());
  old.remove_retired();
  return {};
}

}  // namespace certconnector::store
