// The pages of a database file as they stand on disk, with what its write-ahead log holds: for the
// salvage of a file that SQLite refuses. Reads, never writes, and trusts nothing that it reads.
// Formats: https://www.sqlite.org/fileformat2.html. Not thread-safe.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::store {

class PageFile {
 public:
  static constexpr std::uint32_t kDefaultPageSize = 4096;

  // Errors: transient (the file cannot be opened or measured).
  [[nodiscard]] static Result<PageFile> open(const std::string& path);

  // One page; nothing when the disk does not give it or the file ends before.
  [[nodiscard]] std::optional<Bytes> page(std::uint32_t number);

  [[nodiscard]] std::uint32_t pages() const { return pages_; }
  // Without what the header reserves at the end of every page.
  [[nodiscard]] std::uint32_t usable_size() const { return page_size_ - reserved_; }
  // Whether page 1 begins as that of a database. Without it the page size is the default.
  [[nodiscard]] bool has_header() const { return has_header_; }
  // Fields of the header; 0 without one.
  [[nodiscard]] std::uint32_t first_free_page() const { return field(32); }
  [[nodiscard]] bool has_pointer_map() const { return field(52) != 0; }
  [[nodiscard]] std::uint32_t user_version() const { return field(60); }
  [[nodiscard]] std::uint32_t application_id() const { return field(68); }
  // Pages of the pointer map hold no rows.
  [[nodiscard]] bool is_pointer_map(std::uint32_t number) const;

 private:
  PageFile() = default;
  void read_header();
  [[nodiscard]] bool take_header(Bytes page);
  void read_log(const std::string& path);
  [[nodiscard]] std::optional<Bytes> read(std::ifstream& file, std::uint64_t at, std::size_t size);
  [[nodiscard]] std::uint32_t field(std::size_t at) const;

  std::ifstream file_;
  std::ifstream log_;
  std::uint64_t file_size_ = 0;
  std::uint32_t page_size_ = kDefaultPageSize;
  std::uint32_t reserved_ = 0;
  std::uint32_t pages_ = 0;
  bool has_header_ = false;
  Bytes header_;
  std::unordered_map<std::uint32_t, std::uint64_t> logged_;  // page: its place in the log
};

// Big-endian, as everything in these files.
[[nodiscard]] std::uint32_t read_big_endian(ByteView octets, std::size_t at, std::size_t count);

}  // namespace certconnector::store
