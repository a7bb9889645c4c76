#include "tests/agent/store/sqlite/lossy_file.h"

#include <algorithm>

#include "tests/agent/store/sqlite/lossy_handle.h"

namespace certconnector::store {
namespace {
constexpr std::size_t kSector = 512;
}

int LossyLocks::lock(LossyHandle& handle, int level) {
  if (handle.lock_level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (pending_ != nullptr) return SQLITE_BUSY;
    ++shared_;
    handle.lock_level = level;
    return SQLITE_OK;
  }
  if (reserved_ != nullptr && reserved_ != &handle) return SQLITE_BUSY;
  reserved_ = &handle;
  if (level == SQLITE_LOCK_RESERVED) {
    handle.lock_level = level;
    return SQLITE_OK;
  }
  return lock_exclusive(handle);
}

int LossyLocks::lock_exclusive(LossyHandle& handle) {
  pending_ = &handle;
  handle.lock_level = SQLITE_LOCK_PENDING;
  if (shared_ > 1) return SQLITE_BUSY;
  handle.lock_level = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

void LossyLocks::unlock(LossyHandle& handle, int level) {
  if (handle.lock_level <= level) return;
  if (reserved_ == &handle) reserved_ = nullptr;
  if (pending_ == &handle) pending_ = nullptr;
  if (level == SQLITE_LOCK_NONE) --shared_;
  handle.lock_level = level;
}

int LossyLocks::lock_shared_memory(LossyHandle& handle, int first, int count, int flags) {
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const bool locking = (flags & SQLITE_SHM_LOCK) != 0;
  const auto from = static_cast<std::size_t>(first);
  const auto to = from + static_cast<std::size_t>(count);
  for (std::size_t i = from; locking && i < to; ++i) {
    const bool own_shared = handle.shm_shared[i];
    if (shm_exclusive_[i] != nullptr && shm_exclusive_[i] != &handle) return SQLITE_BUSY;
    if (exclusive && shm_shared_[i] > (own_shared ? 1 : 0)) return SQLITE_BUSY;
  }
  for (std::size_t i = from; i < to; ++i) {
    if (exclusive) {
      if (locking) {
        shm_exclusive_[i] = &handle;
      } else if (shm_exclusive_[i] == &handle) {
        shm_exclusive_[i] = nullptr;
      }
    } else if (handle.shm_shared[i] != locking) {
      handle.shm_shared[i] = locking;
      shm_shared_[i] += locking ? 1 : -1;
    }
  }
  return SQLITE_OK;
}

void LossyFile::create() { exists_ = true; }

void LossyFile::apply(Bytes& image, const Pending& change) {
  if (change.truncation) {
    image.resize(change.offset);
    return;
  }
  if (image.size() < change.offset + change.data.size()) {
    image.resize(change.offset + change.data.size());
  }
  std::copy(change.data.begin(), change.data.end(),
            image.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

void LossyFile::write(std::size_t offset, ByteView data) {
  pending_.push_back({false, offset, data.to_bytes()});
  apply(current_, pending_.back());
}

void LossyFile::truncate(std::size_t size) {
  pending_.push_back({true, size, {}});
  apply(current_, pending_.back());
}

void LossyFile::sync() {
  for (const Pending& change : pending_) apply(durable_, change);
  pending_.clear();
  durably_exists_ = exists_;
}

void LossyFile::remove(bool durably) {
  truncate(0);
  exists_ = false;
  if (durably) sync();
}

void LossyFile::keep_some(const Pending& change, std::mt19937_64& random, unsigned percent) {
  if (change.truncation) {
    if (random() % 100 < percent) apply(durable_, change);
    return;
  }
  std::size_t done = 0;
  while (done < change.data.size()) {
    const std::size_t at = change.offset + done;
    const std::size_t size = std::min(change.data.size() - done, kSector - at % kSector);
    if (random() % 100 < percent) {
      const auto from = change.data.begin() + static_cast<std::ptrdiff_t>(done);
      apply(durable_, {false, at, Bytes(from, from + static_cast<std::ptrdiff_t>(size))});
    }
    done += size;
  }
}

void LossyFile::lose(std::mt19937_64& random) {
  // Nothing, everything, the first part in order, or any sectors.
  const std::uint64_t manner = random() % 4;
  const std::size_t first = pending_.empty() ? 0 : random() % (pending_.size() + 1);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const bool in_order = manner == 1 || (manner == 2 && i < first);
    if (in_order || manner == 3) keep_some(pending_[i], random, in_order ? 100 : 50);
  }
  pending_.clear();
  if (durably_exists_ != exists_) durably_exists_ = random() % 2 == 0;
  exists_ = durably_exists_;
  if (!exists_) durable_.clear();
  current_ = durable_;
  locks = LossyLocks();
  shared_memory.clear();
}

}  // namespace certconnector::store
