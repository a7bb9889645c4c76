// Counts of the agent's work since the start, for status. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace certconnector::jobs {

struct ActivityCounts {
  std::uint64_t issued = 0;
  std::uint64_t revoked = 0;
  std::uint64_t failed = 0;  // failed and dead
};

class Activity {
 public:
  void add(const ActivityCounts& more) {
    issued_ += more.issued;
    revoked_ += more.revoked;
    failed_ += more.failed;
  }
  [[nodiscard]] ActivityCounts counts() const { return {issued_, revoked_, failed_}; }

 private:
  std::atomic<std::uint64_t> issued_{0};
  std::atomic<std::uint64_t> revoked_{0};
  std::atomic<std::uint64_t> failed_{0};
};

}  // namespace certconnector::jobs
