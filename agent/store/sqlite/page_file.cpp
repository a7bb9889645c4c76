#include "agent/store/sqlite/page_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/errors.h"

namespace certconnector::store {
namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kLogHeaderSize = 32;
constexpr std::size_t kFrameHeaderSize = 24;

bool is_page_size(std::uint32_t size) {
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

// The running checksum of the log, over words in the order that its magic number names.
class LogChecksum {
 public:
  explicit LogChecksum(bool big_endian) : big_endian_(big_endian) {}

  void add(ByteView octets) {
    for (std::size_t at = 0; at + 8 <= octets.size(); at += 8) {
      first_ += word(octets, at) + second_;
      second_ += word(octets, at + 4) + first_;
    }
  }
  [[nodiscard]] bool is(ByteView octets, std::size_t at) const {
    return read_big_endian(octets, at, 4) == first_ &&
           read_big_endian(octets, at + 4, 4) == second_;
  }

 private:
  [[nodiscard]] std::uint32_t word(ByteView octets, std::size_t at) const {
    if (big_endian_) return read_big_endian(octets, at, 4);
    return std::uint32_t{octets[at]} | std::uint32_t{octets[at + 1]} << 8U |
           std::uint32_t{octets[at + 2]} << 16U | std::uint32_t{octets[at + 3]} << 24U;
  }

  bool big_endian_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

}  // namespace

std::uint32_t read_big_endian(ByteView octets, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + count && i < octets.size(); ++i)
    value = value << 8U | octets[i];
  return value;
}

Result<PageFile> PageFile::open(const std::string& path) {
  PageFile pages;
  CC_TRY_ASSIGN(pages.file_size_, file_size(path));
  pages.file_.open(std::filesystem::u8path(path), std::ios::binary);
  if (!pages.file_) {
    return Error(StoreErrc::io_failure, ErrorKind::transient,
                 path + " cannot be opened. Check that this user may read it");
  }
  pages.read_header();
  pages.pages_ = static_cast<std::uint32_t>(pages.file_size_ / pages.page_size_);
  pages.read_log(path + "-wal");
  return pages;
}

std::optional<Bytes> PageFile::read(std::ifstream& file, std::uint64_t at, std::size_t size) {
  Bytes octets(size);
  file.clear();
  file.seekg(static_cast<std::streamoff>(at));
  file.read(reinterpret_cast<char*>(octets.data()), static_cast<std::streamsize>(size));
  if (file.gcount() != static_cast<std::streamsize>(size)) return std::nullopt;
  return octets;
}

std::optional<Bytes> PageFile::page(std::uint32_t number) {
  if (number == 0 || number > pages_) return std::nullopt;
  const auto logged = logged_.find(number);
  if (logged != logged_.end()) return read(log_, logged->second, page_size_);
  return read(file_, std::uint64_t{number - 1} * page_size_, page_size_);
}

bool PageFile::is_pointer_map(std::uint32_t number) const {
  if (!has_pointer_map() || number < 2) return false;
  return (number - 2) % (usable_size() / 5 + 1) == 0;
}

std::uint32_t PageFile::field(std::size_t at) const {
  return has_header_ ? read_big_endian(header_, at, 4) : 0;
}

void PageFile::read_header() {
  if (auto page = read(file_, 0, kHeaderSize)) has_header_ = take_header(std::move(*page));
}

bool PageFile::take_header(Bytes page) {
  if (page.size() < kHeaderSize || as_text(ByteView(page)).substr(0, kMagic.size()) != kMagic) {
    return false;
  }
  const std::uint32_t named = read_big_endian(page, 16, 2);
  const std::uint32_t size = named == 1 ? 65536 : named;
  if (!is_page_size(size) || page[20] > 32) return false;
  page_size_ = size;
  reserved_ = page[20];
  header_ = std::move(page);
  return true;
}

// Every frame up to the last commit whose checksums hold; what follows was never committed.
void PageFile::read_log(const std::string& path) {
  log_.open(std::filesystem::u8path(path), std::ios::binary);
  if (!log_) return;
  const auto header = read(log_, 0, kLogHeaderSize);
  if (!header) return;
  const std::uint32_t magic = read_big_endian(*header, 0, 4);
  if ((magic & ~1U) != 0x377F0682U) return;
  const std::uint32_t size = read_big_endian(*header, 8, 4);
  if (!is_page_size(size) || (has_header_ && size != page_size_)) return;
  LogChecksum sum((magic & 1U) != 0);
  sum.add(ByteView(*header).subview(0, 24));
  if (!sum.is(*header, 24)) return;

  std::unordered_map<std::uint32_t, std::uint64_t> open;
  std::uint64_t at = kLogHeaderSize;
  for (; auto frame = read(log_, at, kFrameHeaderSize + size); at += kFrameHeaderSize + size) {
    const ByteView octets(*frame);
    if (octets.subview(8, 8) != ByteView(*header).subview(16, 8)) break;  // of an earlier log
    sum.add(octets.subview(0, 8));
    sum.add(octets.subview(kFrameHeaderSize, size));
    if (!sum.is(octets, 16)) break;
    open[read_big_endian(octets, 0, 4)] = at + kFrameHeaderSize;
    const std::uint32_t pages_after = read_big_endian(octets, 4, 4);
    if (pages_after == 0) continue;  // no commit
    for (const auto& [number, place] : open) logged_[number] = place;
    open.clear();
    page_size_ = size;
    // A page that the file does not have stands in the log, so there are no more than these.
    const std::uint64_t most = file_size_ / size + (at / (kFrameHeaderSize + size)) + 1;
    pages_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(pages_after, most));
  }
  const auto first = logged_.find(1);
  if (first == logged_.end()) return;
  if (auto page = read(log_, first->second, size)) has_header_ = take_header(std::move(*page));
}

}  // namespace certconnector::store
