// One bounded piece of a long purge: tells what it has removed, and whether there may be more.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/jobs/storage_guard.h"

namespace certconnector::jobs {

// Between two pieces, so that the stores' own writes come in between.
inline constexpr Duration kBetweenPieces = std::chrono::milliseconds(10);
inline constexpr std::size_t kPurgeBatch = 24;  // rows in one transaction, each at many places

// Whether there may be more to remove. `batch`: how many rows the piece was to remove at most.
inline bool purged(const Result<std::uint64_t>& removed, std::size_t batch, std::string_view what,
                   StorageGuard& storage, log::Logger& logger) {
  if (!removed.ok()) {
    storage.failed(removed.error());
    return false;
  }
  if (*removed > 0) logger.debug("purge", what, {{"rows", *removed}});
  return *removed >= batch;
}

}  // namespace certconnector::jobs
