// One file of a LossyDisk: what is durable, what is only written, and its locks.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::store {

struct LossyHandle;

// File locks of SQLite's VFS protocol, between the handles of one process.
class LossyLocks {
 public:
  int lock(LossyHandle& handle, int level);
  void unlock(LossyHandle& handle, int level);
  [[nodiscard]] bool reserved() const { return reserved_ != nullptr; }
  int lock_shared_memory(LossyHandle& handle, int first, int count, int flags);

 private:
  int lock_exclusive(LossyHandle& handle);
  int shared_ = 0;
  LossyHandle* reserved_ = nullptr;
  LossyHandle* pending_ = nullptr;
  std::array<int, SQLITE_SHM_NLOCK> shm_shared_{};
  std::array<LossyHandle*, SQLITE_SHM_NLOCK> shm_exclusive_{};
};

class LossyFile {
 public:
  [[nodiscard]] bool exists() const { return exists_; }
  [[nodiscard]] const Bytes& contents() const { return current_; }

  void create();
  void write(std::size_t offset, ByteView data);
  void truncate(std::size_t size);
  void sync();
  void remove(bool durably);
  // Leaves the file as after a power cut.
  void lose(std::mt19937_64& random);

  LossyLocks locks;
  std::vector<std::unique_ptr<Bytes>> shared_memory;

 private:
  struct Pending {
    bool truncation = false;
    std::size_t offset = 0;  // of a truncation: the size
    Bytes data;
  };
  static void apply(Bytes& image, const Pending& change);
  void keep_some(const Pending& change, std::mt19937_64& random, unsigned percent);

  bool exists_ = false;
  bool durably_exists_ = false;
  Bytes current_;
  Bytes durable_;
  std::vector<Pending> pending_;
};

}  // namespace certconnector::store
