// Records inside a BLOB: little building blocks, a version octet in front and a checksum behind.
//
// The checksum finds flipped and missing octets, which SQLite does not look for inside a value. It
// is no protection against someone who may write the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/text/bytes.h"

namespace certconnector::store {

inline constexpr std::size_t kChecksumSize = 8;

[[nodiscard]] std::uint64_t checksum(ByteView bytes);
// The last step of a record: its octets, then their checksum.
[[nodiscard]] Bytes with_checksum(Bytes record);

class RecordWriter {
 public:
  explicit RecordWriter(std::uint8_t version) { out_.push_back(version); }

  void reserve(std::size_t size) { out_.reserve(size + kChecksumSize + 1); }
  void number(std::uint64_t value);        // LEB128
  void signed_number(std::int64_t value);  // zigzag
  void flag(bool value) { out_.push_back(value ? 1 : 0); }
  void bytes(ByteView value);  // length first
  void text(std::string_view value) { bytes(as_bytes(value)); }
  void optional_text(const std::optional<std::string>& value);

  // Appends the checksum and gives the record out.
  [[nodiscard]] Bytes seal() && { return with_checksum(std::move(out_)); }

 private:
  Bytes out_;
};

// Reads what RecordWriter wrote. The first thing that does not fit makes ok() false for good, and
// everything read from then on is empty.
class RecordReader {
 public:
  RecordReader(ByteView sealed, std::uint8_t version);

  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::uint64_t number_up_to(std::uint64_t max);
  [[nodiscard]] std::int64_t signed_number();
  [[nodiscard]] bool flag();
  [[nodiscard]] ByteView bytes(std::size_t max);
  [[nodiscard]] std::string text(std::size_t max) { return std::string(as_text(bytes(max))); }
  [[nodiscard]] std::optional<std::string> optional_text(std::size_t max);

  [[nodiscard]] bool ok() const { return ok_; }
  // Whether everything was read, and nothing failed.
  [[nodiscard]] bool finished() const { return ok_ && rest_.empty(); }

 private:
  std::uint8_t octet();
  void fail();

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace certconnector::store
