#include "agent/platform/file_streams.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "agent/platform/paths.h"
#include "agent/platform/posix/system_error.h"
#include "agent/platform/posix/temporary_file.h"

namespace certconnector::platform {
namespace {

constexpr std::string_view kSpool = ".spool-";
constexpr std::string_view kNext = ".next-";
constexpr std::size_t kRandomLetters = 6;

// Many spools are open at once, each with a buffer.
constexpr std::size_t kWriteBuffer = 8192;
constexpr std::size_t kReadPiece = 65536;

// 0: all of it, ENODATA: it ends before, else errno.
int read_exactly(const FileDescriptor& fd, std::uint64_t offset, Bytes& piece) {
  std::size_t done = 0;
  while (done < piece.size()) {
    const ssize_t count = ::pread(fd.get(), piece.data() + done, piece.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return ENODATA;
    done += static_cast<std::size_t>(count);
  }
  return 0;
}

class OpenFile final : public ByteSource {
 public:
  OpenFile(FileDescriptor fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint64_t offset, Bytes& piece) const override {
    return read_exactly(fd_, offset, piece) == 0;
  }

 private:
  const FileDescriptor fd_;
  const std::uint64_t size_;
};

}  // namespace

struct SpoolFile::State {
  FileDescriptor fd;
  std::string where;
  Bytes buffer;
  std::uint64_t flushed = 0;
};

SpoolFile::SpoolFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SpoolFile::SpoolFile(SpoolFile&&) noexcept = default;
SpoolFile::~SpoolFile() = default;

Result<SpoolFile> SpoolFile::beside(const std::string& path) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(path + std::string(kSpool)));
  auto state = std::make_unique<State>();
  state->where = file.name();
  state->fd = file.release();
  state->buffer.reserve(kWriteBuffer);
  return SpoolFile(std::move(state));
}

Status SpoolFile::append(ByteView octets) {
  Bytes& buffer = state_->buffer;
  if (buffer.size() + octets.size() > kWriteBuffer) CC_TRY(flush());
  if (octets.size() > kWriteBuffer) {
    CC_TRY(write_all(state_->fd, as_text(octets), state_->where));
    state_->flushed += octets.size();
    return {};
  }
  buffer.insert(buffer.end(), octets.begin(), octets.end());
  return {};
}

Status SpoolFile::flush() {
  CC_TRY(write_all(state_->fd, as_text(state_->buffer), state_->where));
  state_->flushed += state_->buffer.size();
  state_->buffer.clear();
  return {};
}

std::uint64_t SpoolFile::size() const { return state_->flushed + state_->buffer.size(); }

Status SpoolFile::read(const std::function<Status(ByteView)>& visit) {
  CC_TRY(flush());
  Bytes piece;
  for (std::uint64_t at = 0; at < state_->flushed; at += piece.size()) {
    piece.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(kReadPiece, state_->flushed - at)));
    const int failed = read_exactly(state_->fd, at, piece);
    if (failed != 0) return system_error(failed, "read " + state_->where);
    CC_TRY(visit(piece));
  }
  return {};
}

struct NextVersion::State {
  TemporaryFile file;
};

NextVersion::NextVersion(std::unique_ptr<State> state) : state_(std::move(state)) {}
NextVersion::NextVersion(NextVersion&&) noexcept = default;
NextVersion::~NextVersion() = default;

Result<NextVersion> NextVersion::beside(const std::string& path) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(path + std::string(kNext)));
  return NextVersion(std::make_unique<State>(State{std::move(file)}));
}

Status NextVersion::append(ByteView octets) { return state_->file.append(as_text(octets)); }

Status NextVersion::take_place_of(const std::string& path, FileMode mode) {
  CC_TRY(state_->file.complete(mode));
  return state_->file.rename_to(path);
}

void remove_left_over(const std::string& path) {
  const std::string folder = parent_path(path);
  const std::string name = path.substr(path.find_last_of('/') + 1);
  for (const std::string& found : list_folder(folder)) {
    for (const std::string_view kind : {kSpool, kNext}) {
      const std::string begin = name + std::string(kind);
      if (found.size() != begin.size() + kRandomLetters || found.rfind(begin, 0) != 0) continue;
      static_cast<void>(remove_file(join_path(folder, found)));
    }
  }
}

Result<SharedBytes> open_file(const std::string& path) {
  CC_TRY_ASSIGN(FileDescriptor fd, open_for_reading(path));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error(errno, "read " + path);
  return SharedBytes(
      std::make_shared<OpenFile>(std::move(fd), static_cast<std::uint64_t>(info.st_size)));
}

}  // namespace certconnector::platform
