#include "agent/platform/file_streams.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/platform/open_file.h"
#include "agent/platform/paths.h"
#include "agent/platform/temporary_file.h"

namespace certconnector::platform {
namespace {

constexpr std::string_view kSpool = ".spool-";
constexpr std::string_view kNext = ".next-";
constexpr std::string_view kReplaced = ".old-";  // where one step does not replace an open file

// Many spools are open at once, each with a buffer.
constexpr std::size_t kWriteBuffer = 8192;
constexpr std::size_t kReadPiece = 65536;

class FileSource final : public ByteSource {
 public:
  FileSource(OpenFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint64_t offset, Bytes& piece) const override {
    return file_.read_at(offset, piece).ok();
  }

 private:
  const OpenFile file_;
  const std::uint64_t size_;
};

}  // namespace

struct SpoolFile::State {
  OpenFile file;
  Bytes buffer;
  std::uint64_t flushed = 0;
};

SpoolFile::SpoolFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SpoolFile::SpoolFile(SpoolFile&&) noexcept = default;
SpoolFile::~SpoolFile() = default;

Result<SpoolFile> SpoolFile::beside(const std::string& path) {
  CC_TRY_ASSIGN(TemporaryFile file, TemporaryFile::create(path + std::string(kSpool)));
  auto state = std::make_unique<State>(State{file.release(), {}});
  state->buffer.reserve(kWriteBuffer);
  return SpoolFile(std::move(state));
}

Status SpoolFile::append(ByteView octets) {
  Bytes& buffer = state_->buffer;
  if (buffer.size() + octets.size() > kWriteBuffer) CC_TRY(flush());
  if (octets.size() > kWriteBuffer) {
    CC_TRY(state_->file.append(as_text(octets)));
    state_->flushed += octets.size();
    return {};
  }
  buffer.insert(buffer.end(), octets.begin(), octets.end());
  return {};
}

Status SpoolFile::flush() {
  CC_TRY(state_->file.append(as_text(state_->buffer)));
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
    CC_TRY(state_->file.read_at(at, piece));
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
  const std::string name = file_name(path);
  const auto names = list_folder(folder);
  if (!names.ok()) return;
  for (const std::string& found : *names) {
    for (const std::string_view kind : {kSpool, kNext, kReplaced}) {
      const std::string begin = name + std::string(kind);
      if (found.size() != begin.size() + TemporaryFile::kRandomLetters ||
          found.rfind(begin, 0) != 0)
        continue;
      static_cast<void>(remove_file(join_path(folder, found)));
    }
  }
}

Result<SharedBytes> open_file(const std::string& path) {
  CC_TRY_ASSIGN(OpenFile file, OpenFile::for_reading(path));
  CC_TRY_ASSIGN(const std::uint64_t size, file.size());
  return SharedBytes(std::make_shared<FileSource>(std::move(file), size));
}

}  // namespace certconnector::platform
