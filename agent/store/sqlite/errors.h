// Errors of the store. Kinds: transient (disk full, read-only, I/O, busy: nothing of the call
// happened, try again), corrupt (a file is damaged or is not ours: stop, change nothing),
// permanent (refused: the message says why).
#pragma once

#include "common/result/error.h"

namespace certconnector::store {

enum class StoreErrc {
  disk_full,     // transient
  read_only,     // transient: a read-only file or file system
  io_failure,    // transient
  busy,          // transient: another process holds the file
  not_in_place,  // transient: the file was deleted or replaced while it is open
  damaged,       // corrupt: not readable as what it should be
  newer_schema,  // permanent: written by a newer release
  not_found,     // permanent: no such job (any more)
  not_allowed,   // permanent: the job's state does not allow it
  exists,        // permanent: the target of a backup is there already
  internal       // permanent: a defect of ours
};

[[nodiscard]] ErrorCode error_code(StoreErrc errc);

// The role of a database, for the messages that name it.
struct DatabaseRole {
  std::string title;   // "job queue"
  std::string remedy;  // what to do when it is damaged, and what is lost by moving it away
};

// The remedy where a file has nothing that a salvage could read.
inline constexpr const char* kRestore =
    "Nothing was changed. Put the file back, or restore the last backup: `certconnectord --restore "
    "DIR --force`";

// The error for a SQLite result code. `detail` is SQLite's own text.
[[nodiscard]] Error sqlite_error(int extended_code, const std::string& detail,
                                 const DatabaseRole& role, const std::string& path);
// The error for a file that is damaged, with the remedy. `what` is a clause: "is empty".
[[nodiscard]] Error damaged_error(const std::string& what, const DatabaseRole& role,
                                  const std::string& path);

}  // namespace certconnector::store
