// An open file of a LossyDisk, as SQLite holds it.
#pragma once

#include <sqlite3.h>

#include <array>

namespace certconnector::store {

class LossyFile;

struct LossyHandle : sqlite3_file {
  void* disk = nullptr;  // LossyDisk::State
  LossyFile* file = nullptr;
  int lock_level = SQLITE_LOCK_NONE;
  std::array<bool, SQLITE_SHM_NLOCK> shm_shared{};
  bool maps_shared_memory = false;
  bool delete_on_close = false;
};

}  // namespace certconnector::store
