// The wrappers of fortified calls would define what is defined here.
#undef _FORTIFY_SOURCE
#include "tests/agent/store/sqlite/disk_recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace certconnector::store {
namespace {

using Kind = DiskChange::Kind;

// The names and open files of the folder. SQLite's shared memory is no file that outlives a cut.
class Tape {
 public:
  Tape(std::string folder, DiskLog& log)
      : folder_(std::move(folder)), log_(log), names_(log.names()) {
    for (const auto& [name, file] : names_) next_ = std::max(next_, file + 1);
  }

  void opened(const char* path, int flags, int descriptor) {
    if (path == folder_) {
      open_[descriptor] = kFolder;
      return;
    }
    const auto name = name_of(path);
    if (!name) return;
    const auto known = names_.find(*name);
    if (known == names_.end()) {
      add_name(*name, next_++);
    } else if ((flags & O_TRUNC) != 0) {
      log_.add({Kind::truncate, known->second, {}, {}, 0, {}});
    }
    open_[descriptor] = names_[*name];
  }
  void closed(int descriptor) { open_.erase(descriptor); }
  void written(int descriptor, const void* data, std::size_t size, std::uint64_t offset) {
    const auto file = file_of(descriptor);
    if (!file) return;
    log_.add({Kind::write, *file, {}, {}, offset, {static_cast<const char*>(data), size}});
  }
  void truncated(int descriptor, std::uint64_t size) {
    if (const auto file = file_of(descriptor)) log_.add({Kind::truncate, *file, {}, {}, size, {}});
  }
  void synced(int descriptor) {
    const auto found = open_.find(descriptor);
    if (found == open_.end()) return;
    if (found->second == kFolder) {
      log_.add({Kind::sync_folder, -1, {}, {}, 0, {}});
    } else {
      log_.add({Kind::sync, found->second, {}, {}, 0, {}});
    }
  }
  void linked(const char* from, const char* to) {
    const auto name = name_of(from);
    const auto other = name_of(to);
    if (name && other) add_name(*other, names_[*name]);
  }
  void renamed(const char* from, const char* to) {
    const auto name = name_of(from);
    const auto other = name_of(to);
    if (!name || !other) return;
    const int file = names_[*name];
    names_.erase(*name);
    names_[*other] = file;
    log_.add({Kind::add_name, file, *other, *name, 0, {}});
  }
  void unlinked(const char* path) {
    const auto name = name_of(path);
    if (!name || names_.erase(*name) == 0) return;
    log_.add({Kind::remove_name, -1, *name, {}, 0, {}});
  }
  void mark() { log_.add({}); }

 private:
  static constexpr int kFolder = -2;

  [[nodiscard]] std::optional<std::string> name_of(std::string_view path) const {
    if (path.size() <= folder_.size() + 1 || path.substr(0, folder_.size()) != folder_) return {};
    std::string name(path.substr(folder_.size() + 1));
    if (name.size() > 4 && name.substr(name.size() - 4) == "-shm") return {};
    return name;
  }
  [[nodiscard]] std::optional<int> file_of(int descriptor) const {
    const auto found = open_.find(descriptor);
    if (found == open_.end() || found->second == kFolder) return {};
    return found->second;
  }
  void add_name(const std::string& name, int file) {
    names_[name] = file;
    log_.add({Kind::add_name, file, name, {}, 0, {}});
  }

  std::string folder_;
  DiskLog& log_;
  std::map<std::string, int> names_;
  std::map<int, int> open_;
  int next_ = 0;
};

std::optional<Tape>& tape() {
  static std::optional<Tape> running;
  return running;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <typename Work>
int noted(int result, const Work& work) {
  if (result >= 0 && tape()) work(*tape());
  return result;
}

int open_file(const char* symbol, const char* path, int flags, mode_t mode) {
  const int descriptor = real<int(const char*, int, ...)>(symbol)(path, flags, mode);
  return noted(descriptor, [&](Tape& tape) { tape.opened(path, flags, descriptor); });
}

ssize_t write_at(const char* symbol, int descriptor, const void* data, std::size_t size,
                 off_t offset) {
  const ssize_t written =
      real<ssize_t(int, const void*, std::size_t, off_t)>(symbol)(descriptor, data, size, offset);
  if (written > 0 && tape()) {
    tape()->written(descriptor, data, static_cast<std::size_t>(written),
                    static_cast<std::uint64_t>(offset));
  }
  return written;
}

int truncate_to(const char* symbol, int descriptor, off_t size) {
  return noted(real<int(int, off_t)>(symbol)(descriptor, size),
               [&](Tape& tape) { tape.truncated(descriptor, static_cast<std::uint64_t>(size)); });
}

int sync_now(const char* symbol, int descriptor) {
  return noted(real<int(int)>(symbol)(descriptor), [&](Tape& tape) { tape.synced(descriptor); });
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

DiskRecorder::DiskRecorder(const std::string& folder) : log_(folder) {
  tape().emplace(folder, log_);
}
DiskRecorder::~DiskRecorder() { tape().reset(); }
void DiskRecorder::mark() { tape()->mark(); }

}  // namespace certconnector::store

namespace store = certconnector::store;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = store::mode_of(flags, arguments);
  va_end(arguments);
  return store::open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = store::mode_of(flags, arguments);
  va_end(arguments);
  return store::open_file("open64", path, flags, mode);
}

// What glibc makes of open() where _FORTIFY_SOURCE checks it.
int __open_2(const char* path, int flags) { return store::open_file("open", path, flags, 0); }

int __open64_2(const char* path, int flags) { return store::open_file("open64", path, flags, 0); }

int close(int descriptor) {
  if (store::tape()) store::tape()->closed(descriptor);
  return store::real<int(int)>("close")(descriptor);
}

ssize_t pwrite(int descriptor, const void* data, std::size_t size, off_t offset) {
  return store::write_at("pwrite", descriptor, data, size, offset);
}

ssize_t pwrite64(int descriptor, const void* data, std::size_t size, off_t offset) {
  return store::write_at("pwrite64", descriptor, data, size, offset);
}

int ftruncate(int descriptor, off_t size) noexcept {
  return store::truncate_to("ftruncate", descriptor, size);
}

int ftruncate64(int descriptor, off_t size) noexcept {
  return store::truncate_to("ftruncate64", descriptor, size);
}

int fsync(int descriptor) { return store::sync_now("fsync", descriptor); }

int fdatasync(int descriptor) { return store::sync_now("fdatasync", descriptor); }

int link(const char* from, const char* to) noexcept {
  return store::noted(store::real<int(const char*, const char*)>("link")(from, to),
                      [&](store::Tape& tape) { tape.linked(from, to); });
}

int rename(const char* from, const char* to) noexcept {
  return store::noted(store::real<int(const char*, const char*)>("rename")(from, to),
                      [&](store::Tape& tape) { tape.renamed(from, to); });
}

int unlink(const char* path) noexcept {
  return store::noted(store::real<int(const char*)>("unlink")(path),
                      [&](store::Tape& tape) { tape.unlinked(path); });
}

}  // extern "C"
