#include "agent/store/sqlite/errors.h"

#include <sqlite3.h>

#include "agent/platform/words.h"

namespace certconnector::store {

ErrorCode error_code(StoreErrc errc) {
  switch (errc) {
    case StoreErrc::disk_full:
      return {"store", "disk_full"};
    case StoreErrc::read_only:
      return {"store", "read_only"};
    case StoreErrc::io_failure:
      return {"store", "io_failure"};
    case StoreErrc::busy:
      return {"store", "busy",
              "Stop the program whose line of that list has WRITE; the agent goes on by itself"};
    case StoreErrc::not_in_place:
      return {"store", "not_in_place",
              "Put the file back, and work goes on. If it is gone, save what the agent still has "
              "open: `certconnector backup DIR`. Then stop the agent and restore that: "
              "`certconnectord --restore DIR --force`"};
    case StoreErrc::damaged:
      return {"store", "damaged"};
    case StoreErrc::newer_schema:
      return {"store", "newer_schema"};
    case StoreErrc::not_found:
      return {"store", "not_found"};
    case StoreErrc::not_allowed:
      return {"store", "not_allowed"};
    case StoreErrc::exists:
      return {"store", "exists"};
    case StoreErrc::internal:
      return {"store", "internal", "Look into the agent's log"};
  }
  return {"store", "unknown"};
}

Error damaged_error(const std::string& what, const DatabaseRole& role, const std::string& path) {
  return {StoreErrc::damaged, ErrorKind::corrupt,
          "the " + std::string(role.title) + " " + path + " " + what + ". " + role.remedy};
}

namespace {

// Shared memory and journal are files too: what the disk has no room for may show here first.
bool may_be_full(int extended_code) {
  switch (extended_code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMSIZE:
    case SQLITE_IOERR_SHMMAP:
    case SQLITE_IOERR_SHMLOCK:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error sqlite_error(int extended_code, const std::string& detail, const DatabaseRole& role,
                   const std::string& path) {
  const std::string subject = "the " + std::string(role.title) + " " + path;
  const std::string suffix = " (" + detail + ")";
  if (extended_code == SQLITE_IOERR_CORRUPTFS) {
    return damaged_error("lies on a damaged file system" + suffix, role, path);
  }
  switch (extended_code & 0xFF) {
    case SQLITE_FULL:
      return {StoreErrc::disk_full, ErrorKind::transient,
              subject + " cannot grow: the disk is full" + suffix +
                  ". Free space on its file system; work goes on by itself"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {StoreErrc::read_only, ErrorKind::transient,
              subject + " cannot be written" + suffix +
                  ". Check that the file system is not mounted read-only and that the agent's user "
                  "owns the file and its folder"};
    case SQLITE_CANTOPEN:
      return {StoreErrc::io_failure, ErrorKind::transient,
              subject + " cannot be opened" + suffix +
                  ". Check that its folder exists and that the agent's user may read and write it"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {StoreErrc::busy, ErrorKind::transient,
              subject + " is locked by another process" + suffix + "; " +
                  platform::how_to_find_holders(path)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
      return damaged_error("is damaged" + suffix, role, path);
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
      return {StoreErrc::io_failure, ErrorKind::transient,
              subject + " could not be read or written" + suffix +
                  (may_be_full(extended_code) ? ". Check whether its disk is full, and look"
                                              : ". Look") +
                  " for disk errors in the system's log"};
    default:
      return {StoreErrc::internal, ErrorKind::permanent,
              subject + " refused an operation" + suffix + ". This is a defect: please report it"};
  }
}

}  // namespace certconnector::store
