#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/agent/store/sqlite/disk_recorder.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kSector = 512;

using Kind = DiskChange::Kind;

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void carry_out(const DiskChange& change, std::string& contents) {
  if (change.kind == Kind::truncate) {
    contents.resize(change.offset);
    return;
  }
  const std::size_t end = change.offset + change.data.size();
  if (contents.size() < end) contents.resize(end);
  std::copy(change.data.begin(), change.data.end(),
            contents.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

// Some of its sectors.
DiskChange torn(const DiskChange& change, std::mt19937_64& random) {
  DiskChange part = change;
  const std::size_t sectors = change.data.size() / kSector;
  if (change.kind == Kind::write && sectors > 0) part.data.resize(random() % sectors * kSector);
  return part;
}

// The disk, and the changes that are on their way to it.
struct Disk {
  std::map<std::string, int> names;
  std::vector<std::string> contents;
  std::vector<const DiskChange*> waiting_names;
  std::vector<std::vector<const DiskChange*>> waiting;

  void grow(int file) {
    const std::size_t needed = static_cast<std::size_t>(std::max(file, -1) + 1);
    if (contents.size() < needed) contents.resize(needed);
    if (waiting.size() < contents.size()) waiting.resize(contents.size());
  }

  void take(const DiskChange& change) {
    grow(change.file);
    const auto file = static_cast<std::size_t>(std::max(change.file, 0));
    switch (change.kind) {
      case Kind::write:
      case Kind::truncate:
        waiting[file].push_back(&change);
        break;
      case Kind::sync:
        for (const DiskChange* each : waiting[file]) carry_out(*each, contents[file]);
        waiting[file].clear();
        break;
      case Kind::add_name:
      case Kind::remove_name:
        waiting_names.push_back(&change);
        break;
      case Kind::sync_folder:
        keep_names(waiting_names.size());
        break;
      case Kind::mark:
        break;
    }
  }

  void keep_names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (waiting_names[i]->kind == Kind::add_name) {
        names[waiting_names[i]->name] = waiting_names[i]->file;
        names.erase(waiting_names[i]->instead_of);
      } else {
        names.erase(waiting_names[i]->name);
      }
    }
    waiting_names.clear();
  }

  // None, all, the first few, or any of what waits.
  void lose_power(std::mt19937_64& random) {
    keep_names(random() % (waiting_names.size() + 1));
    for (std::size_t file = 0; file < waiting.size(); ++file) {
      const auto mode = random() % 4;
      std::size_t left = mode == 0 ? 0 : waiting[file].size();
      if (mode == 1) left = random() % (left + 1);
      for (std::size_t i = 0; i < left; ++i) {
        const DiskChange& change = *waiting[file][i];
        if (mode != 3) {
          carry_out(change, contents[file]);
        } else if (random() % 2 == 0) {
          carry_out(random() % 4 == 0 ? torn(change, random) : change, contents[file]);
        }
      }
    }
  }
};

}  // namespace

DiskLog::DiskLog(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names_[entry.path().filename().string()] = static_cast<int>(contents_.size());
    contents_.push_back(contents_of(entry.path()));
  }
}

int DiskLog::marks_before(std::size_t count) const {
  return static_cast<int>(
      std::count_if(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count),
                    [](const DiskChange& change) { return change.kind == Kind::mark; }));
}

void DiskLog::leave(const std::string& folder, std::size_t count, std::mt19937_64& random) const {
  Disk disk;
  disk.names = names_;
  disk.contents = contents_;
  for (std::size_t i = 0; i < count; ++i) disk.take(changes_[i]);
  disk.lose_power(random);
  for (const auto& [name, number] : disk.names) {
    disk.grow(number);
    const std::string path = folder + "/" + name;
    std::ofstream file(path, std::ios::binary);
    file << disk.contents[static_cast<std::size_t>(number)];
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

}  // namespace certconnector::store
