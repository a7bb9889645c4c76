#include "tests/agent/store/sqlite/lossy_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <utility>

#include "tests/agent/store/sqlite/lossy_file.h"
#include "tests/agent/store/sqlite/lossy_handle.h"

namespace certconnector::store {

struct LossyDisk::State {
  State(std::string vfs_name, std::uint64_t seed) : name(std::move(vfs_name)), random(seed) {}

  std::string name;
  std::mt19937_64 random;
  sqlite3_vfs vfs{};
  mutable std::mutex mutex;
  std::map<std::string, LossyFile> files;
  std::uint64_t operations = 0;
  std::uint64_t cut_at = 0;  // 0: not planned
  bool off = false;
  int refusal = SQLITE_OK;

  // Before each change of the disk. Anything but SQLITE_OK: the change does not happen.
  int before_change(int code_when_off) {
    if (off) return code_when_off;
    if (refusal != SQLITE_OK) return refusal;
    ++operations;
    if (operations == cut_at) {
      off = true;
      return code_when_off;
    }
    return SQLITE_OK;
  }
};

namespace {

template <typename StateType>
struct Access {
  StateType* state;
  std::unique_lock<std::mutex> lock;
  explicit Access(void* disk) : state(static_cast<StateType*>(disk)), lock(state->mutex) {}
};

LossyHandle& handle_of(sqlite3_file* file) { return *static_cast<LossyHandle*>(file); }

// The functions SQLite calls; a template because the state's type is private.
template <typename State>
struct Vfs {
  static int close(sqlite3_file* raw) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    handle.file->locks.unlock(handle, SQLITE_LOCK_NONE);
    if (handle.delete_on_close) handle.file->remove(true);
    return SQLITE_OK;
  }

