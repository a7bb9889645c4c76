// The files of release 0.1.0 beside agent.db: queue.db and inventory.db. They come over once.
//
//   before            queue.db and inventory.db
//   take_over()       the same, and agent.db, which appears whole or not at all
//   first change      they are moved aside, and files that 0.1.0 refuses take their places; what
//   was
//                     moved aside goes once the change is durable
//
// So 0.1.0 can go on with its files until the first change in agent.db, and never after it. A crash
// between any two steps leads to the same end at the next start.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/store/sqlite/migrations.h"
#include "common/result/result.h"

namespace certconnector::store {

struct TakeOverProgress {
  std::uint64_t done = 0;  // rows
  std::uint64_t total = 0;
};

// Ends the take-over by an error; agent.db is not there then.
using ReportTakeOver = std::function<Status(const TakeOverProgress&)>;

// The files at the two old paths.
enum class FirstReleaseState {
  none,
  present,       // both files of 0.1.0
  half_retired,  // one of them, and one file that 0.1.0 refuses
  retired        // two files that 0.1.0 refuses
};

struct FirstReleaseFile {
  std::string path;
  DatabaseRole role;
  std::int32_t application = 0;
  std::int64_t version = 0;
};

class FirstRelease {
 public:
  // 0.1.0 refuses a file of this schema: a newer release wrote it.
  static constexpr std::int64_t kRefusedVersion = 1000;

  explicit FirstRelease(const std::string& state_dir);

  // Errors: corrupt (one of the files is missing, damaged or not ours), permanent (of a release
  // before 0.1.0), transient.
  [[nodiscard]] Result<FirstReleaseState> state() const;
  // Makes the file `target`, which is not there. Error transient, disk_full: says how much room it
  // needs; nothing was written.
  [[nodiscard]] Status take_over(const std::string& target, const ReportTakeOver& report) const;

  // Reads both files to their ends; `report` hears of it now and then. Nobody may use them.
  [[nodiscard]] Status check(const std::function<Status()>& report) const;

  // Before the first change of `target`.
  [[nodiscard]] Status retire() const;
  // After it is durable.
  void remove_retired() const;
  // Beside a changed `agent_db`: a file that is missing or damaged gives way to one that 0.1.0
  // refuses; a damaged one stays as FILE.damaged. Error corrupt: a file of 0.1.0 is whole.
  [[nodiscard]] Status refuse_again(const std::string& agent_db) const;

 private:
  [[nodiscard]] FirstReleaseFile queue_file() const;
  [[nodiscard]] FirstReleaseFile certificates_file() const;

  std::string queue_;
  std::string certificates_;
};

// Of an agent.db beside files of release 0.1.0: whether nothing has changed since it was made from
// them.
[[nodiscard]] Result<bool> is_unchanged_since_take_over(const std::string& agent_db);
// Both have changed. Error corrupt, with the remedy.
[[nodiscard]] Error two_states(const std::string& agent_db);

}  // namespace certconnector::store
