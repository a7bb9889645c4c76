// Records what this process does to the files of one folder, so that a test can show the folder as
// a power cut at any moment may leave it: of everything that was not synced yet, something.
//
// It takes the place of the C library's calls (open, write, fsync, rename, ...) in the whole
// program, SQLite's included, and passes them on. One recorder at a time, one thread.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace certconnector::store {

// A change of a file, named by a number that it keeps through every rename, or of the folder.
struct DiskChange {
  enum class Kind { write, truncate, sync, add_name, remove_name, sync_folder, mark };
  Kind kind = Kind::mark;
  int file = -1;
  std::string name;          // add_name, remove_name
  std::string instead_of;    // add_name: the name that goes with it; may be empty
  std::uint64_t offset = 0;  // write; the new size for truncate
  std::string data;          // write
};

class DiskLog {
 public:
  // The folder as it is now, all of it on the disk.
  explicit DiskLog(const std::string& folder);

  void add(DiskChange change) { changes_.push_back(std::move(change)); }
  [[nodiscard]] std::size_t size() const { return changes_.size(); }
  [[nodiscard]] const std::map<std::string, int>& names() const { return names_; }
  // How many mark()s were over after `count` changes.
  [[nodiscard]] int marks_before(std::size_t count) const;
  // Fills `folder`, which is empty, with what a cut after `count` changes leaves. Of the folder's
  // changes that were not synced the first few stand; of each file's any, or parts of them.
  void leave(const std::string& folder, std::size_t count, std::mt19937_64& random) const;

 private:
  std::map<std::string, int> names_;   // in the beginning
  std::vector<std::string> contents_;  // by number, in the beginning
  std::vector<DiskChange> changes_;
};

class DiskRecorder {
 public:
  // Begins. The folder has no folders in it.
  explicit DiskRecorder(const std::string& folder);
  ~DiskRecorder();
  DiskRecorder(const DiskRecorder&) = delete;
  DiskRecorder& operator=(const DiskRecorder&) = delete;

  // A promise that was made to a caller before it must hold after a later cut.
  void mark();
  [[nodiscard]] const DiskLog& log() const { return log_; }

 private:
  DiskLog log_;
};

}  // namespace certconnector::store