  static int read(sqlite3_file* raw, void* into, int amount, sqlite3_int64 offset) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    if (disk.state->off) return SQLITE_IOERR_READ;
    const Bytes& contents = handle.file->contents();
    const auto wanted = static_cast<std::size_t>(amount);
    const auto from = static_cast<std::size_t>(offset);
    const std::size_t there = from < contents.size() ? contents.size() - from : 0;
    const std::size_t given = std::min(wanted, there);
    auto* out = static_cast<std::uint8_t*>(into);
    if (given > 0) std::memcpy(out, contents.data() + from, given);
    std::memset(out + given, 0, wanted - given);
    return given == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* raw, const void* from, int amount, sqlite3_int64 offset) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    const int code = disk.state->before_change(SQLITE_IOERR_WRITE);
    if (code != SQLITE_OK) return code;
    handle.file->write(static_cast<std::size_t>(offset),
                       {static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(amount)});
    return SQLITE_OK;
  }

  static int truncate(sqlite3_file* raw, sqlite3_int64 size) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    const int code = disk.state->before_change(SQLITE_IOERR_TRUNCATE);
    if (code == SQLITE_OK) handle.file->truncate(static_cast<std::size_t>(size));
    return code;
  }

  static int sync(sqlite3_file* raw, int /*flags*/) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    const int code = disk.state->before_change(SQLITE_IOERR_FSYNC);
    if (code == SQLITE_OK) handle.file->sync();
    return code;
  }

  static int file_size(sqlite3_file* raw, sqlite3_int64* size) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    *size = static_cast<sqlite3_int64>(handle.file->contents().size());
    return disk.state->off ? SQLITE_IOERR_FSTAT : SQLITE_OK;
  }

  static int lock(sqlite3_file* raw, int level) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    if (disk.state->off) return SQLITE_IOERR_LOCK;
    return handle.file->locks.lock(handle, level);
  }

  static int unlock(sqlite3_file* raw, int level) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    handle.file->locks.unlock(handle, level);
    return SQLITE_OK;
  }

  static int check_reserved_lock(sqlite3_file* raw, int* reserved) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    *reserved = handle.file->locks.reserved() ? 1 : 0;
    return SQLITE_OK;
  }

  static int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return 512; }
  static int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int shm_map(sqlite3_file* raw, int region, int size, int extend, void volatile** out) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    if (disk.state->off) return SQLITE_IOERR_SHMMAP;
    auto& regions = handle.file->shared_memory;
    const auto wanted = static_cast<std::size_t>(region);
    handle.maps_shared_memory = true;
    while (regions.size() <= wanted && extend != 0) {
      regions.push_back(std::make_unique<Bytes>(static_cast<std::size_t>(size)));
    }
    *out = wanted < regions.size() ? regions[wanted]->data() : nullptr;
    return SQLITE_OK;
  }

  static int shm_lock(sqlite3_file* raw, int first, int count, int flags) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    return handle.file->locks.lock_shared_memory(handle, first, count, flags);
  }

  static void shm_barrier(sqlite3_file* raw) {
    const Access<State> disk(handle_of(raw).disk);  // a mutex is a barrier
  }

  static int shm_unmap(sqlite3_file* raw, int delete_flag) {
    LossyHandle& handle = handle_of(raw);
    const Access<State> disk(handle.disk);
    handle.maps_shared_memory = false;
    if (delete_flag != 0) handle.file->shared_memory.clear();
    return SQLITE_OK;
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* raw, int flags, int* out) {
    static const sqlite3_io_methods methods = {2,
                                               close,
                                               read,
                                               write,
                                               truncate,
                                               sync,
                                               file_size,
                                               lock,
                                               unlock,
                                               check_reserved_lock,
                                               file_control,
                                               sector_size,
                                               device_characteristics,
                                               shm_map,
                                               shm_lock,
                                               shm_barrier,
                                               shm_unmap,
                                               nullptr,
                                               nullptr};
    auto* handle = new (raw) LossyHandle();
    handle->pMethods = nullptr;
    const Access<State> disk(vfs->pAppData);
    if (disk.state->off) return SQLITE_CANTOPEN;
    LossyFile& file = disk.state->files[path != nullptr ? path : "temporary"];
    if (!file.exists()) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      file.create();
    }
    handle->disk = disk.state;
    handle->file = &file;
    handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->pMethods = &methods;
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    const Access<State> disk(vfs->pAppData);
    const int code = disk.state->before_change(SQLITE_IOERR_DELETE);
    if (code != SQLITE_OK) return code;
    const auto found = disk.state->files.find(path);
    if (found == disk.state->files.end() || !found->second.exists()) {
      return SQLITE_IOERR_DELETE_NOENT;
    }
    found->second.remove(sync_folder != 0);
    return SQLITE_OK;
  }

  static int access(sqlite3_vfs* vfs, const char* path, int /*flags*/, int* there) {
    const Access<State> disk(vfs->pAppData);
    if (disk.state->off) return SQLITE_IOERR_ACCESS;
    const auto found = disk.state->files.find(path);
    *there = found != disk.state->files.end() && found->second.exists() ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_pathname(sqlite3_vfs*, const char* path, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", path);  // NOLINT(*-vararg)
    return SQLITE_OK;
  }
  static int randomness(sqlite3_vfs*, int size, char* out) {
    sqlite3_vfs* system = sqlite3_vfs_find("unix");
    return system->xRandomness(system, size, out);
  }
  // Nobody waits: a lock that is not free is an error the caller sees.
  static int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
  static int current_time(sqlite3_vfs*, double* out) {
    sqlite3_vfs* system = sqlite3_vfs_find("unix");
    return system->xCurrentTime(system, out);
  }
  static int last_error(sqlite3_vfs*, int, char*) { return 0; }

  static void fill(sqlite3_vfs& vfs, State* state) {
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(LossyHandle);
    vfs.mxPathname = 512;
    vfs.zName = state->name.c_str();
    vfs.pAppData = state;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xAccess = access;
    vfs.xFullPathname = full_pathname;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
  }
};

}  // namespace

LossyDisk::LossyDisk(std::string name, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(name), seed)) {
  Vfs<State>::fill(state_->vfs, state_.get());
  sqlite3_vfs_register(&state_->vfs, 0);
}

LossyDisk::~LossyDisk() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& LossyDisk::name() const { return state_->name; }

void LossyDisk::cut_after(std::uint64_t operations) {
  const std::lock_guard lock(state_->mutex);
  state_->cut_at = state_->operations + operations;
}

void LossyDisk::cut_now() {
  const std::lock_guard lock(state_->mutex);
  state_->off = true;
}

bool LossyDisk::is_off() const {
  const std::lock_guard lock(state_->mutex);
  return state_->off;
}

void LossyDisk::restore_power() {
  const std::lock_guard lock(state_->mutex);
  for (auto& [path, file] : state_->files) file.lose(state_->random);
  state_->cut_at = 0;
  state_->off = false;
}

std::uint64_t LossyDisk::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations;
}

void LossyDisk::refuse_writes(int code) {
  const std::lock_guard lock(state_->mutex);
  state_->refusal = code;
}

}  // namespace certconnector::store
