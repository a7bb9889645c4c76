// The power-cut campaign: random work on a store whose disk loses power at a random moment, again
// and again. After each cut every call that had returned must stand, the call that was under way
// must stand as a whole or not at all, and the file must be sound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace certconnector::store {

struct PowercutReport {
  std::uint64_t cuts = 0;
  std::uint64_t calls = 0;  // that returned before a cut and were found again
  std::vector<std::string> violations;
};

// One disk with several lives; the seed decides everything.
[[nodiscard]] PowercutReport cut_queue(std::uint64_t seed);
[[nodiscard]] PowercutReport cut_certificates(std::uint64_t seed);
// The files of release 0.1.0 come over, from a disk with at least ten cuts.
[[nodiscard]] PowercutReport cut_take_over(std::uint64_t seed);
// A compaction, from a disk with at least twenty cuts.
[[nodiscard]] PowercutReport cut_compaction(std::uint64_t seed);

// Whether SQLite finds the file sound; else what it says (an empty `vfs` is the system's own). And
// moves the log into the file.
[[nodiscard]] std::string integrity(const std::string& path, const std::string& vfs);
void checkpoint(const std::string& path, const std::string& vfs);

}  // namespace certconnector::store
